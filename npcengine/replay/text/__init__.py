"""What an analysis says, as plain text: for terminals, and for tests that fail."""
