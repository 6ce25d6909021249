"""Random requests, steers, cancels and faults on a few lanes: what has to hold whatever happens."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, TypeAlias

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from npcengine.protocol.items import Item, Message, text_of
from npcengine.server.minds.mind import Piece, TextDelta, Thinking
from npcengine.server.settings import Settings
from tests.server.table import TOOLS, Client, Json, ParrotMind, make_gateway, run

WORDS = (
    "one two three",
    "one two; call look; and more",
    "call look; and more",
    "call look ask",
    "break",
    "choke",
    "everything",
)

TERMINALS = ("response.completed", "response.incomplete", "response.failed")


class Create(msgspec.Struct, frozen=True):
    """A request; what it continues is the newest response that its lane has shown."""

    lane: str | None
    words: str
    continues: bool = False
    source: str | None = None
    """The lane whose newest response it continues."""
    answers: bool = True
    """Whether it brings the outputs of that response's calls."""
    generate: bool = True


class Say(msgspec.Struct, frozen=True):
    """A steer to the newest response of a lane, running or not."""

    lane: str | None
    words: str
    is_list: bool = False
    is_bad: bool = False


class Cancel(msgspec.Struct, frozen=True):
    """A wish to stop whatever runs on a lane."""

    lane: str | None


Step: TypeAlias = Create | Say | Cancel

lanes = st.sampled_from((None, "a", "b"))
words = st.sampled_from(WORDS)
mostly = st.sampled_from((True, True, True, False))
pauses_ms = st.sampled_from((0, 5, 15, 15, 25, 25, 60, 400))


@st.composite
def turns(draw: st.DrawFn) -> list[tuple[Step, int]]:
    """A request, and some of what may happen while it is answered."""
    lane = draw(lanes)
    request = Create(
        lane,
        draw(words),
        continues=draw(st.booleans()),
        source=draw(st.sampled_from((lane, lane, None, "a"))),
        answers=draw(mostly),
        generate=draw(mostly),
    )
    near = st.sampled_from((lane, lane, lane, None))
    meanwhile = st.one_of(
        st.builds(Say, near, words),
        st.builds(Say, near, words, is_list=st.just(True), is_bad=mostly.map(lambda yes: not yes)),
        st.builds(Say, near, st.just("one two; call look")),
        st.builds(Create, near, words),
        st.builds(Cancel, near),
    )
    more = draw(st.lists(st.tuples(meanwhile, pauses_ms), max_size=4))
    return [(request, draw(pauses_ms)), *more]


scripts = st.lists(turns(), min_size=1, max_size=6).map(
    lambda several: [step for turn in several for step in turn]
)
"""Steps, and how many milliseconds pass after each."""


class FragileMind(ParrotMind):
    """Breaks on ``break`` while it speaks and on ``choke`` while it reads; notes what it read."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def read(self, state: object, settings: Settings, items: Sequence[Item]) -> object:
        texts = [text_of(i.content) for i in items if isinstance(i, Message) and i.role == "user"]
        if any("choke" in text for text in texts):
            raise KeyError("choke")
        self.heard += texts
        return super().read(state, settings, items)

    async def think(self, thinking: Thinking) -> AsyncGenerator[Piece]:
        async with aclosing(super().think(thinking)) as pieces:
            async for piece in pieces:
                yield piece
                if isinstance(piece, TextDelta) and "break" in piece.delta:
                    raise KeyError("break")


class Played(msgspec.Struct):
    """What a run came to."""

    events: list[Json]
    heard: list[str]
    steered: list[tuple[str, str, Any]]
    """Target, words and input of every steer that was sent."""


async def play(script: list[tuple[Step, int]]) -> Played:
    mind = FragileMind()
    client = Client(make_gateway(mind, running=2, steers=2, stored_responses=1))
    steered: list[tuple[str, str, Any]] = []
    for number, (step, ms) in enumerate(script):
        match step:
            case Create():
                create(client, step, number)
            case Say(lane=lane, words=words):
                target = newest(client, lane)
                text = f"{words} #{number}"
                said: Any = [{"role": "user", "content": text}] if step.is_list else text
                said = [{"role": "developer", "content": text}] if step.is_bad else said
                steered.append((target, text, said))
                client.steer(target, said)
            case Cancel(lane=lane):
                client.send({"type": "response.cancel", "response_id": newest(client, lane)})
        await asyncio.sleep(ms / 1_000)
    await asyncio.sleep(3_000)
    return Played(client.events, mind.heard, steered)


def newest(client: Client, lane: str | None) -> str:
    created = [e for e in client.of("response.created") if e.get("stream_id") == lane]
    return created[-1]["response"]["id"] if created else "resp_unknown"


def create(client: Client, step: Create, number: int) -> None:
    items: list[Json] = []
    more: Json = {} if step.lane is None else {"stream_id": step.lane}
    if step.continues:
        parent = newest(client, step.source)
        more["previous_response_id"] = parent
        ended = (e for e in client.ended() if e.get("response", {}).get("id") == parent)
        calls = [i for e in ended for i in e["response"]["output"] if i["type"] != "message"]
        if step.answers:
            items = [
                {"type": "function_call_output", "call_id": i["call_id"], "output": "done"}
                for i in calls
                if i["status"] == "completed"
            ]
    items.append({"role": "user", "content": f"{step.words} #{number}"})
    client.create(items, tools=TOOLS, store=False, generate=step.generate, **more)


# --- what has to hold ---------------------------------------------------------------------------


@given(scripts)
@example(
    [
        (Create(None, "call look ask"), 15),
        (Say(None, "one two"), 400),
        (Create(None, "everything", continues=True), 0),
    ]
)
@example([(Create(None, "one two; call look; and more"), 15), (Say(None, "call look"), 0)])
@example([(Create(None, "one two three"), 15), (Say(None, "choke"), 0)])
@example([(Create(None, "one break two"), 15), (Say(None, "one"), 0)])
def test_every_steer_is_settled_once_and_every_response_is_whole(
    script: list[tuple[Step, int]],
) -> None:
    played = run(play(script))

    responses = check_lanes(played.events)
    check_numbers(played.events, responses)
    check_steers(played, responses)


class Response(msgspec.Struct):
    """A response as its lane showed it."""

    lane: str | None
    parent: str | None
    events: list[Json]
    follower: "Response | None" = None
    """The next response of the lane."""

    @property
    def end(self) -> Json:
        return next(event for event in self.events if event["type"] in TERMINALS)

    @property
    def is_steered(self) -> bool:
        details = self.end["response"]["incomplete_details"]
        return details is not None and details["reason"] == "steered"

    @property
    def open_calls(self) -> list[str]:
        return [
            item["call_id"]
            for item in self.end["response"]["output"]
            if item["type"] == "function_call" and item["status"] == "completed"
        ]


def check_lanes(events: list[Json]) -> dict[str, Response]:
    """Check that each lane shows one response at a time, each ending once; return them by id."""
    responses: dict[str, Response] = {}
    running: dict[str | None, str] = {}
    last: dict[str | None, Response] = {}
    for event in events:
        lane, kind = event.get("stream_id"), event["type"]
        if kind == "error":
            continue
        if kind.startswith("response.steer."):
            target = responses.get(event["steer"]["previous_response_id"])
            if target is None:
                assert event["error"]["code"] == "response_not_found"
                continue
            assert target.lane == lane
            target.events.append(event)
            continue
        if kind == "response.created":
            body = event["response"]
            assert lane not in running, "the response before it has ended"
            running[lane] = body["id"]
            response = responses[body["id"]] = Response(lane, body["previous_response_id"], [])
            if lane in last:
                last[lane].follower = response
            last[lane] = response
        responses[running[lane]].events.append(event)
        if kind in TERMINALS:
            assert event["response"]["id"] == running.pop(lane)
    assert not running, "every response has ended"
    return responses


def check_numbers(events: list[Json], responses: dict[str, Response]) -> None:
    for response in responses.values():
        numbers = [event["sequence_number"] for event in response.events]
        assert numbers == list(range(len(numbers)))
        items = response.end["response"]["output"]
        if response.is_steered:
            assert all(item["status"] == "completed" for item in items)
            assert not response.open_calls, "calls are answered first"


def check_steers(played: Played, responses: dict[str, Response]) -> None:
    accepted: dict[str, list[str]] = {}
    settled = [e for e in played.events if e["type"] == "response.steer.failed"]
    refused = [e for e in settled if "id" not in e["steer"]]
    returned = {e["steer"]["id"]: e for e in settled if "id" in e["steer"]}
    assert len(returned) + len(refused) == len(settled), "given back once"
    turned_down = [e["steer"]["input"] for e in refused]
    for target, text, said in played.steered:
        if said in turned_down:
            turned_down.remove(said)
            assert text not in played.heard
        else:
            accepted.setdefault(target, []).append(text)
    assert not turned_down

    for target, texts in accepted.items():
        response = responses[target]
        ids = [e["steer"]["id"] for e in response.events if e["type"] == "response.steer.accepted"]
        pending = [
            e["steer"]["id"] for e in response.events if e["type"] == "response.steer.pending"
        ]
        assert len(ids) == len(texts) == len(set(ids)), "every steer is answered once"
        back = [id for id in ids if id in returned]
        assert back in ([], ids), "what is queued on a response has one fate"
        brought = [text for text in played.heard if text in texts]
        if back:
            assert brought == []
            given_back = [text_in_input(returned[id]["steer"]["input"]) for id in ids]
            assert given_back == texts
        elif brought:
            assert brought == texts, "in the order they came, each once"
            assert response.follower is not None
        else:
            assert pending == ids
            assert response.follower is None or response.follower.parent != target
        assert pending in ([], ids)
        if pending:
            assert response.open_calls
            assert response.end["type"] != "response.failed"
        if brought and not pending:
            assert response.follower is not None
            assert response.follower.parent == target, "a successor goes first"
        if response.is_steered:
            assert back or brought


def text_in_input(said: Any) -> str:
    return said if isinstance(said, str) else said[0]["content"]
