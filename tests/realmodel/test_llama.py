"""A real model, asked by a bridge through ``npcengine serve`` and llama.cpp's server.

``uv run pytest -m realmodel`` with the environment that ``docs/howto/local_models.md`` names. The
model is tiny and knows one exchange with two tools, so that is what each NPC gets.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

import npcengine
from npcengine.policy.deadlines import Deadlines
from npcengine.testing import wait_until
from tests.commands.asking import WITHIN_S, socket_to, stats
from tests.commands.programs import TOKEN, Served, serving_upstream
from tests.realmodel.llama import Llama, llama

pytestmark = [pytest.mark.realmodel, pytest.mark.sockets]

Json = dict[str, Any]

FRAME = 1 / 60
STEPS = 12

# What the model is told hangs on what is in time, and it knows only what it was trained on.
PATIENT = Deadlines(
    first_event_ms=60_000,
    between_events_ms=60_000,
    frame_query_ms=10_000,
    query_ms=10_000,
    settle_ms=10_000,
)


class PathTo(npcengine.Action, frozen=True):
    """Find a path"""

    target: str


@contextmanager
def serving(below: Llama, api: str, **options: str) -> Generator[Served]:
    """Run ``npcengine serve`` before a model's server."""
    spec = "&".join([f"upstream?api={api}", *(f"{name}={text}" for name, text in options.items())])
    below_it = ("--mind", spec, "--upstream", below.url, "--model", "npc")
    with serving_upstream("--stats", *below_it) as (served, found):
        assert f"llama.cpp at {below.url}" in found
        yield served


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Generator[Llama]:
    with llama(tmp_path_factory.mktemp("llama")) as server:
        yield server


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_a_bridge_holds_a_conversation_with_tools(
    below: Llama, api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPCENGINE_TOKEN", TOKEN)
    seen: list[npcengine.Intention] = []
    asked: list[int] = []
    before = len(below.slots_chosen())

    with serving(below, api) as served, npcengine.Bridge(served.url, deadlines=PATIENT) as bridge:
        mira = bridge.npc("Mira", persona="You are Mira, the guard. Mood: calm.", actions=[PathTo])
        tobin = bridge.npc(
            "Tobin", persona="You are Tobin, the smith. Mood: calm.", actions=[PathTo]
        )

        @bridge.query(budget_ms=8)
        def nearby(npc: npcengine.Npc, radius: int) -> dict[str, object]:
            """List things near the NPC"""
            asked.append(radius)
            return {"seen": [{"kind": "healer", "dist": 3}]}

        def step() -> None:
            for intention in bridge.update(FRAME):
                seen.append(intention)
                if isinstance(intention, npcengine.Commit):
                    intention.succeed({"steps": STEPS})

        mira.tell("Go to the mill.", by="player")
        wait_until(lambda: f"{STEPS} steps" in mira.speech, within_s=60, step=step)
        tobin.tell("Who is near? Look within 5.", by="player")
        wait_until(lambda: "healer" in tobin.speech, within_s=60, step=step)
        work = [json.loads(served.program.line()) for _ in range(4)]
        counts = stats(served)

    # Intentions stream: what she means to do shows before it is whole, and it is what was asked.
    kinds = [type(intention) for intention in seen]
    assert kinds[:3] == [npcengine.Hint, npcengine.Prepare, npcengine.Commit]
    commit = seen[2]
    assert isinstance(commit, npcengine.Commit)
    assert commit.action == PathTo("mill")
    assert asked == [5]

    # Each conversation keeps its slot, and of its second round little is read again.
    assert below.slots_chosen()[before:] == [0, 0, 1, 1]
    for first, second in (work[:2], work[2:]):
        told, again = first["upstream"], second["upstream"]
        assert again["cached_tokens"] > told["prompt_tokens"]
    assert counts["upstream_requests"] == 4
    assert counts["upstream_cached_tokens"] == sum(w["upstream"]["cached_tokens"] for w in work)


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_a_text_has_the_form_that_it_is_to_have(below: Llama, api: str) -> None:
    schema = {
        "type": "object",
        "properties": {"mood": {"enum": ["sleepy", "hungry"]}},
        "required": ["mood"],
        "additionalProperties": False,
    }
    form = {"format": {"type": "json_schema", "name": "mood", "schema": schema}}

    with serving(below, api, show="checked") as served, socket_to(served) as client:
        client.send(json.dumps(create("How are you?", text=form)))
        end = events_of(client)[-1]

    assert end["type"] == "response.completed"
    assert json.loads(end["response"]["output"][0]["content"][0]["text"])["mood"] in (
        "sleepy",
        "hungry",
    )


def test_a_call_is_written_in_pieces_and_a_warm_up_leaves_nothing_to_read_again(
    below: Llama,
) -> None:
    tool = {
        "type": "function",
        "name": "path_to",
        "description": "Find a path",
        "parameters": {
            "type": "object",
            "properties": {"target": {"type": "string"}},
            "required": ["target"],
        },
    }
    shape = {"tools": [tool], "instructions": "You are Rusk, the baker. Mood: glad."}

    with serving(below, "auto", warm="yes") as served, socket_to(served) as client:
        client.send(json.dumps(create("Go to the well.", generate=False, **shape)))
        warm = events_of(client)[-1]["response"]
        client.send(json.dumps(create([], previous_response_id=warm["id"], **shape)))
        events = events_of(client)

    deltas = [e for e in events if e["type"] == "response.function_call_arguments.delta"]
    (call,) = events[-1]["response"]["output"]
    assert len(deltas) > 2
    assert json.loads(call["arguments"]) == {"target": "well"}
    usage = events[-1]["response"]["usage"]
    assert usage["input_tokens_details"]["cached_tokens"] >= usage["input_tokens"] - 1


@pytest.mark.parametrize("how", ["cancel", "hang up"])
def test_an_answer_that_nobody_wants_any_more_stops_the_model(below: Llama, how: str) -> None:
    endless = {
        "type": "object",
        "properties": {"story": {"type": "string", "minLength": 1_500}},
        "required": ["story"],
    }
    form = {"format": {"type": "json_schema", "name": "story", "schema": endless}}
    before = below.cancelled()

    with serving(below, "chat") as served, socket_to(served) as client:
        client.send(json.dumps(create("Tell me everything.", text=form)))
        while json.loads(client.recv(timeout=WITHIN_S))["type"] != "response.output_text.delta":
            pass
        if how == "cancel":
            client.send(json.dumps({"type": "response.cancel"}))
            assert events_of(client)[-1]["response"]["status"] == "cancelled"
        else:
            client.close()
        wait_until(lambda: below.cancelled() > before and not below.is_busy())


def test_what_the_server_refuses_is_an_error_of_the_request(below: Llama) -> None:
    with serving(below, "chat") as served, socket_to(served) as client:
        client.send(json.dumps(create("word " * 5_000)))
        refused = events_of(client)[-1]
        client.send(json.dumps(create("How are you?", max_output_tokens=1)))
        cut = events_of(client)[-1]

    assert (refused["type"], refused["status"]) == ("error", 400)
    assert refused["error"]["code"] == "context_length_exceeded"
    assert cut["response"]["incomplete_details"] == {"reason": "max_output_tokens"}
    assert cut["response"]["usage"]["output_tokens"] == 1


def create(text: str | list[Json], /, **more: Any) -> Json:
    return {"type": "response.create", "model": "m", "input": text, "store": False, **more}


def events_of(client: Any) -> list[Json]:
    """The events up to the end of a request."""
    events: list[Json] = []
    ends = ("response.completed", "response.failed", "response.incomplete", "error")
    while not events or events[-1]["type"] not in ends:
        events.append(json.loads(client.recv(timeout=WITHIN_S)))
    return events
