"""Runs recordings again: exactly, re-timed, or against a server; and says what came of it."""
