"""English as far as it matters for hearing: plain words, their stems, and the form of a clause."""

import re
from collections.abc import Sequence

__all__ = ["QUESTIONS", "is_order_not_to", "plain", "stem", "tokens_and_marks"]

_TOKEN = re.compile(r"[{=]?[a-zà-öø-ÿ_]+\}?|\d+")
QUESTIONS = ("what", "where", "who", "how", "why", "when", "which")
_ASKING = frozenset(["is", "are", "was", "were", "did", "does", "has", "am"])
_BEING = frozenset(["is", "are", "was", "were"])
_DOING = frozenset(["do", "have", "why"])
_POLITE = frozenset(["can", "could", "may", "might", "will", "would", "shall", "should"])
_FORMS = {**dict.fromkeys(_ASKING, "~is"), **dict.fromkeys(_POLITE, "~may"), "i": "~i"}
_NEGATIONS = frozenset(["not", "never", "stop", "quit"])
_PRONOUNS = frozenset(["you", "i", "we", "he", "she", "it", "they", "the"])
_ORDER_NOT_TO = re.compile(
    r"((please|just|now|no|oh|and|so) )*((do not|never|stop|quit)\b(?! (you|i|we|they)\b)"
    r"|you (must|should|shall|may|can) not\b)"
)
_SHORT_NOT = re.compile(r"\b(do|did|does|is|are|was|were|has|have|had|would|could|should)nt\b")
_GO_ON = re.compile(r"\b(?:go|carry) on\b")
_CONTRACTIONS = {
    "can't": "can not",
    "won't": "will not",
    "n't": " not",
    "cannot": "can not",
    "'re": " are",
    "'ll": " will",
    "'ve": " have",
    "'m": " am",
    "'d": " would",
    "what's": "what is",
    "where's": "where is",
    "who's": "who is",
    "that's": "that is",
    "it's": "it is",
    "let's": "let us",
}
_STOP = frozenset(
    word
    for line in (
        "a an the of to and or but so well oh ah um please just then now there is are was were not",
        "be am do does did it its that this these those i me my we us our in on at by with for",
        "from will would could can may might shall should have has had been some any really very",
    )
    for word in line.split()
)
_ENDINGS = ("ing", "edly", "ed", "ies", "es", "s", "ly")


def plain(text: str) -> str:
    """Return text in small letters, without contractions and without signs."""
    text = _SHORT_NOT.sub(r"\1 not", text.lower().replace("\u2019", "'"))
    text = _GO_ON.sub("continue", text)
    for short, full in _CONTRACTIONS.items():
        text = text.replace(short, full)
    return re.sub(r"[^\w{}=']+", " ", text.replace("=", " ")).strip()


def tokens_and_marks(plain: str) -> tuple[list[str], set[str]]:
    """Return the words of a clause that say something, and marks for its form."""
    tokens = _TOKEN.findall(plain)
    return [token for token in tokens if token not in _STOP], _form(tokens)


def is_order_not_to(plain: str) -> bool:
    """Whether a clause tells somebody not to do something."""
    return _ORDER_NOT_TO.match(plain) is not None


def _form(tokens: Sequence[str]) -> set[str]:
    """Return marks for the form of a clause.

    ``~is`` asks yes or no, ``~may`` requests, ``~i`` tells of oneself, ``~be`` says how something
    is, ``~not`` denies.
    """
    first, second, third = (*tokens[:3], "", "", "")[:3]
    is_asked = first in _ASKING or (first in _DOING and (second != "not" or third in _PRONOUNS))
    marks = {_FORMS[first]} if first in _FORMS else set[str]()
    if not (marks or first in QUESTIONS) and not _BEING.isdisjoint(tokens):
        marks = {"~be"}
    # "Have you not seen it" asks the same as "have you seen it".
    return marks | ({"~not"} if not is_asked and not _NEGATIONS.isdisjoint(tokens) else set[str]())


def stem(word: str) -> str:
    """Return a word without its ending, roughly; only ever compared with other stems."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] in "ey" else word
