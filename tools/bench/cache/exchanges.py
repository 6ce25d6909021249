"""A log of what passed the relay, cut into exchanges: what was asked, and what came back.

The client does one thing after another, so its time falls into exchanges without a rest: from the
end of one answer until the end of the next, on whatever connection. Times are nanoseconds of the
machine's clock.
"""

import msgspec

__all__ = ["Exchange", "Log"]


class Exchange(msgspec.Struct):
    """One question and its answer, as the relay saw them."""

    began_ns: int
    """Its connection was opened, or the first of the question came."""
    is_new: bool
    """Whether it opened a connection."""
    asked_ns: int = 0
    """The last of the question came."""
    set_up_ns: int = 0
    """How long that was held because the connection was being set up."""
    arrived_ns: int = 0
    """The last of the question went on to the server."""
    answered_ns: int = 0
    """The last of the answer came from the server."""
    over_ns: int = 0
    """The last of the answer went on to the client."""
    bytes_up: int = 0
    bytes_down: int = 0


class Log:
    """Takes notes for the relay."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def opened(self, now_ns: int) -> None:
        """A client has connected."""
        self._begin(now_ns, is_new=True)

    def asked(self, now_ns: int, size: int, set_up_ns: int) -> None:
        """Some of a question came, and is held for so long until its connection would be there."""
        if not self.exchanges or self.exchanges[-1].over_ns:
            self._begin(now_ns, is_new=False)
        exchange = self.exchanges[-1]
        exchange.asked_ns, exchange.set_up_ns = now_ns, set_up_ns
        exchange.bytes_up += size

    def arrived(self, now_ns: int) -> None:
        """Some of a question went on."""
        self.exchanges[-1].arrived_ns = now_ns

    def answered(self, now_ns: int, size: int) -> None:
        """Some of an answer came."""
        exchange = self.exchanges[-1]
        exchange.answered_ns = now_ns
        exchange.bytes_down += size

    def over(self, now_ns: int) -> None:
        """Some of an answer went on."""
        self.exchanges[-1].over_ns = now_ns

    def _begin(self, now_ns: int, *, is_new: bool) -> None:
        self.exchanges.append(Exchange(now_ns, is_new))
