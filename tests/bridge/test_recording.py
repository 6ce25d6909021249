"""Recording a bridge: in memory or in a file, secrets left out, and never in the game's way."""

import os
import signal
import threading
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from blockbuster import BlockBuster

from npcengine import Bridge, Npc, Recording, TraceError, UsageError
from npcengine.bridge.recorder import RECORD_VARIABLE
from npcengine.replay.exact import run_exactly
from npcengine.testing import ScriptedServer, wait_until
from npcengine.trace import records
from npcengine.trace.reader import TraceReader, read_trace
from npcengine.trace.sink import Sink
from tests.bridge.acts import FRAME, WalkTo, call, done, says

KEY = "hush-hush-0123456789"


def evening(bridge: Bridge, server: ScriptedServer, *, said: str = "Hello there.") -> Npc:
    """Play one turn: the NPC walks somewhere and says something."""
    npc = bridge.npc("mira", persona="A baker.", actions=[WalkTo])
    server.answer(done(call("walk_to", '{"place":"oven"}'), says(said)))
    server.answer(done(number=2))
    npc.tell("Hi.", by="player")
    for _ in range(20):
        for _ in bridge.update(FRAME):
            pass
    return npc


def unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    if not data.startswith(b"\x1f\x8b"):
        return data
    return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(data)


# --- where it goes ----------------------------------------------------------------------------


def test_a_recording_in_memory_becomes_a_file_from_the_beginning_on(tmp_path: Path) -> None:
    server, path = ScriptedServer(), tmp_path / "kept.npctrace"
    with Bridge(server, virtual=True, record=Recording()) as bridge:
        evening(bridge, server)
        bridge.keep_recording(path)

    _, read = read_trace(path)
    assert any(isinstance(one, records.TurnOver) for one in read)
    assert run_exactly(TraceReader(path)).divergence is None


def test_a_recording_in_memory_is_kept_twice_and_ended_in_between(tmp_path: Path) -> None:
    server, first, second = ScriptedServer(), tmp_path / "1.npctrace", tmp_path / "2.npctrace"
    with Bridge(server, virtual=True, record=Recording()) as bridge:
        evening(bridge, server)
        bridge.keep_recording(first)
        bridge.update(FRAME)
        bridge.end_recording()
        wait_until(lambda: first.exists() and _is_ended(first))
        for _ in range(5):
            bridge.update(FRAME)
        bridge.keep_recording(second)
        bridge.update(FRAME)
        assert bridge.recording_error is None

    _, one = read_trace(first)
    _, two = read_trace(second)
    ticks = [sum(isinstance(line, records.Frame) for line in lines) for lines in (one, two)]
    assert ticks == [21, 27]
    assert isinstance(one[-1], records.End)
    assert isinstance(two[-1], records.End)
    for path in (first, second):
        assert run_exactly(TraceReader(path)).divergence is None


def test_keeping_it_elsewhere_ends_the_file_before(tmp_path: Path) -> None:
    server, first, second = ScriptedServer(), tmp_path / "1.npctrace", tmp_path / "2.npctrace"
    with Bridge(server, virtual=True, record=Recording()) as bridge:
        evening(bridge, server)
        bridge.keep_recording(first)
        bridge.keep_recording(second)

    assert _is_ended(first)
    assert _is_ended(second)


def _is_ended(path: Path) -> bool:
    return isinstance(read_trace(path)[1][-1:][0], records.End) if path.stat().st_size else False


def test_without_a_recording_in_memory_there_is_nothing_to_keep(tmp_path: Path) -> None:
    with (
        Bridge(ScriptedServer(), virtual=True, record=tmp_path / "a.jsonl") as bridge,
        pytest.raises(UsageError, match=r"Bridge\(record=Recording\(\)\)"),
    ):
        bridge.keep_recording(tmp_path / "b.jsonl")


def test_the_environment_names_a_file_and_each_bridge_gets_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RECORD_VARIABLE, str(tmp_path / "a.npctrace"))
    for _ in range(2):
        with Bridge(ScriptedServer(), virtual=True) as bridge:
            bridge.update(FRAME)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-2.npctrace", "a.npctrace"]


def test_a_recording_in_memory_is_written_where_the_environment_says_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RECORD_VARIABLE, str(tmp_path / "a.npctrace"))
    with Bridge(ScriptedServer(), virtual=True, record=Recording(game={"seed": 7})) as bridge:
        bridge.update(FRAME)

    header, read = read_trace(tmp_path / "a.npctrace")
    assert bytes(header.game) == b'{"seed":7}'
    assert isinstance(read[-1], records.End)


def test_what_the_game_says_goes_before_what_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RECORD_VARIABLE, str(tmp_path / "a.npctrace"))
    with Bridge(ScriptedServer(), virtual=True, record=tmp_path / "b.npctrace") as bridge:
        bridge.update(FRAME)

    assert [path.name for path in tmp_path.iterdir()] == ["b.npctrace"]


def test_a_load_is_written_down_as_it_was_loaded(tmp_path: Path) -> None:
    server, path, slot = ScriptedServer(), tmp_path / "a.jsonl", tmp_path / "slot"
    with Bridge(server, virtual=True, record=path) as bridge:
        npc = evening(bridge, server)
        bridge.save(slot)
        bridge.update(FRAME)
        bridge.load(slot)
        for _ in range(3):
            bridge.update(FRAME)
        server.answer(done(says("Who are you?"), number=3))
        npc.tell("It is me again.", by="player")
        for _ in range(20):
            bridge.update(FRAME)

    assert run_exactly(TraceReader(path)).divergence is None


# --- secrets ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "key_env"),
    [
        ("OPENAI_API_KEY", None),
        ("XAI_API_KEY", None),
        ("AI_GATEWAY_API_KEY", None),
        ("NPCENGINE_TOKEN", None),
        ("MY_GAMES_KEY", "MY_GAMES_KEY"),
    ],
)
def test_a_key_from_the_environment_is_never_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, key_env: str | None
) -> None:
    monkeypatch.setenv(variable, KEY)
    server, path = ScriptedServer(), tmp_path / "a.npctrace"
    with Bridge(server, virtual=True, record=path, key_env=key_env) as bridge:
        bridge.npc("tomas", persona=f"You know {KEY}.")
        bridge.input({"typed": KEY})
        evening(bridge, server, said=f"The key is {KEY}, and Bearer abcdefghijklmnop.")

    data = unpacked(path)
    assert KEY.encode() not in data
    assert b"abcdefghijklmnop" not in data
    assert data.count(b"*" * len(KEY)) >= 3
    assert run_exactly(TraceReader(path)).divergence is None


def test_what_a_game_wants_overwritten_is_and_the_recording_runs_again(tmp_path: Path) -> None:
    server, path = ScriptedServer(), tmp_path / "a.jsonl"
    recording = Recording(path=path, scrub=["Zoë O'Hara"])
    with Bridge(server, virtual=True, record=recording) as bridge:
        npc = evening(bridge, server, said="Well, Zoë O'Hara!")
        npc.learn("player", "the player is Zoë O'Hara")
        bridge.update(FRAME)

    data = path.read_bytes().decode()
    assert "O'Hara" not in data
    assert "Well, **********!" in data
    assert run_exactly(TraceReader(path)).divergence is None


# --- in nobody's way --------------------------------------------------------------------------


@contextmanager
def files_of_at_most(size: int) -> Generator[None]:
    """Let no file grow beyond a size, as on a disk that is full."""
    import resource  # there is none on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.skipif(os.name != "posix", reason="limits are POSIX")
@pytest.mark.parametrize("name", ["a.jsonl", "a.npctrace"])
def test_on_a_full_disk_the_game_goes_on_and_is_told(tmp_path: Path, name: str) -> None:
    server, path = ScriptedServer(), tmp_path / name
    with files_of_at_most(20_000), Bridge(server, virtual=True, record=path) as bridge:
        evening(bridge, server)
        frames = 0
        while bridge.recording_error is None and frames < 200_000:
            bridge.input({"keys": os.urandom(200).hex()})
            bridge.update(FRAME)
            frames += 1
        bridge.update(FRAME)
        assert "too large" in str(bridge.recording_error)

    # What fitted can be read, up to where it stops.
    reader = TraceReader(path)
    read = list(reader)
    assert reader.end is None
    assert any(isinstance(one, records.TurnOver) for one in read)


def test_a_file_that_cannot_be_made_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="No such file or directory"):
        Bridge(ScriptedServer(), virtual=True, record=tmp_path / "nowhere" / "a.npctrace")


def test_no_frame_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nothing_blocks_a_loop: BlockBuster
) -> None:
    """Whatever makes lines, compresses or writes does so on the writer's thread alone."""
    busy: set[str] = set()
    is_stuck, go_on = threading.Event(), threading.Event()
    write = Sink.write

    def slow_write(self: Sink, lines: bytes) -> None:
        busy.add(threading.current_thread().name)
        is_stuck.set()
        assert go_on.wait(10)
        write(self, lines)

    monkeypatch.setattr(Sink, "write", slow_write)
    server, path = ScriptedServer(), tmp_path / "a.npctrace"
    with Bridge(server, record=path) as bridge:
        assert is_stuck.wait(10)
        # The disk takes nothing, and the whole evening passes all the same.
        npc = evening(bridge, server)
        wait_until(lambda: npc.phase == "idle" and npc.speech, step=lambda: bridge.update(FRAME))
        go_on.set()

    assert busy == {"npcengine-trace"}
    assert any(isinstance(one, records.TurnOver) for one in read_trace(path)[1])
