"""Clients of this wire that others wrote, in pinned versions: what the tests try the gateway with."""
