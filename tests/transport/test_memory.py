import asyncio

import pytest

from npcengine.testing import VirtualTimeLoop
from npcengine.transport import memory
from tests.transport.peers import Ear


@pytest.mark.parametrize("delay_s", [0.0, 0.02])
def test_what_is_sent_in_one_turn_arrives_as_one_read_after_the_delay(delay_s: float) -> None:
    async def main() -> tuple[Ear, float]:
        loop = asyncio.get_running_loop()
        near, far = Ear(), Ear()
        here, _ = memory.pair(loop, near, far, delay_s=delay_s)
        for n in range(3):
            here.send(b"%d" % n)
        await far.until(lambda e: e.frames)
        return far, loop.time()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        far, now = runner.run(main())

    assert (far.frames, far.batches) == ([b"0", b"1", b"2"], [3])
    assert now == pytest.approx(delay_s)


def test_both_ends_hear_of_the_end_once_and_nothing_after_it() -> None:
    async def main() -> tuple[Ear, Ear]:
        near, far = Ear(), Ear()
        here, there = memory.pair(asyncio.get_running_loop(), near, far)
        there.send(b"last words")
        there.close(1001, "going down")
        there.send(b"too late")
        await near.until(lambda e: e.lost)
        here.send(b"is anybody there?")
        await asyncio.sleep(1)
        return near, far

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        near, far = runner.run(main())

    assert near.frames == [b"last words"]
    assert far.frames == []
    assert near.lost is not None
    assert far.lost is not None
    assert near.lost.code == 1001
