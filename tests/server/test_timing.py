"""Where the time of a request goes, on either transport: a clock that only the mind moves."""

from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import suppress
from typing import Any

import pytest

from npcengine.clock import ManualClock
from npcengine.protocol.items import Item
from npcengine.server.gateway import Gateway
from npcengine.server.ids import Ids
from npcengine.server.minds.mind import Piece, TextDelta, Thinking
from npcengine.server.settings import Settings
from npcengine.server.tally import TurnWork
from npcengine.server.timing import Timing
from tests.server.http_table import post
from tests.server.table import Client, run

READ_MS, THINK_MS = 5, 20


class SlowMind:
    """Takes its time over every item and every answer."""

    name = "slow"

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock

    def read(self, state: object, settings: Settings, items: Sequence[Item]) -> object:
        self._clock.advance(ms=READ_MS * len(items))
        return None

    async def think(self, thinking: Thinking) -> AsyncGenerator[Piece]:
        self._clock.advance(ms=THINK_MS)
        yield TextDelta("Well.")


async def _over_a_socket(gateway: Gateway) -> None:
    client = Client(gateway)
    first = await client.ask("one")
    await client.ask("two", previous_response_id=first["response"]["id"])


async def _over_http(gateway: Gateway) -> None:
    first = await post(gateway, "one")
    await post(gateway, "two", previous_response_id=first.json["id"], stream=True)


@pytest.mark.parametrize(("talk", "items_read"), [(_over_a_socket, 1), (_over_http, 3)])
def test_the_time_of_a_request_is_told_by_what_it_went_into(talk: Any, items_read: int) -> None:
    clock, work = ManualClock(), list[TurnWork]()

    async def main() -> None:
        gateway = Gateway(SlowMind(clock), ids=Ids(seed=1), epoch_s=lambda: 0, clock=clock)
        gateway.tally.report = work.append
        talking: Coroutine[Any, Any, None] = talk(gateway)
        await talking

    run(main())

    continuation = work[1].ms
    assert (continuation.parse, continuation.recall) == (0, 0)
    assert continuation.render == READ_MS * items_read
    assert continuation.mind == THINK_MS
    assert continuation.keep == READ_MS, "the answer is read too"
    assert continuation.total == READ_MS * items_read + THINK_MS + READ_MS


def test_parts_add_up_and_what_is_none_of_them_is_in_the_total() -> None:
    clock = ManualClock()
    timing = Timing(clock)
    for ms in (1, 2):
        with timing.of("parse"):
            clock.advance(ms=ms)
    clock.advance(ms=4)
    with suppress(ValueError), timing.of("recall"):
        clock.advance(ms=8)
        raise ValueError("what breaks has taken its time too")

    times = timing.times()

    assert (times.parse, times.recall, times.render, times.mind, times.keep) == (3, 8, 0, 0, 0)
    assert times.total == 15
