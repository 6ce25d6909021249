"""What the gateway lets leave at once: that which lets the other end do something."""

from collections.abc import Mapping

import pytest
from msgspec import Raw

from npcengine.protocol import incoming as event
from npcengine.server.outlet import EventStream, SocketOutlet
from npcengine.transport.link import Frame, Meter

BODY = Raw(b"{}")
CASES: list[tuple[event.ServerEvent, bool]] = [
    (event.ResponseCreated(response=BODY), False),
    (event.OutputTextDelta(item_id="msg", output_index=0, delta="Well"), False),
    (event.ArgumentsDelta(item_id="fc", output_index=0, delta="{"), False),
    (event.ArgumentsDone(item_id="fc", output_index=0, arguments="{}"), True),
    (event.ResponseCompleted(response=BODY), True),
    (event.ResponseIncomplete(response=BODY), True),
    (event.ResponseFailed(response=BODY), True),
]


class NotingLink:
    """Notes for which frames somebody waits."""

    keeps_contexts = True

    def __init__(self) -> None:
        self.meter = Meter()
        self.at_once: list[bool] = []

    def send(self, frame: Frame, *, at_once: bool = False) -> None:
        self.at_once.append(at_once)

    def read_at_once(self, wanted: bool) -> None: ...

    def close(self, code: int = 1000, reason: str = "") -> None: ...

    async def writable(self) -> None: ...


class NotingStream:
    """Notes for which pieces of a body somebody waits."""

    def __init__(self) -> None:
        self.at_once: list[bool] = []

    def begin(self, content_type: str, headers: Mapping[str, str]) -> None: ...

    def send(self, data: bytes, *, at_once: bool = False) -> None:
        self.at_once.append(at_once)

    async def writable(self) -> None: ...


@pytest.mark.parametrize(("sent", "is_awaited"), CASES)
def test_calls_that_can_be_answered_and_ends_do_not_wait_for_company(
    sent: event.ServerEvent, is_awaited: bool
) -> None:
    link, stream = NotingLink(), NotingStream()

    SocketOutlet(link).send(sent)
    EventStream(stream).send(sent)

    assert link.at_once == stream.at_once == [is_awaited]
