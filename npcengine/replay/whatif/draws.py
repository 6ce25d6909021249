"""Luck that depends on what it is for, and on nothing else.

A stream of random numbers gives the hundredth asker another draw when one asker drops out. Here
every draw has a key of its own, so two runs that differ in one thing meet the same luck in all
others; that is what makes a difference between them mean something with few turns.
"""

from hashlib import blake2b

__all__ = ["draw"]


def draw(*key: object) -> float:
    """Return the uniform draw from [0, 1) that belongs to a key, on every machine the same."""
    text = "\x1f".join(map(str, key)).encode()
    # 53 bits: what a float holds exactly.
    return (int.from_bytes(blake2b(text, digest_size=8).digest(), "big") >> 11) / (1 << 53)
