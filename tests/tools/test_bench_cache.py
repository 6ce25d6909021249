"""``bench cache`` measures what its names say: on made-up notes, on its relay, in a real run."""

import asyncio
import json
import selectors
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.clock import NS_PER_MS, SystemClock
from npcengine.server.minds.mind import ArgumentsDelta, CallBegun, TextDelta
from npcengine.server.tally import TurnWork
from npcengine.server.timing import Times
from npcengine.server.tokens import count_tokens
from tools.bench.cache.exchanges import Exchange, Log
from tools.bench.cache.figures import (
    ClientReport,
    Loop,
    Parts,
    last_over_first,
    loop_of,
    median_loop,
    saved,
)
from tools.bench.cache.gateway import Served
from tools.bench.cache.mind import QUERY, pieces
from tools.bench.cache.pages import pages
from tools.bench.cache.relay import Relay
from tools.bench.cache.steps import CachePlan, steps

ROOT = Path(__file__).resolve().parents[2]


# --- the log of the relay ---------------------------------------------------------------------


def test_an_exchange_goes_from_the_first_byte_of_a_question_to_the_last_of_its_answer() -> None:
    log = Log()

    log.opened(100)
    log.asked(110, 5, 40)
    log.asked(120, 6, 30)
    log.arrived(155)
    log.arrived(156)
    log.answered(170, 7)
    log.answered(180, 8)
    log.over(175)
    log.over(185)
    log.asked(190, 9, 0)
    log.arrived(195)
    log.answered(200, 1)
    log.over(205)

    first = Exchange(100, True, 120, 30, 156, 180, 185, 11, 15)
    assert log.exchanges == [first, Exchange(190, False, 190, 0, 195, 200, 205, 9, 1)]


def test_a_connection_begins_an_exchange_of_its_own() -> None:
    log = Log()
    for at in (0, 100):
        log.opened(at)
        log.asked(at + 1, 1, 20)
        log.arrived(at + 21)
        log.answered(at + 30, 1)
        log.over(at + 40)

    assert [(one.began_ns, one.is_new) for one in log.exchanges] == [(0, True), (100, True)]


# --- the relay --------------------------------------------------------------------------------


def _through(rtt_ms: float, questions: int) -> tuple[list[float], list[Exchange]]:
    """Ask a server that echoes, through a relay; return how long each answer took, in ms."""
    clock = SystemClock()

    async def main() -> tuple[list[float], list[Exchange]]:
        has_gone = asyncio.Event()

        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(1_000):
                writer.write(data)
            writer.close()
            await writer.wait_closed()
            has_gone.set()

        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        relay = Relay(server.sockets[0].getsockname()[1], rtt_ms)
        between = await asyncio.get_running_loop().create_server(relay.accept, "127.0.0.1", 0)
        took_ms: list[float] = []
        began_ns = clock.now_ns()
        reader, writer = await asyncio.open_connection(*between.sockets[0].getsockname())
        for number in range(questions):
            writer.writelines([b"%02d," % number, b"and so on"])
            assert await reader.readexactly(12) == b"%02d,and so on" % number
            took_ms.append((clock.now_ns() - began_ns) / NS_PER_MS)
            began_ns = clock.now_ns()
        writer.close()
        await writer.wait_closed()
        await asyncio.wait_for(has_gone.wait(), 5)  # the end of the stream comes through as well
        between.close()
        server.close()
        return took_ms, relay.log.exchanges

    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main())


@pytest.mark.sockets
def test_an_answer_takes_a_round_trip_and_the_first_of_a_connection_two() -> None:
    took_ms, exchanges = _through(20, 3)

    assert took_ms[0] >= 39.9, "the connection is paid for"
    assert min(took_ms[1:]) >= 19.9
    assert [one.is_new for one in exchanges] == [True, False, False]
    assert exchanges[0].set_up_ns > 19 * NS_PER_MS - exchanges[0].asked_ns + exchanges[0].began_ns
    assert all(one.set_up_ns == 0 for one in exchanges[1:])
    assert all(one.bytes_up == one.bytes_down == 12 for one in exchanges)
    for one in exchanges:
        assert one.arrived_ns - one.asked_ns - one.set_up_ns >= 9.9 * NS_PER_MS
        assert one.over_ns - one.answered_ns >= 9.9 * NS_PER_MS


@pytest.mark.sockets
def test_a_relay_without_distance_still_keeps_bytes_in_order() -> None:
    took_ms, exchanges = _through(0, 50)

    assert len(took_ms) == len(exchanges) == 50


# --- the mind and what it reads ---------------------------------------------------------------


@given(st.integers(0, 40), st.sampled_from([8, 40, 100]))
def test_a_response_is_a_call_for_the_next_page_until_there_is_none(read: int, tokens: int) -> None:
    said = list(pieces(30, read, tokens))

    if read < 30:
        begun, *arguments = said
        assert begun == CallBegun(QUERY)
        text = "".join(piece.delta for piece in arguments if isinstance(piece, ArgumentsDelta))
        assert json.loads(text)["page"] == read + 1
        assert len(arguments) == tokens
    else:
        assert len(said) == tokens
        assert all(isinstance(piece, TextDelta) for piece in said)


def test_pages_differ_and_are_equally_long() -> None:
    made = pages(30, 910)

    assert {count_tokens(page) for page in made} == {910}
    assert len(set(made)) == 30
    assert made == pages(30, 910)


# --- from notes to numbers --------------------------------------------------------------------


def _times(total: float) -> Times:
    return Times(parse=1, recall=2, render=3, mind=10, keep=1, total=total)


def _served(cpu_ms: float, total: float = 20) -> Served:
    work = TurnWork(1, 3, 1_000, 1, 10, 8, _times(total))
    return Served(work, round(cpu_ms * NS_PER_MS))


def _exchange(began_ms: float, *, set_up_ms: float = 0, is_new: bool = False) -> Exchange:
    """Return one of 4 ms of upload, 10 ms each way and 25 ms of serving."""
    asked = began_ms + 4
    arrived = asked + set_up_ms + 10
    times = (began_ms, asked, set_up_ms, arrived, arrived + 25, arrived + 35)
    began_ns, asked_ns, set_up_ns, arrived_ns, answered_ns, over_ns = (
        round(ms * NS_PER_MS) for ms in times
    )
    return Exchange(
        began_ns, is_new, asked_ns, set_up_ns, arrived_ns, answered_ns, over_ns, 100, 300
    )


SERVED = [_served(5), _served(7), _served(10)]


def _client(loop_s: float) -> ClientReport:
    return ClientReport(loop_s, 0.1, {}, {})


def test_the_parts_of_a_loop_are_all_of_it() -> None:
    exchanges = [_exchange(0, set_up_ms=16, is_new=True), _exchange(100)]

    loop = loop_of(_client(0.2), exchanges, SERVED, "http_keepalive")

    assert loop.parts == Parts(
        set_up=16,
        bytes=2 * (4 + 25 - 20),
        parse=2 * 1,
        render=2 * (2 + 3),
        wire=2 * 20,
        mind=2 * 10,
        gateway=2 * (20 - 1 - 5 - 10),
        client=200 - 16 - 18 - 2 - 10 - 40 - 20 - 8,
    )
    assert (loop.connections, loop.bytes_up, loop.bytes_down) == (1, 200, 600)
    assert loop.turn_cpu_ms == [2, 3]


def test_the_handshake_of_a_websocket_is_set_up_and_its_close_is_nothing() -> None:
    handshake = _exchange(0, set_up_ms=16, is_new=True)
    exchanges = [handshake, _exchange(100), _exchange(200), _exchange(300), Exchange(900, False)]

    loop = loop_of(_client(0.3), exchanges, SERVED, "ws")

    assert loop.parts.set_up == 4 + 16 + 10 + 25 + 10
    assert loop.parts.wire == 2 * 20
    assert loop.bytes_up == 300


def test_notes_with_a_hole_are_no_result() -> None:
    with pytest.raises(ValueError, match="1 exchanges for 2 responses"):
        loop_of(_client(0.2), [_exchange(0), Exchange(100, False)], SERVED, "http_keepalive")


def test_a_saving_is_told_by_what_it_was_saved_on() -> None:
    ours = Parts(set_up=1, bytes=1, parse=1, render=1, wire=1, mind=1, gateway=1, client=1)
    theirs = Parts(set_up=2, bytes=3, parse=4, render=5, wire=6, mind=7, gateway=8, client=9)

    saving = ours.saving(theirs)

    assert (saving.set_up, saving.bytes, saving.parse, saving.render) == (1, 2, 3, 4)
    assert (saving.waiting, saving.client) == (18, 8)


@pytest.mark.parametrize(
    ("ours_s", "theirs_s", "share"), [(1, 2, 0.5), (3, 2, -0.5), (1, None, None), (None, 1, None)]
)
def test_a_saving_is_a_share_of_what_the_other_takes(
    ours_s: float | None, theirs_s: float | None, share: float | None
) -> None:
    assert saved(ours_s, theirs_s) == share


def test_the_median_loop_is_one_that_was_played() -> None:
    parts = Parts(0, 0, 0, 0, 0, 0, 0, 0)
    loops = [Loop(seconds, 0, parts, 1, 0, 0, [], []) for seconds in (3.0, 1.0, 2.0, 9.0)]

    assert median_loop(loops).seconds == 2
    assert median_loop(loops[:1]).seconds == 3


def test_growth_looks_at_calls_and_leaves_the_dear_first_turn_out() -> None:
    assert last_over_first([50, 2, 2, 2, 3, 5, 6, 6, 99]) == 3


def test_loops_take_turns_and_everybody_begins_once() -> None:
    plan = CachePlan(("npcengine", "openai"), 30, 6, (0, 20, 50, 100), (40,))
    in_order = list(steps(plan))

    once = len(in_order) // 6
    assert once == 6 * 4 + 3
    begin = [in_order[number * once] for number in range(6)]
    assert len({(step.client, step.wire) for step in begin}) == 6
    assert all(before != after for before, after in pairwise(in_order))


# --- the real thing ---------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.sockets
def test_every_client_and_wire_is_measured_through_the_relay() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench", "cache", "--quick", "--json"],
        cwd=ROOT, capture_output=True, timeout=300, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr.decode()
    result = json.loads(done.stdout)
    assert [(row["rtt_ms"], row["client"]) for row in result["runs"]] == [
        (rtt_ms, client) for rtt_ms in (20, 50) for client in ("npcengine", "openai")
    ]
    for row in result["runs"]:
        assert row["rounds"] == 3
        # Four responses, each a round trip and the tokens, and before them the connection.
        floor_s = (5 * row["rtt_ms"] + 4 * 7) / 1_000
        assert row["http_keepalive_s"] >= floor_s
        for wire in ("http_fresh_s", "http_previous_s"):
            assert row[wire] is None if row["client"] == "openai" else row[wire] >= floor_s
        assert row["ws_s"] >= floor_s + row["rtt_ms"] / 1_000, "its handshake is in it"
    for saving in (result["saving_at_20ms"], result["saving_at_50ms"]):
        assert set(saving) == {"sdk_http", "sdk_ws", "fresh", "keepalive", "previous"}
        assert all(-1 < share < 1 for share in saving.values())
    assert set(result["server_cpu_last_over_first"]) == {"ws", "http_keepalive"}
    assert result["server_cpu_last_over_first"]["ws"] > 0
    assert len(result["loops"]) == 2 * (4 + 2)
    for one in result["loops"]:
        wire, loop, parts = one["wire"], one["median"], one["median"]["parts"]
        assert loop["connections"] == (4 if wire == "http_fresh" else 1)
        assert sum(parts.values()) == pytest.approx(loop["seconds"] * 1_000)
        assert parts["mind"] >= 4 * 7 * 0.8
        assert len(loop["turn_cpu_ms"]) == len(loop["context_tokens"]) == 4
        assert loop["context_tokens"][3] - loop["context_tokens"][0] > 3 * 910
        sent_again = wire in ("http_fresh", "http_keepalive")
        assert (loop["bytes_up"] > 28_000) == sent_again
