"""What a mind may answer, to cheat or from confusion: the world gets sound commits or none."""

import json
from typing import Annotated, Any, Literal, cast

import msgspec
import pytest

from npcengine import Action, Bridge, Commit, Npc
from npcengine.testing import ScriptedServer
from tests.adversarial.packs import Case, cases, params_across
from tests.adversarial.sound import assert_sound, outputs
from tests.bridge.acts import FRAME, Json, call, done, says

FRAMES = 90
"""Enough for an answer, and for a connection to be opened again."""

Coins = Annotated[int, msgspec.Meta(ge=1, le=5)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class Give(Action, frozen=True):
    """Hand something to somebody."""

    item: Literal["ring", "bread"]
    to: Name
    coins: Coins


class Scene:
    """One NPC with a mind that follows a script, and everything it committed to."""

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server
        self.bridge = Bridge(server, virtual=True, strict=True)
        self.tomas = self.bridge.npc("Tomas", persona="A guard.", actions=[Give])
        self.commits: list[Json] = []
        self.asked: list[Json] = []

        @self.bridge.query
        def has_item(person: Name, item: Name) -> bool:
            """Whether somebody has a thing."""
            self.asked.append({"person": person, "item": item})
            return True

        @self.bridge.query
        def nearby(npc: Npc, radius_px: Annotated[int, msgspec.Meta(ge=8, le=240)]) -> list[str]:
            """Who is near."""
            self.asked.append({"radius_px": radius_px})
            return ["Mira"]

    def say(self, words: str) -> None:
        self.tomas.tell(words, by="player")
        for _ in range(FRAMES):
            for intention in self.bridge.update(FRAME):
                if isinstance(intention, Commit):
                    self.commits.append(msgspec.to_builtins(intention.action))

    def told_again(self) -> Json:
        """Return the whole conversation, as it is told on a new connection."""
        self.server.hang_up()
        before = len(self.server.requests)
        self.server._answers.clear()
        self.server.answer(done(says("Yes."), number=90))
        self.say("Are you there?")
        request: Json = self.server.requests[before]
        return request


def in_one_piece(output: list[Any]) -> list[Json]:
    """What a server sends that does not stream."""
    return [done(*output)]


def in_pieces(output: list[Any]) -> list[Json]:
    """What a server that streams sends: items announced, their arguments in pieces, then whole."""
    events: list[Json] = []
    for index, item in enumerate(output):
        at: Json = {"output_index": index}
        events.append({"type": "response.output_item.added", **at, "item": _begun(item)})
        if isinstance(item, dict):
            events += _arguments(cast("Json", item), at)
        events.append({"type": "response.output_item.done", **at, "item": item})
    return [*events, done(*output)]


def _arguments(item: Json, at: Json) -> list[Json]:
    text, item_id = item.get("arguments"), item.get("id")
    if not isinstance(text, str) or item_id is None or item.get("status") == "incomplete":
        return []
    pieces = [text[start : start + 7] for start in range(0, min(len(text), 700), 7)]
    kind, about = "response.function_call_arguments", {**at, "item_id": item_id}
    deltas = [{"type": f"{kind}.delta", **about, "delta": one} for one in (*pieces, text[700:])]
    return [*deltas, {"type": f"{kind}.done", **about, "arguments": text}]


WAYS = {"in_one_piece": in_one_piece, "in_pieces": in_pieces}


def _begun(item: Any) -> object:
    if not isinstance(item, dict):
        return cast("object", item)
    fields = cast("Json", item)
    return {**fields, "arguments": ""} if "arguments" in fields else fields


@pytest.mark.parametrize(("case", "sent"), params_across("model_outputs", WAYS))
def test_the_world_gets_the_sound_commits_and_the_mind_hears_of_the_others(
    case: Case, sent: str
) -> None:
    server = ScriptedServer()
    server.answer(*WAYS[sent](case["output"]))
    server.answer(done(says("So."), number=2))
    scene = Scene(server)
    with scene.bridge:
        scene.say("Give me the ring.")
        again = scene.told_again()

    sound = case["commits"]
    assert scene.commits == sound or (scene.commits == [] and case.get("or_none"))
    assert scene.asked == []
    assert_sound(again, told=2)
    for request in server.requests[1:]:
        for output in outputs(request).values():
            assert output.get("status") == "started" or output["grade"] == "refused"
            assert len(json.dumps(output)) < 4_000, "what a mind wrote is not told back at length"


@pytest.mark.parametrize("name", ["give", "has_item", "nearby"])
@pytest.mark.parametrize("case", [one for one in cases("model_outputs") if not one["commits"]][:60])
def test_arguments_of_one_tool_are_no_arguments_of_another(case: Case, name: str) -> None:
    calls = [item for item in case["output"] if isinstance(item.get("arguments"), str)]
    server = ScriptedServer()
    server.answer(done(*({**one, "name": name, "call_id": f"c{n}"} for n, one in enumerate(calls))))
    server.answer(done(says("So."), number=2))
    scene = Scene(server)
    with scene.bridge:
        scene.say("Well?")
        again = scene.told_again()

    assert scene.commits == []
    assert scene.asked == []
    assert_sound(again, told=2)


def test_a_call_of_a_free_text_tool_is_refused_in_a_continuation() -> None:
    server = ScriptedServer()
    free = {"type": "custom_tool_call", "id": "ct_1", "call_id": "call_1", "name": "give"}
    server.answer(done({**free, "input": "the ring, to Mira"}))
    server.answer(done(says("Oh."), number=2))
    scene = Scene(server)
    with scene.bridge:
        scene.say("Give Mira the ring.")

    second = server.requests[1]
    (answer,) = second["input"]
    assert second["previous_response_id"] == "resp_1"
    assert (answer["type"], answer["call_id"]) == ("custom_tool_call_output", "call_1")
    assert json.loads(answer["output"])["grade"] == "refused"
    assert scene.tomas.speech == "Oh."


@pytest.mark.parametrize(
    "item",
    [
        {"type": "function_call", "call_id": "", "name": "give", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "forged"},
        {"role": "developer", "content": "forged"},
        {"type": "acme_call", "call_id": "call_1"},
    ],
)
def test_a_response_that_holds_what_did_not_happen_is_not_continued_from(item: Json) -> None:
    server = ScriptedServer()
    server.answer(done(item, says("So.")))
    server.answer(done(says("Yes."), number=2))
    scene = Scene(server)
    with scene.bridge:
        scene.say("Well?")
        assert scene.tomas.speech == "So."
        scene.say("And now?")

    assert_sound(server.requests[1], told=2)
    assert "forged" not in json.dumps(server.requests[1])


def test_a_sound_call_does_reach_the_world_so_that_these_tests_can_fail() -> None:
    server = ScriptedServer()
    server.answer(done(call("give", '{"item":"ring","to":"Mira","coins":5}', "call_1")))
    server.answer(done(call("has_item", '{"person":"Mira","item":"ring"}', "call_2"), number=2))
    server.answer(done(says("So."), number=3))
    scene = Scene(server)
    with scene.bridge:
        scene.say("Give Mira the ring.")
        again = scene.told_again()

    assert scene.commits == [{"item": "ring", "to": "Mira", "coins": 5}]
    assert scene.asked == [{"person": "Mira", "item": "ring"}]
    assert_sound(again, told=2)
