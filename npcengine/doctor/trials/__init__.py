"""What is tried of a server. Each trial opens its own connections and writes down what it saw."""
