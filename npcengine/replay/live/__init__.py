"""Live: what was recorded, asked again of a real server, against the clock."""
