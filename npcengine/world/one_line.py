"""JSON on one line, whatever it holds: a mind may take what follows a line's end for somebody else.

JSON itself escapes the control characters of ASCII. These three it leaves as they are, and they end
lines all the same.
"""

__all__ = ["one_line"]

_LINE_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def one_line(encoded: bytes) -> str:
    """Return JSON as text that is read back the same and has no line's end in it."""
    text = encoded.decode()
    return text if text.isascii() else text.translate(_LINE_ENDS)
