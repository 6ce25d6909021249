"""Pings and pongs stand in a recording, and change nothing in a re-run."""

from pathlib import Path

from npcengine import Bridge
from npcengine.protocol.capabilities import GATEWAY
from npcengine.replay.exact import run_exactly
from npcengine.testing import ScriptedServer
from npcengine.trace.reader import TraceReader, read_trace
from npcengine.trace.records import Life
from npcengine.transport.beat import Beat
from npcengine.transport.link import Link, Receiver
from tests.bridge.acts import FRAME, done, says


class Quiet(ScriptedServer):
    """Asks for a sign of life as soon as somebody is there."""

    async def open(self, receiver: Receiver, beat: Beat, *, within_ms: float) -> Link:
        link = await super().open(receiver, beat, within_ms=within_ms)
        receiver.sign_of_life("ping")
        return link


def test_signs_of_life_are_recorded_beside_what_sessions_take_in(tmp_path: Path) -> None:
    server, path = Quiet(GATEWAY), tmp_path / "quiet.npctrace"
    server.answer(done(says("Hello.")))
    with Bridge(server, virtual=True, record=path) as bridge:
        mira = bridge.npc("Mira", persona="A baker.")
        mira.tell("Hello?", by="player")
        for _ in range(30):
            list(bridge.update(FRAME))
        assert mira.speech == "Hello."

    _, lines = read_trace(path)
    assert [line.sign for line in lines if isinstance(line, Life)] == ["ping"]
    assert run_exactly(TraceReader(path)).divergence is None
