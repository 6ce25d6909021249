"""What a game lets be seen of what NPCs say."""

import json
import logging

import pytest

from npcengine import Bridge, Npc
from npcengine.testing import ScriptedServer
from tests.bridge.acts import FRAME, Json, done, says
from tests.bridge.test_bridge import bridge_to, frames

CREATED: Json = {"type": "response.created", "response": {"id": "resp_1"}}


def delta(text: str) -> Json:
    return {"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "delta": text}


def asked(bridge: Bridge) -> Npc:
    mira = bridge.npc("Mira", persona="A baker.")
    mira.tell("What is it?", by="player")
    return mira


def whole_words(npc: Npc, text: str, is_over: bool) -> str:
    """Hold back a word until it is whole."""
    return text if is_over else text[: text.rfind(" ") + 1]


def clean(npc: Npc, text: str, is_over: bool) -> str:
    return text.replace("damned", "******")


def test_what_is_held_back_is_shown_when_it_is_clear_what_it_is() -> None:
    server = ScriptedServer()
    server.answer(CREATED, delta("It is a damn"))
    with bridge_to(server) as bridge:
        bridge.filter_speech(whole_words)
        bridge.filter_speech(clean)
        mira = asked(bridge)
        frames(bridge, 3)
        early = mira.speech
        server.send(delta("ed nuisance"))
        frames(bridge, 2)
        later = mira.speech
        server.send(done(says("It is a damned nuisance")))
        frames(bridge, 2)

    assert (early, later) == ("It is a ", "It is a ****** ")
    assert mira.speech == "It is a ****** nuisance"


def test_words_that_a_filter_put_in_were_not_said_when_the_npc_is_interrupted() -> None:
    server = ScriptedServer()
    server.answer(CREATED, delta("It is a damned nuisance"))
    server.answer(done(says("Well."), number=2))
    with bridge_to(server) as bridge:
        bridge.filter_speech(clean)
        mira = asked(bridge)
        frames(bridge, 3)
        mira.heard(len("It is a ****** nui"))

        mira.interrupt("a knock")
        frames(bridge, 2)
        shown = mira.speech
        server.send({"type": "response.failed", "response": {"id": "resp_1", "status": "failed"}})
        mira.tell("Yes?", by="player")
        frames(bridge, 3)

    assert shown == "It is a "
    (said,) = [
        item["content"][0]["text"]
        for item in server.requests[-1]["input"]
        if item.get("role") == "assistant"
    ]
    assert said == "It is a "
    assert "damned" in json.dumps(server.requests[-1]["input"]), "the mind knows what it meant"


@pytest.mark.parametrize("strict", [False, True])
def test_a_filter_that_breaks_shows_nothing_and_is_logged_once(
    strict: bool, caplog: pytest.LogCaptureFixture
) -> None:
    server = ScriptedServer()
    server.answer(CREATED, delta("It is"), delta(" a secret"))
    with caplog.at_level(logging.ERROR), bridge_to(server, strict=strict) as bridge:

        @bridge.filter_speech
        def broken(npc: Npc, text: str, is_over: bool) -> str:
            raise RuntimeError("no")

        mira = asked(bridge)
        if strict:
            with pytest.raises(RuntimeError):
                frames(bridge, 4)
        else:
            frames(bridge, 2)
            server.send(delta("!"))
            bridge.update(FRAME)
            bridge.update(FRAME)

    assert mira.speech == ""
    assert len(caplog.records) == 1
