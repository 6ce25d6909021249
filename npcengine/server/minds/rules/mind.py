"""The rules mind: reads percepts and outputs, picks a topic, plays its plan."""

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from npcengine.protocol.items import FunctionCall, FunctionCallOutput, Item, Message, text_of
from npcengine.server.minds.mind import Piece, Thinking
from npcengine.server.minds.options import Options
from npcengine.server.minds.pace import Act, Call, Say
from npcengine.server.minds.rules.data import (
    BUILT_IN_FOLDER,
    Folder,
    Villager,
    joined,
    read_folder,
)
from npcengine.server.minds.rules.expressions import fill
from npcengine.server.minds.rules.hearing import Ear
from npcengine.server.minds.rules.interruption import interrupted
from npcengine.server.minds.rules.play import (
    Script,
    bind_call,
    next_act,
    take_end,
    take_output,
)
from npcengine.server.minds.rules.program import compile_plans
from npcengine.server.minds.rules.state import Frame, State
from npcengine.server.minds.rules.texts import as_object, unquote
from npcengine.server.settings import Settings

__all__ = ["RulesMind"]

MAX_ACTS = 8
"""Most things said or called in one response."""

_SPEECH = re.compile(r'(?P<name>[^"]{1,60}?) says: (?P<quoted>".*")', re.DOTALL)
_NAMED = re.compile(r"You are (?P<name>[^.,\n]+)")

_UNDONE = "told_not_to"
"""The topic of being told not to do something, where nothing in particular is known of that."""

_INTERRUPTED = "interrupted"
"""The topic of having been interrupted: its plan comes before the answer to whoever fell in."""

_PUZZLED = "puzzled"
"""The topic of words that nobody can make sense of."""

_RIVALS = "which_one"
"""The topic of words that could mean two things; ``{rivals}`` is what those are about."""


class RulesMind:
    """See the top of this file.

    Options: ``data`` (a folder of villagers), ``seed``, ``ttft_ms``, ``tokens_per_s``.
    """

    name = "rules"

    def __init__(self, options: Options) -> None:
        folder = read_folder(Path(options.text("data", str(BUILT_IN_FOLDER))))
        seed = int(options.number("seed", 0, least=0, most=2**31))
        self._pace = options.pace()
        self._common = _Persona(folder.common, folder, seed)
        self._personas = {
            villager.name.lower(): _Persona(villager, folder, seed) for villager in folder.villagers
        }

    def read(self, state: object, settings: Settings, items: Sequence[Item]) -> object:
        named = _named(settings)
        now = state if isinstance(state, State) else State(named)
        allows = _offered(settings)
        for item in items:
            if named not in ("", now.who) and _begins_a_turn(item):
                now = State(named, count=now.count)
            now = self._persona(now).read(now, item, allows)
            now = replace(now, count=now.count + 1)
        return now

    def think(self, thinking: Thinking) -> AsyncGenerator[Piece]:
        state = thinking.state
        assert isinstance(state, State)
        offered, choice = _offered(thinking.settings), thinking.tool_choice
        persona = self._persona(state)
        acts: list[Act] = []
        for _ in range(MAX_ACTS):
            act, state = next_act(persona.script, state, offered)
            if act is None or (isinstance(act, Call) and not choice.allows(act.name)):
                break
            _append(acts, act)
            if isinstance(act, Call):
                break
        return self._pace.play(acts)

    def _persona(self, state: State) -> "_Persona":
        return self._personas.get(state.who, self._common)


class _Persona:
    """One villager, ready to play."""

    def __init__(self, villager: Villager, folder: Folder, seed: int) -> None:
        whole = joined(villager, folder.common)
        topics, lines = whole.topics, whole.lines
        self._ear = Ear(topics, folder.lexicon)
        self._about = {topic.name: topic.about for topic in topics}
        self._notices = [(word.lower(), topic.name) for topic in topics for word in topic.notices]
        plans = compile_plans(topics, lines)
        self.script = Script(villager.name, plans, lines.get("again", ()), seed)

    def read(self, state: State, item: Item, allows: Callable[[str], bool]) -> State:
        """Return the state after one more item."""
        match item:
            case Message(role="assistant", content=content):
                return self._recognise(state, text_of(content), allows)
            case Message(role="developer" | "system", content=content):
                return self._notice(state, text_of(content))
            case Message(content=content):
                return self._hear(state, text_of(content))
            case FunctionCall(call_id=call_id, name=name):
                act, after = next_act(self.script, state, allows)
                made = isinstance(act, Call) and act.name == name
                return bind_call(after, call_id) if made else state
            case FunctionCallOutput(call_id=call_id, output=output):
                return take_output(self.script, state, call_id, as_object(text_of(output)))
            case _:
                return state

    def _hear(self, state: State, text: str) -> State:
        """Find out what was said, and begin to answer it."""
        match = _SPEECH.fullmatch(text.strip())
        words = unquote(match["quoted"]) if match is not None else text
        speaker = match["name"] if match is not None else "somebody"
        heard = self._ear.hear(words)
        scope: dict[str, object] = {"words": words, "speaker": speaker}
        for kind, entity in (
            ("thing", heard.thing),
            ("person", heard.person),
            ("place", heard.place),
        ):
            if entity is not None:
                scope[kind] = {"id": entity.id, "label": entity.label}
        topic = heard.topic
        if topic is None:
            topic = _UNDONE if heard.is_forbidden else _RIVALS if heard.rivals else _PUZZLED
            scope["rivals"] = [fill(self._about[name], scope) for name in heard.rivals]
        return state.answering(Frame(topic, scope=scope), after=_INTERRUPTED)

    def _notice(self, state: State, text: str) -> State:
        """Take in what the game says: something noticed, or the end of an action."""
        event = as_object(text)
        if event.get("event") == "action_ended":
            return take_end(self.script, state, str(event.get("call_id")), event)
        if event.get("event") == "interrupted":
            return interrupted(state, event, Frame(_INTERRUPTED, scope={"event": event}))
        what = str(event.get("what", "")).lower()
        topic = next((name for word, name in self._notices if word in what), None)
        if topic is None:
            return state
        scope: dict[str, object] = {"event": event}
        if isinstance(by := event.get("by"), str):
            scope["speaker"] = by
        return state.answering(Frame(topic, scope=scope), after=_INTERRUPTED)

    def _recognise(self, state: State, text: str, allows: Callable[[str], bool]) -> State:
        """Go past the lines of the plan that make up what we are told that we said.

        A text that breaks off in a line was interrupted there: that line counts as said.
        """
        rest = text.strip()
        while rest:
            act, after = next_act(self.script, state, allows)
            if not isinstance(act, Say):
                break
            if rest.startswith(act.text):
                rest = rest[len(act.text) :].strip()
            elif act.text.startswith(rest):
                rest = ""
            else:
                break
            state = after.having_spoken(act.text, state.said)
        return state


def _named(settings: Settings) -> str:
    """Return who the instructions say one is; they are not inherited, and many leave them out."""
    match = _NAMED.search(settings.instructions)
    return match["name"].strip().lower() if match is not None else ""


def _begins_a_turn(item: Item) -> bool:
    """Whether an item can make somebody else of the mind; never one that a plan waits for."""
    return isinstance(item, Message) and item.role != "assistant"


def _append(acts: list[Act], act: Act) -> None:
    """Add an act; lines that follow each other are one message."""
    if isinstance(act, Say) and acts and isinstance(acts[-1], Say):
        acts[-1] = Say(f"{acts[-1].text} {act.text}")
    else:
        acts.append(act)


def _offered(settings: Settings) -> Callable[[str], bool]:
    names = {tool.name for tool in settings.tools}
    return names.__contains__
