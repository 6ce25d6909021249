"""Which request a frame of a server answers: a lane is answered in the order in which it asks."""

from collections import defaultdict

import msgspec

from npcengine.replay.whatif.recorded import Exchange, Piece
from npcengine.replay.whatif.telling import Request, Telling

__all__ = ["Lanes", "Said", "read_said"]

_ENDS = frozenset({"response.completed", "response.failed", "response.incomplete", "error"})


class _Named(msgspec.Struct):
    id: str = ""


class Said(msgspec.Struct):
    """As much of a server's frame as says where it belongs."""

    type: str = ""
    stream_id: str | None = None
    response: _Named | None = None


def read_said(text: str | bytes | bytearray) -> Said:
    """Return where a frame belongs; of one that cannot be read, nothing is known."""
    try:
        return msgspec.json.decode(text, type=Said)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Said()


class Lanes:
    """Requests that are not answered to the end, by connection and lane."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._open: dict[tuple[int, str | None], list[Exchange]] = defaultdict(list)
        self._of_response: dict[str, str | None] = {}

    def lane_of(self, request: Request) -> str | None:
        """Return the lane of a request; a steer goes where the response is that it steers."""
        if request.kind != "steer":
            return request.lane
        return self._of_response.get(request.target or "")

    def ask(self, connection: int, exchange: Exchange) -> None:
        """A request goes out."""
        self._open[connection, self.lane_of(exchange.request)].append(exchange)

    def answer(self, connection: int, text: str, t_ns: int) -> Exchange | None:
        """Give a frame to the request that it answers; return that, if there is any."""
        said = read_said(text)
        lane = connection, said.stream_id
        waiting = self._open.get(lane, [])
        if not waiting:
            return None
        exchange = waiting[0]
        if said.type.startswith("response.steer."):
            exchange = next((one for one in waiting if one.request.kind == "steer"), exchange)
        piece = Piece(t_ns - exchange.sent_ns, said.type, text)
        exchange.pieces.append(piece)
        if said.type == "response.created" and said.response is not None:
            exchange.response_id = said.response.id
            self._of_response[said.response.id] = said.stream_id
            self._telling.begun(said.response.id, exchange.request)
        if said.type in _ENDS or said.type == "response.steer.failed":
            exchange.is_over = True
            waiting.remove(exchange)
        return exchange

    def lose(self, connection: int) -> None:
        """A connection is gone, with all that was asked on it."""
        for lane in [lane for lane in self._open if lane[0] == connection]:
            del self._open[lane]
