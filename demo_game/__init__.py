"""Lanternwick, the bundled demo game: an evening in a village where everybody has a mind."""
