"""One recorded answer being played back to a request of the new run."""

import re
from itertools import chain

import msgspec
from msgspec import Raw

from npcengine.replay.whatif.counterparts import Counterpart
from npcengine.replay.whatif.lanes import read_said
from npcengine.replay.whatif.recorded import Piece
from npcengine.replay.whatif.telling import Request

__all__ = ["Play", "renamed"]

_CALL_ID = re.compile(r'"call_id"\s*:\s*"([^"\\]+)"')

_fields = msgspec.json.Decoder(dict[str, Raw]).decode


class Play:
    """What is known of it."""

    def __init__(
        self, connection: int, request: Request, lane: str | None, counterpart: Counterpart
    ) -> None:
        self.connection = connection
        self.request = request
        self.lane = lane
        """Where it is answered: for a steer, the lane of what it steers."""
        self.counterpart = counterpart
        self.socket = str(connection)
        self.pieces: list[Piece] = []
        """Its frames, at times after the server has begun with it."""
        self.next = 0
        self.began_ns = 0
        self.behind: Play | None = None
        """What has to end before it begins: the response that it steers."""
        self.then: Play | None = None
        """What waits for it to end."""
        self.has_slot = False
        """Whether the server counts it among those that it writes."""
        self.is_over = False
        """Whether its last frame has left the server, or never will."""
        self.is_lost = False
        """Whether nobody listens any more."""

    @property
    def key(self) -> tuple[object, ...]:
        """What its luck hangs on."""
        return self.counterpart.key

    def text(self, piece: Piece) -> str:
        """Return a frame as it is sent on our lane."""
        if read_said(piece.text).stream_id == self.lane:
            return piece.text
        fields = _fields(piece.text)
        fields.pop("stream_id", None)
        if self.lane is not None:
            fields["stream_id"] = Raw(msgspec.json.encode(self.lane))
        return msgspec.json.encode(fields).decode()


def renamed(
    pieces: list[Piece], response_id: str, times: int
) -> tuple[list[Piece], dict[str, str]]:
    """Return an answer that has been played before with ids of its own, and which they are.

    Args:
        pieces: Its frames.
        response_id: Its id.
        times: How often it has been played before.
    """
    if not times:
        return pieces, {}
    calls = chain.from_iterable(_CALL_ID.findall(piece.text) for piece in pieces)
    ids = {old: f"{old}~{times + 1}" for old in [response_id, *calls] if old}
    found = re.compile("|".join(f'"{re.escape(old)}"' for old in ids) or "(?!)")

    def anew(piece: Piece) -> Piece:
        text = found.sub(lambda match: f'"{ids[match.group()[1:-1]]}"', piece.text)
        return msgspec.structs.replace(piece, text=text)

    known = {new: old for old, new in ids.items() if old != response_id}
    return [anew(piece) for piece in pieces], known
