"""What the tool answers: pages of text, all of them with the same number of tokens."""

from random import Random

from npcengine.server.tokens import count_tokens

__all__ = ["pages"]

_WORDS = (
    "the", "lamp", "lighter", "walks", "slowly", "along", "canal", "past", "shuttered", "stalls",
    "and", "sleeping", "cats", "listens", "for", "a", "bell", "that", "nobody", "rings", "any",
    "more", "since", "reeve", "sold", "its", "clapper", "to", "pedlar", "from", "Harrowgate",
    "who", "paid", "in", "copper", "candle", "stubs", "promises", "of", "rain", "before", "harvest",
    "his", "ledger", "says", "otherwise", "barley", "oil", "rope", "unpaid", "owed", "by", "Odile",
    "quarrelsome", "thatcher", "whose", "ladder", "went", "missing", "on", "market", "day",
)  # fmt: skip


def pages(count: int, tokens: int) -> list[str]:
    """Return pages of a ledger, each of exactly so many tokens of the gateway's vocabulary.

    They are all different, and the same in every run.
    """
    random = Random(0)  # noqa: S311 - text, not a secret
    return [_page(number, tokens, random) for number in range(1, count + 1)]


def _page(number: int, tokens: int, random: Random) -> str:
    page = f"Page {number}:"
    while (missing := tokens - count_tokens(page)) > 0:
        # A line at a time, and at the end what is missing in words of one token.
        line = _line(random) if missing > 40 else " the"
        page += line
    return page


def _line(random: Random) -> str:
    words = random.choices(_WORDS, k=random.randint(6, 14))
    return f" {random.randint(1, 999)} {' '.join(words)}."
