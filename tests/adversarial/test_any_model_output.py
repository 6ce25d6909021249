"""Whatever a model writes, in whatever order and between whatever else: the truth stays the truth.

A server in these tests holds what its final list says. Every context that it is told, and every
context of its own that it is told to go on from, has to be sound: each call with its one output
behind it, of its own kind, and nobody's words but the model's in what the model wrote.
"""

import json
from typing import Any, cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from npcengine.protocol.capabilities import Capabilities
from npcengine.world.actions import OnInterrupt
from tests.adversarial.packs import cases
from tests.session.harness import Harness, Json, item_added, item_done, text_delta
from tests.session.test_any_interleaving import NPCS, AnyInterleaving, Response


def _pieces() -> list[Any]:
    """Return one item of the pack of each shape: by its type and what its fields are."""
    items = [item for case in cases("model_outputs") for item in case["output"]]
    return list({_shape(item): item for item in items}.values())


def _shape(item: Any) -> object:
    fields = _fields(item)
    kinds = sorted((key, type(value).__name__, value == "") for key, value in fields.items())
    return fields.get("type"), fields.get("role"), fields.get("status"), tuple(kinds)


def _fields(item: Any) -> Json:
    return cast("Json", item) if isinstance(item, dict) else {}


def _texts(item: Any) -> list[str]:
    return [part.get("text", "") for part in _fields(item).get("content") or ()]


NO_STEERING = Capabilities(lanes=32, running=16)
PIECES = _pieces()
WALK = '{"place":"well"}'
MENDED = '{"place":"we"}'
FOREIGN = [
    text
    for piece in PIECES
    if _fields(piece).get("role") in ("user", "developer", "system")
    for text in _texts(piece)
]


class AnyOutput(AnyInterleaving):
    """A server that sends anything at all."""

    def __init__(self) -> None:
        super().__init__()
        self.h = Harness(*NPCS, capabilities=NO_STEERING, deadlines=self.deadlines)

        self.copied: dict[str, list[Any]] = {}
        """Whole items of each response, which it comes to if its final list is empty."""

    def end(self, response: Response, status: str) -> None:
        if not response.output:
            response.context = [*response.context, *self.copied.get(response.id, [])]
        super().end(response, status)

    def copy(self, response: Response, item: Any, index: int) -> None:
        self.copied.setdefault(response.id, []).append(item)
        self.say(response, item_done(item, index))

    def take_requests(self) -> None:
        super().take_requests()
        for response in self.running.values():
            check_own(response.context)
        for npc in NPCS:
            if npc in self.h.shown:
                assert not any(text in self.h.shown[npc].speech for text in FOREIGN)

    def fresh(self, item: Any, data: Any, response: Response) -> Any:
        """Return an item with ids of its own, or perhaps of one before it."""
        if not isinstance(item, dict):
            return cast("object", item)
        self.number += 1
        own = {"id": f"it_{self.number}", "call_id": f"call_{self.number}"}
        before = [_fields(one) for one in cast("list[Any]", response.output)]
        if before and data.draw(st.sampled_from([False, False, True])):
            own |= {
                key: value
                for key, value in data.draw(st.sampled_from(before)).items()
                if key in own
            }
        fields = cast("Json", item)
        return {**fields, **{key: own[key] for key in own if fields.get(key)}}

    @precondition(lambda self: self.running)
    @rule(
        data=st.data(),
        piece=st.sampled_from(PIECES),
        sent=st.sampled_from(["not", "begun", "whole", "in pieces"]),
        is_listed=st.sampled_from([True, True, True, False]),
    )
    def write_anything(self, data: Any, piece: Any, sent: str, is_listed: bool) -> None:
        """Write an item of the pack; the final list may have it, or be all that has it, or not."""
        response = self.pick(data)
        item = self.fresh(piece, data, response)
        index = len(response.output)
        if is_listed:
            response.output.append(item)
        if sent in ("begun", "in pieces") and isinstance(item, dict):
            self.say(response, item_added({**item, "arguments": ""}, index))
        if sent == "in pieces" and isinstance(item, dict):
            for text in _texts(item):
                about = {"item_id": _fields(item).get("id", "")}
                self.say(response, {**text_delta(text, index), **about})
        if sent in ("whole", "in pieces"):
            self.copy(response, item, index)

    @precondition(lambda self: self.running)
    @rule(
        data=st.data(),
        streamed=st.sampled_from([WALK, WALK[:13], ""]),
        ended=st.sampled_from([None, WALK, MENDED, WALK[:13]]),
        copied=st.sampled_from([None, WALK, MENDED, WALK[:13]]),
        listed=st.sampled_from([None, WALK, WALK, MENDED]),
        marks=st.tuples(*[st.sampled_from([None, "completed", "incomplete"])] * 2),
        names=st.tuples(*[st.sampled_from(["walk_to", "walk_to", "walk_to", "where_is", ""])] * 2),
        kinds=st.tuples(*[st.sampled_from(["function_call"] * 3 + ["custom_tool_call"])] * 2),
    )
    def write_a_call_that_contradicts_itself(
        self,
        data: Any,
        streamed: str,
        ended: str | None,
        copied: str | None,
        listed: str | None,
        marks: tuple[str | None, str | None],
        names: tuple[str, str],
        kinds: tuple[str, str],
    ) -> None:
        response = self.pick(data)
        item = self.fresh({"id": "x", "call_id": "x"}, data, response)
        index = len(response.output)

        def copy(arguments: str, which: int) -> Json:
            said = (
                {"arguments": arguments}
                if kinds[which] == "function_call"
                else {"input": arguments}
            )
            mark = {"status": marks[which]} if marks[which] else {}
            return {**item, "type": kinds[which], "name": names[which], **said, **mark}

        if listed is not None:
            response.output.append(copy(listed, 1))
        about = {"item_id": item["id"], "output_index": index}
        kind = "response.function_call_arguments"
        self.say(response, item_added(copy("", 0), index))
        self.say(response, {"type": f"{kind}.delta", **about, "delta": streamed})
        if ended is not None:
            self.say(response, {"type": f"{kind}.done", **about, "arguments": ended})
        if copied is not None:
            self.copy(response, copy(copied, 0), index)

    @rule(
        heard_chars=st.sampled_from([0, 3, 1_000]),
        policy=st.sampled_from([None, "cancel", "finish", "finish_and_tell"]),
    )
    def interrupt(self, heard_chars: int, policy: OnInterrupt | None) -> None:
        if "mira" in self.h.shown:
            begun = [edge.call_id for edge in self.h.commits if edge.npc == "mira"]
            self.h.interrupt(heard_chars, running=dict.fromkeys(begun, policy) if policy else {})
            self.take_requests()

    def teardown(self) -> None:
        super().teardown()
        for session in self.h.supervisor._sessions.values():
            check_own([json.loads(bytes(item)) for item in session._line.chain.everything])


def check_own(context: list[Json]) -> None:
    """Check a context: calls and outputs match, and words in other roles are the game's."""
    wanted: dict[str, str] = {}
    for item in context:
        kind = item["type"]
        if kind.endswith("_output"):
            assert wanted.pop(item["call_id"], None) == kind, "an output of no call, or of another"
        elif "call_id" in item:
            assert item["call_id"], "a call that nobody can answer"
            assert item["name"], "a call of nothing"
            assert item["call_id"] not in wanted, "two calls of one id"
            wanted[item["call_id"]] = f"{kind}_output"
        elif kind == "message" and item["role"] != "assistant":
            (part,) = item["content"]
            assert part["text"] not in FOREIGN, "the model speaks as the game"
        else:
            assert item.get("role") in (None, "assistant")
            assert kind != "item_reference"
    assert not wanted, "a call has no output"


TestAnyOutput = AnyOutput.TestCase
TestAnyOutput.settings = settings(settings.default, stateful_step_count=40, deadline=None)


def test_the_pack_has_pieces_of_every_kind() -> None:
    kinds = {_fields(piece).get("type") for piece in PIECES}

    assert len(PIECES) > 20
    assert kinds >= {"message", "function_call", "custom_tool_call", "function_call_output"}
    assert len(FOREIGN) == 4
