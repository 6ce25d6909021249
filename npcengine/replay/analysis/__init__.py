"""What a recording shows, worked out from its lines alone: turns, waits, misses, cost."""
