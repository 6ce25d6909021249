"""What NPCs will remember, as the frame thread writes it down, and the query that asks for it."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta

from npcengine.errors import UsageError
from npcengine.memory.episodes import MAX_RECALLED
from npcengine.memory.knowledge import Knowledge
from npcengine.memory.memory import Recollection
from npcengine.session.remembering import Learnt, Lived
from npcengine.world.actions import Action, tool_name

__all__ = ["Recall", "deed", "fact", "heard_from", "recall_query", "seen"]

MAX_ABOUT_CHARS = 400
"""The longest question; more words than a memory shares with anything."""

Recall: TypeAlias = Callable[[str, str, int], Recollection]
"""Takes whose memory it is, what about, and how much at most (loop thread)."""


def heard_from(who: str, text: str, importance: float) -> Lived:
    """Return speech that was heard."""
    return Lived("heard", text, who, _checked(importance))


def seen(what: str, facts: Mapping[str, object], importance: float) -> Lived:
    """Return something that was noticed, with the game's facts, which JSON can carry."""
    more = f" {msgspec.json.encode(facts).decode()}" if facts else ""
    return Lived("saw", f"{what}{more}", importance=_checked(importance))


def deed(action: Action) -> Lived:
    """Return something that was done."""
    name, arguments = tool_name(type(action).__name__), msgspec.json.encode(action).decode()
    return Lived("did", f"{name} {arguments}")


def fact(scope: str, subject: str, text: str) -> Learnt:
    """Return a fact.

    Raises:
        UsageError: It cannot be known.
    """
    Knowledge().learn(subject, text, at_ms=0, scope=scope)  # refused here or nowhere
    return Learnt(scope, subject, text)


def recall_query(recall: Recall) -> Callable[..., Coroutine[Any, Any, Recollection]]:
    """Return the query that answers from memory (``async``: it runs on the loop thread)."""

    async def ask(npc: Any, about: About, limit: Limit = 5) -> Recollection:
        """What you remember and what you know, most of all about something.

        Ask it before you speak of what happened earlier.
        """
        return recall(npc.name, about, limit)

    ask.__name__ = "recall"
    return ask


About: TypeAlias = Annotated[str, Meta(max_length=MAX_ABOUT_CHARS, description="in a few words")]
Limit: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_RECALLED)]


def _checked(importance: float) -> float:
    if not 0 <= importance <= 1:
        raise UsageError(f"importance is a number from 0 to 1: {importance!r}")
    return importance
