"""Clients of this wire that others wrote, in pinned versions: what the gateway is tried with."""
