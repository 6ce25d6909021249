"""Recordings: what was said on the wire, what entered, what came of it, and when a frame saw it."""
