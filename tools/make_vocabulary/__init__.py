"""Trains the gateway's vocabulary on text of our own."""
