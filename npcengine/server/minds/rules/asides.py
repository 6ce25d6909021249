"""What of a text is spoken: stage directions and orders from outside the world are not.

Brackets narrate, and so do stars and underscores around several words; around one they only stress
it. ``SYSTEM:`` and its like give orders, to the end of the text. What is opened and not closed goes
on to the end as well, and what is closed and was not opened began at the beginning: nobody gets
around this by leaving a sign out. Full-width signs and the like count as what they look like.
"""

import re
import unicodedata

__all__ = ["spoken"]

_ORDERS = re.compile(
    r"(?<![^\W_])"
    r"(?:system|developer|assistant|admin(?:istrator)?|narrator|game ?master|stage direction)"
    r"(?: \w+)? *[:>|#=*_`)\]}\u2013\u2014\n-]",
    re.IGNORECASE,
)
_FACE_OR_SIGN = re.compile(r"(?P<face>[:;=]['-]?[()\[\]]+(?!\S)|<3+(?!\w))|.", re.DOTALL)
_MARKED = (
    re.compile(r"\*[^*]*\w\s+\w[^*]*(?:\*|$)"),
    re.compile(r"(?<!\w)_[^_]*[^\W_]\s+[^\W_][^_]*(?:_(?!\w)|$)"),
)
_QUOTES = "\u201a\u201e"
"""Quotation marks that Unicode counts among the brackets."""


def spoken(text: str) -> tuple[str, bool]:
    """Return what of a text is spoken, and whether there was anything else."""
    said = unicodedata.normalize("NFKC", text)
    if (orders := _ORDERS.search(said)) is not None:
        said = said[: orders.start()]
    said = _outside_brackets(said)
    for marked in _MARKED:
        said = marked.sub(" ", said)
    return said, _words(said) != _words(text)


def _outside_brackets(text: str) -> str:
    kept: list[str] = []
    depth = 0
    for found in _FACE_OR_SIGN.finditer(text):
        for sign in "" if found["face"] and not depth else found[0]:
            match _bracket(sign):
                case "open":
                    depth += 1
                    kept.append(" ")
                case "close" if depth:
                    depth -= 1
                case "close":
                    kept.clear()
                case _ if not depth:
                    kept.append(sign)
                case _:
                    pass
    return "".join(kept)


def _bracket(sign: str) -> str | None:
    if sign in _QUOTES:
        return None
    kind = unicodedata.category(sign)
    if kind == "Ps" or sign == "<":
        return "open"
    return "close" if kind == "Pe" or sign == ">" else None


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text))
