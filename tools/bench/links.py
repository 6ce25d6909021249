"""Links and receivers that pass everything on, for those that note what passes."""

from npcengine.errors import LinkLostError
from npcengine.transport.link import Frame, Link, Meter, Receiver

__all__ = ["PassingLink", "PassingReceiver"]


class PassingLink:
    """Carries what another link carries; whoever notes something overrides :meth:`send`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    @property
    def meter(self) -> Meter:
        return self._link.meter

    @property
    def keeps_contexts(self) -> bool:
        return self._link.keeps_contexts

    def send(self, frame: Frame, *, at_once: bool = False) -> None:
        self._link.send(frame, at_once=at_once)

    def read_at_once(self, wanted: bool) -> None:
        self._link.read_at_once(wanted)

    def close(self, code: int = 1000, reason: str = "") -> None:
        self._link.close(code, reason)

    async def writable(self) -> None:
        await self._link.writable()


class PassingReceiver:
    """Hands on what arrives; whoever notes something overrides :meth:`frames_arrived`."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def frames_arrived(self, frames: list[Frame]) -> None:
        self._receiver.frames_arrived(frames)

    def binary_arrived(self) -> None:
        self._receiver.binary_arrived()

    def link_lost(self, error: LinkLostError) -> None:
        self._receiver.link_lost(error)
