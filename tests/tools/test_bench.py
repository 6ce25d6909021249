"""The bench runs, and its numbers are of events that really arrived."""

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from npcengine.protocol.changes import CallClosed, Ended, FieldClosed, Phase
from npcengine.protocol.codec import decode_server_event
from npcengine.protocol.incoming import UnknownServerEvent
from npcengine.protocol.lane import Lane
from tools.bench.client import Sample
from tools.bench.figures import figures
from tools.bench.generator import GeneratorReport
from tools.bench.processes import ClientReport, Run
from tools.bench.script import ACTION, Script, call_script, speech_script
from tools.bench.wire import TEXT, ClientFrames, FrameCutter, masked_frame, text_frame

ROOT = Path(__file__).resolve().parents[2]

LENGTHS = (0, 1, 125, 126, 127, 300, 0xFFFF, 0x10000)


MS = 1_000_000


def _run(samples: list[Sample], log: list[tuple[int, int]]) -> Run:
    return Run(ClientReport(samples, {}), GeneratorReport(0, 0.0, 0.0, 0.0, 0, 0.0, log))


def _events(script: Script) -> list[Any]:
    messages = FrameCutter().feed(bytes(script.numbered(7)))
    return [decode_server_event(message) for message in messages]


def test_the_floor_cuts_messages_of_every_length() -> None:
    messages = [bytes([65 + n]) * length for n, length in enumerate(LENGTHS)]

    assert FrameCutter().feed(b"".join(map(text_frame, messages))) == messages


@pytest.mark.parametrize("length", [0, 125, 126, 300, 0x10000])
def test_the_floor_joins_what_was_read_in_two_pieces(length: int) -> None:
    stream = text_frame(b"before") + text_frame(b"x" * length) + text_frame(b"after")

    for cut in [*range(30), len(stream) - 8, len(stream) - 1]:
        cutter = FrameCutter()
        assert [*cutter.feed(stream[:cut]), *cutter.feed(stream[cut:])] == [
            b"before", b"x" * length, b"after",
        ]  # fmt: skip


def test_the_floor_refuses_what_it_cannot_read() -> None:
    with pytest.raises(ValueError, match="does not know"):
        FrameCutter().feed(b"\x89\x00")


def test_the_generator_reads_masked_frames_byte_by_byte() -> None:
    mask, text = b"\x01\x02\x03\x04", b"go on" * 100
    masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(text))
    stream = b"\x81\xfe" + len(text).to_bytes(2, "big") + mask + masked + masked_frame(b"more")
    frames = ClientFrames()

    arrived = [frame for place in range(len(stream)) for frame in frames.feed(stream[place:][:1])]

    assert arrived == [(TEXT, text), (TEXT, b"more")]


@pytest.mark.parametrize("script", [call_script(50), speech_script(50)], ids=["call", "speech"])
def test_a_response_is_a_whole_one_for_our_own_client(script: Script) -> None:
    lane = Lane()
    lane.sent()
    events = _events(script)

    changes = [change for event in events for change in lane.feed(event)]

    assert not any(isinstance(event, UnknownServerEvent) for event in events)
    assert [event.sequence_number for event in events] == list(range(len(script.ends)))
    assert lane.phase is Phase.COMPLETED
    assert isinstance(changes[-1], Ended)
    assert changes[-1].outcome.response_id == f"resp_{7:048d}"


def test_a_call_shows_its_arguments_before_it_closes() -> None:
    lane = Lane()
    lane.sent()

    changes = [change for event in _events(call_script(50)) for change in lane.feed(event)]

    fields = [change.field.name for change in changes if isinstance(change, FieldClosed)]
    (call,) = [change.call for change in changes if isinstance(change, CallClosed)]
    assert fields == ["place", "text"]
    assert call.name == ACTION
    assert json.loads(call.arguments or "")["place"] == "market"


def test_figures_are_differences_between_the_first_and_the_last_reading() -> None:
    floor = _run([Sample(0, 5 * MS, 100, 10), Sample(1_000 * MS, 6 * MS, 1_100, 20)], [])
    ours = _run([Sample(0, 9 * MS, 0, 0, 7 * MS), Sample(1_000 * MS, 14 * MS, 500, 50, 8 * MS)], [])

    found = figures({"floor": [floor], "npcengine": [ours]})

    absent = {"npcengine_fast": None, "openai": None}
    assert found.us_per_event == {"floor": 1.0, "npcengine": 10.0, **absent}
    assert found.core_share == {"floor": 0.001, "npcengine": 0.005, **absent}
    assert found.reads_per_event == {"floor": 0.01, "npcengine": 0.1, **absent}
    assert found.drain_us_per_event == 2.0
    assert (found.ratio_to_floor, found.ratio_to_openai) == (10.0, None)
    assert found.keeps_up == {"floor": None, "npcengine": None, **absent}


def test_a_client_that_received_late_what_was_sent_early_does_not_keep_up() -> None:
    log = [(at_ms * MS, at_ms * 8) for at_ms in range(0, 1_000, 5)]
    prompt = [Sample(at_ms * MS, at_ms, at_ms * 8, 0) for at_ms in range(100, 1_000, 100)]
    slow = [Sample(at_ms * MS, at_ms, at_ms * 6, 0) for at_ms in range(100, 1_000, 100)]

    found = figures({"floor": [_run(prompt, log)], "npcengine": [_run(slow, log)]})

    assert found.keeps_up["floor"] is True
    assert found.keeps_up["npcengine"] is False
    assert found.behind_ms["npcengine"] == pytest.approx(225, abs=5)


@pytest.mark.slow
@pytest.mark.sockets
def test_every_client_is_measured_while_events_arrive() -> None:
    command = [sys.executable, "-m", "tools.bench", "events", "--quick", "--json"]

    done = subprocess.run(
        [*command, "--without", "openai"],
        cwd=ROOT, capture_output=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr.decode()
    result = json.loads(done.stdout)
    assert set(result) == {"saturated", "paced", "machine"}
    for mode in (result["saturated"], result["paced"]):
        for client in ("floor", "npcengine"):
            assert mode["events"][client] > 0
            assert mode["us_per_event"][client] > 0
            assert mode["core_share"][client] > 0
            assert mode["reads_per_event"][client] > 0
        assert mode["us_per_event"]["openai"] is None
        assert mode["ratio_to_openai"] is None
        assert math.isfinite(mode["ratio_to_floor"])
        assert mode["ratio_to_floor"] > 0
        assert math.isfinite(mode["drain_us_per_event"])
        assert mode["rounds"] == 1
    assert isinstance(result["paced"]["keeps_up"]["npcengine"], bool)
    assert result["paced"]["generator"]["lateness_max_ms"] > 0
    assert {"python", "websockets", "msgspec"} <= set(result["machine"]["versions"])
