"""The end of a response does not wait for company on its way out."""

import pytest
from msgspec import Raw

from npcengine.protocol.incoming import (
    OutputTextDelta,
    ResponseCompleted,
    ResponseCreated,
    ResponseFailed,
    ResponseIncomplete,
    ServerEvent,
)
from npcengine.server.outlet import SocketOutlet
from npcengine.transport.link import Frame, Meter

BODY = Raw(b'{"id":"resp_1"}')


class Door:
    """A link that tells what was done with it."""

    keeps_contexts = True
    meter = Meter()

    def __init__(self) -> None:
        self.did: list[str] = []

    def send(self, frame: Frame) -> None:
        self.did.append("send")

    def flush(self) -> None:
        self.did.append("flush")

    def read_at_once(self, wanted: bool) -> None:
        raise AssertionError("a gateway reads everything at once")

    def close(self, code: int = 1000, reason: str = "") -> None:
        raise AssertionError("an outlet closes nothing")

    async def writable(self) -> None:
        return


@pytest.mark.parametrize(
    ("event", "did"),
    [
        (ResponseCreated(response=BODY), ["send"]),
        (OutputTextDelta(item_id="m", output_index=0, delta="a"), ["send"]),
        (ResponseCompleted(response=BODY), ["send", "flush"]),
        (ResponseIncomplete(response=BODY), ["send", "flush"]),
        (ResponseFailed(response=BODY), ["send", "flush"]),
    ],
)
def test_only_the_end_of_a_response_leaves_at_once(event: ServerEvent, did: list[str]) -> None:
    door = Door()

    SocketOutlet(door).send(event)

    assert door.did == did
