"""A gateway with one mind more: it does as it is told, and can be held anywhere in an answer.

The tests that kill a gateway run this as its child process, with the arguments of ``npcengine``::

    python -m tests.bridge.obedient serve --child --mind "obedient?held=FILE"

What somebody says to the mind are its orders. Rounds are joined by `` / ``, each a response of its
own; a round's steps by `` + ``: ``look`` and ``ring`` call a tool, ``say WORDS`` speaks, and
``tell all`` says the whole conversation, as this gateway has it. At a ``|`` the answer is held for
good if ``FILE`` is there, and ``FILE.reached`` says that it is.

As any mind would, it leaves out what the conversation says it has done: it does something twice
if, and only if, it was not told of the first time.
"""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any, cast

from npcengine.__main__ import main
from npcengine.protocol.items import FunctionCall, FunctionCallOutput, Item, Message, text_of
from npcengine.server.minds.mind import ArgumentsDelta, CallBegun, Piece, TextDelta, Thinking
from npcengine.server.minds.options import Options
from npcengine.server.minds.registry import MINDS
from npcengine.server.settings import Settings

ARGUMENTS = {"look": ('{"where":', '"square"}'), "ring": ('{"times":1,', '"bell":"big"}')}


class Obedient:
    """See the top of this file. What it makes of a conversation is the conversation."""

    name = "obedient"

    def __init__(self, options: Options) -> None:
        self._held = Path(options.text("held", ""))

    def read(self, state: object, settings: Settings, items: Sequence[Item]) -> object:
        return (*_items(state), *items)

    async def think(self, thinking: Thinking) -> AsyncGenerator[Piece]:
        items = _items(thinking.state)
        for step in _next_round(items):
            for piece in _pieces(step, items):
                if piece is not None:
                    yield piece
                elif self._held.exists():
                    self._held.with_suffix(".reached").touch()
                    await asyncio.Event().wait()


def _items(state: object) -> tuple[Item, ...]:
    return cast("tuple[Item, ...]", state or ())


def _next_round(items: Sequence[Item]) -> list[str]:
    """Return the steps of the first round that has any left to do."""
    told = [number for number, item in enumerate(items) if _orders(item)]
    since = items[told[-1] + 1 :]
    rounds = _orders(items[told[-1]]).split(" / ")
    rounds += [f"say {_event(item)}!" for item in since if _event(item)]
    called = [item.name for item in since if isinstance(item, FunctionCall)]
    said = [_said(item) for item in since if _said(item)]
    for steps in rounds:
        left = [step for step in steps.split(" + ") if not _is_done(step, called, said)]
        if left:
            return left
    return []


def _is_done(step: str, called: list[str], said: list[str]) -> bool:
    """Whether a step has been done; that it was counts once. Words that broke off were said."""
    verb, _, words = step.replace("|", "").partition(" ")
    if verb != "say":
        done, among = verb, called
    else:
        done, among = next((text for text in said if words.startswith(text)), ""), said
    if done not in among:
        return False
    among.remove(done)
    return True


def _pieces(step: str, items: Sequence[Item]) -> list[Piece | None]:
    """Return what a step is streamed as; ``None`` is where it may be held."""
    if step.startswith("|"):
        return [None, *_pieces(step[1:], items)]
    verb, _, words = step.partition(" ")
    if verb == "say":
        begun, held, rest = words.partition("|")
        return [TextDelta(begun), None, TextDelta(rest)] if held else [TextDelta(words)]
    if verb == "tell":
        return [TextDelta(json.dumps([_told(item, items) for item in items]))]
    first, rest = ARGUMENTS[verb.rstrip("|")]
    held_here: list[Piece | None] = [None] if step.endswith("|") else []
    return [CallBegun(verb.rstrip("|")), ArgumentsDelta(first), *held_here, ArgumentsDelta(rest)]


def _told(item: Item, items: Sequence[Item]) -> str:
    """Return one item of the conversation, in words that a test can compare."""
    match item:
        case FunctionCall(name=name):
            return f"called {name}"
        case FunctionCallOutput(call_id=call_id, output=output):
            calls = [i.name for i in items if isinstance(i, FunctionCall) and i.call_id == call_id]
            answer: dict[str, Any] = json.loads(text_of(output))
            return f"{' and '.join(calls)}: {answer.get('status') or answer.get('grade')}"
        case Message(role="assistant"):
            return f"said {_said(item)}"
        case Message(role="user"):
            return f"heard {_orders(item)}"
        case Message(content=content):
            told: dict[str, Any] = json.loads(text_of(content))
            return _event(item) or f"{told['event']}: {told['reason']}"
        case _:
            return repr(item)


def _said(item: Item) -> str:
    """Return what the mind said; nothing for every other item."""
    if not isinstance(item, Message) or item.role != "assistant":
        return ""
    return text_of(item.content)


def _orders(item: Item) -> str:
    """Return what somebody said to the mind; nothing for every other item."""
    if not isinstance(item, Message) or item.role != "user":
        return ""
    spoken: str = json.loads(text_of(item.content).partition(" says: ")[2])
    return spoken


def _event(item: Item) -> str:
    """Return the end of an action that outlived its call; nothing for every other item."""
    if not isinstance(item, Message) or item.role != "developer":
        return ""
    told: dict[str, Any] = json.loads(text_of(item.content))
    return f"{told['action']} ended: {told['status']}" if told["event"] == "action_ended" else ""


if __name__ == "__main__":
    MINDS["obedient"] = Obedient
    sys.exit(main())
