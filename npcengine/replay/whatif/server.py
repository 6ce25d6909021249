"""The server of a what-if: takes requests, and plays recorded answers back at new times."""

from collections import deque
from collections.abc import Callable

from npcengine.clock import NS_PER_MS
from npcengine.protocol.incoming import ErrorBody
from npcengine.replay.whatif.agenda import Rank
from npcengine.replay.whatif.changes import Refusal
from npcengine.replay.whatif.costs import COSTS
from npcengine.replay.whatif.lanes import read_said
from npcengine.replay.whatif.play import Play, renamed
from npcengine.replay.whatif.recorded import Exchange, Piece
from npcengine.replay.whatif.retiming import empty_answer, retimed, with_steer
from npcengine.replay.whatif.run import Run
from npcengine.transport.exchange import error_frame

__all__ = ["Server"]

_CODES = {429: "rate_limit_exceeded", 503: "server_is_overloaded"}


class Server:
    """Has as many slots as it is given; requests wait for one in the order in which they come."""

    def __init__(self, run: Run, say: Callable[[Play, Piece], object]) -> None:
        """Begin with nothing to do.

        Args:
            run: Whose it is.
            say: Told of every frame as it leaves.
        """
        self._run = run
        self._agenda = run.agenda
        self._changes = run.changes
        self._say = say
        self._running = 0
        self._waiting: deque[Play] = deque()
        self._played: dict[int, int] = {}
        """How often each exchange has been played, by its ``id``."""
        self._of_response: dict[str, Play] = {}

    def lane_of(self, response_id: str | None) -> str | None:
        """Return the lane on which a response is or was answered."""
        play = self._of_response.get(response_id or "")
        return None if play is None else play.lane

    def take(self, play: Play) -> None:
        """A request is there."""
        if play.is_lost:
            return
        since_ns = self._agenda.now_ns() - self._run.start_ns
        if (refusal := self._changes.refusal_at(since_ns)) is not None:
            self._refuse(play, refusal)
            return
        if play.request.kind == "steer":
            steered = self._of_response.get(play.request.target or "")
            play.behind = None if steered is None or steered.is_over else steered
        elif self._changes.slots is not None and self._running >= self._changes.slots:
            self._waiting.append(play)
            return
        self._begin(play)

    def lose(self, play: Play) -> None:
        """Nobody listens to an answer any more; it is written no further."""
        play.is_lost = True
        if not play.is_over:
            self._end(play)

    # --- inside -------------------------------------------------------------------------------

    def _begin(self, play: Play) -> None:
        play.has_slot = play.request.kind != "steer"
        self._running += play.has_slot
        play.began_ns = self._agenda.now_ns()
        play.pieces = self._pieces(play)
        self._go_on(play)

    def _pieces(self, play: Play) -> list[Piece]:
        """Return what is to be said, at times after now."""
        exchange, request = play.counterpart.exchange, play.request
        later_ms = COSTS.server.request_ms if self._changes.transport == "http" else 0.0
        if exchange is None:
            pieces = self._empty(play)
        else:
            times = self._played.get(id(exchange), 0)
            self._played[id(exchange)] = times + 1
            pieces, known = renamed(retimed(exchange, self._changes), exchange.response_id, times)
            self._run.known_ids |= known
            if exchange.request.kind == "steer" and request.kind != "steer":
                pieces = [piece for piece in pieces if not piece.is_about_steering]
            later_ms += COSTS.reading_ms(request.size, exchange.request.size)
        if request.kind == "steer" and not (pieces and pieces[0].is_about_steering):
            pieces = with_steer(pieces, request.target or "")
        later_ns = round(later_ms * NS_PER_MS)
        return [Piece(piece.after_ns + later_ns, piece.kind, piece.text) for piece in pieces]

    def _empty(self, play: Play) -> list[Piece]:
        """Return an answer for a request that the recording does not have."""
        name = "-".join(map(str, play.key)).replace(" ", "_")
        if play.request.kind == "warm_up":
            return empty_answer(f"resp_{name}", 0)
        usual = Exchange(
            play.request, b"", 0, empty_answer("", self._run.recorded.usual_first_ns())
        )
        after_ns = retimed(usual, self._changes)[-1].after_ns
        return empty_answer(f"resp_{name}", after_ns)

    def _go_on(self, play: Play) -> None:
        """See to the next frame, if there is one and nothing has to end before it."""
        if play.is_over:
            return
        if play.next == len(play.pieces):
            if self._is_whole(play):
                self._end(play)
            return
        piece = play.pieces[play.next]
        if play.behind is not None and not piece.is_about_steering:
            if not play.behind.is_over:
                play.behind.then = play
                return
            play.behind = None
        self._agenda.at(play.began_ns + piece.after_ns, Rank.WIRE, self._emit, play, piece)

    def _is_whole(self, play: Play) -> bool:
        """Whether the recording has the answer's end; without it the answer stays open."""
        exchange = play.counterpart.exchange
        return exchange is None or exchange.is_over

    def _emit(self, play: Play, piece: Piece) -> None:
        if play.is_lost:
            return
        play.next += 1
        if piece.kind == "response.created" and (named := read_said(piece.text).response):
            self._of_response[named.id] = play
        self._say(play, piece)
        self._go_on(play)

    def _end(self, play: Play) -> None:
        play.is_over = True
        if play in self._waiting:
            self._waiting.remove(play)
        else:
            self._running -= play.has_slot
        if play.then is not None:
            self._go_on(play.then)
        while self._waiting and self._running < (self._changes.slots or 0):
            self._begin(self._waiting.popleft())

    def _refuse(self, play: Play, refusal: Refusal) -> None:
        code = _CODES.get(refusal.status, "server_error")
        body = ErrorBody(f"what-if: HTTP {refusal.status}", code, code)
        text = error_frame(play.lane, body, status=refusal.status).decode()
        play.is_over = True
        self._run.counterparts.again(play.counterpart)
        self._say(play, Piece(0, "error", text))
