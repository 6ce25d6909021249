"""The connections of a what-if, and what travels on them."""

from npcengine.clock import NS_PER_MS
from npcengine.protocol.incoming import ErrorBody
from npcengine.replay.whatif.agenda import Rank
from npcengine.replay.whatif.costs import COSTS
from npcengine.replay.whatif.counterparts import Counterpart
from npcengine.replay.whatif.lanes import read_said
from npcengine.replay.whatif.links import Wire
from npcengine.replay.whatif.play import Play
from npcengine.replay.whatif.recorded import Piece
from npcengine.replay.whatif.run import Run
from npcengine.replay.whatif.server import Server
from npcengine.replay.whatif.sockets import Sockets
from npcengine.replay.whatif.telling import Request
from npcengine.session.inbox import ConnectFailed, FramesArrived, LinkLost, LinkOpened
from npcengine.transport.exchange import error_frame
from npcengine.transport.link import Frame

__all__ = ["Network"]

_DROPPED = "connection lost: what-if dropped it (close code 1006)"
_CLOSED = "connection lost: we closed it (close code 1000)"


class Network:
    """See the top of this file."""

    def __init__(self, run: Run) -> None:
        """Begin without a connection."""
        self._run = run
        self._agenda = run.agenda
        self._changes = run.changes
        self._wire = Wire(run.changes.link, run.seed)
        self._is_http = "http" in (run.changes.transport, run.recorded.header.transport)
        self._open: dict[int, list[Play]] = {}
        """What is under way on each connection that is open."""
        self._sockets: dict[int, Sockets] = {}
        self._arrived: dict[tuple[int, str | None], list[Frame]] = {}
        """Frames that one read brings, by lane."""
        self.first_output_ns: dict[tuple[str, int], int] = {}
        """When the first token of a turn was there, by NPC and ``turn_epoch``."""
        self._server = Server(run, self._leaves)

    def start(self) -> None:
        """Put on the agenda what happens to connections by itself."""
        for line in self._run.recorded.losses:
            self._agenda.at(line.t_ns, Rank.WIRE, self._lose, line.connection, line.reason)
        for t_ns, connection, text in self._run.recorded.strays:
            self._agenda.at(t_ns, Rank.WIRE, self._stray, connection, text)
        for since_ns in self._changes.drops_ns:
            self._agenda.at(self._run.start_ns + since_ns, Rank.WIRE, self._drop_all)

    # --- what sessions do ---------------------------------------------------------------------

    def connect(self, number: int) -> None:
        """Open a connection, as long as that took, with the link's round trips on top."""
        usual_ns = round(COSTS.client.connect_ms * NS_PER_MS)
        took_ns, failure = self._run.recorded.connections.get(number, (usual_ns, None))
        trips = self._round_trips + (not self._is_http)  # the upgrade
        took_ns += self._wire.set_up_ns(trips, ("connect", number))
        limit_ms = self._run.deadlines.connect_ms
        due_ns = self._agenda.now_ns() + took_ns
        if failure is not None:
            what = ConnectFailed(number, failure.reason, failure.retryable)
            self._agenda.at(due_ns, Rank.WIRE, self._run.enter, what)
        elif self._changes.link is not None and took_ns > limit_ms * NS_PER_MS:
            reason = f"no connection: nothing within {limit_ms:.0f} ms"
            limit_ns = self._agenda.now_ns() + round(limit_ms * NS_PER_MS)
            what = ConnectFailed(number, reason, retryable=True)
            self._agenda.at(limit_ns, Rank.WIRE, self._run.enter, what)
        else:
            self._agenda.at(due_ns, Rank.WIRE, self._opened, number)

    def lane_of(self, request: Request) -> str | None:
        """Return the lane of a request; a steer goes where the response is that it steers."""
        return self._server.lane_of(request.target) if request.kind == "steer" else request.lane

    def send(self, number: int, request: Request, counterpart: Counterpart) -> None:
        """Send a request, if the connection is there."""
        if (under_way := self._open.get(number)) is None:
            return
        play = Play(number, request, self.lane_of(request), counterpart)
        under_way.append(play)
        if self._is_http:
            self._take_socket(self._sockets[number], play)
        else:
            self._upload(play)

    def disconnect(self, number: int) -> None:
        """Close a connection."""
        if self._close(number, is_ours=True):
            self._agenda.at(
                self._agenda.now_ns(), Rank.WIRE, self._run.enter, LinkLost(number, _CLOSED)
            )

    # --- connections --------------------------------------------------------------------------

    @property
    def _round_trips(self) -> int:
        """How many it takes until something can be said: TCP's, and TLS's."""
        return 1 + (self._changes.link is not None and self._changes.link.tls)

    def _opened(self, number: int) -> None:
        self._open[number] = []
        if self._is_http:
            self._sockets[number] = Sockets(
                number, self._agenda.now_ns(), is_fresh=self._changes.is_fresh
            )
        self._run.enter(LinkOpened(number, keeps_contexts=not self._is_http))

    def _close(self, number: int, *, is_ours: bool) -> bool:
        """Let go of a connection; return whether there was one."""
        plays = self._open.pop(number, None)
        self._sockets.pop(number, None)
        for play in plays or ():
            self._server.lose(play)
            if not is_ours:
                self._run.counterparts.again(play.counterpart)
        self._forget_arrived(number)
        return plays is not None

    def _forget_arrived(self, number: int) -> None:
        """What a read would have brought right now is lost with the rest."""
        for lane in [lane for lane in self._arrived if lane[0] == number]:
            del self._arrived[lane]

    def _lose(self, number: int, reason: str) -> None:
        """A connection is lost as it was; its answers end where they did."""
        if self._close(number, is_ours=False):
            self._run.enter(LinkLost(number, reason))

    def _drop_all(self) -> None:
        for number in list(self._open):
            if self._is_http:
                self._drop_requests(number)
            else:
                self._lose(number, _DROPPED)

    def _drop_requests(self, number: int) -> None:
        """Over HTTP a link has no connection of its own: what is lost is what was under way."""
        plays, self._open[number] = self._open[number], []
        self._sockets[number].cut()
        self._sockets[number].waiting.clear()
        self._forget_arrived(number)
        for play in plays:
            self._server.lose(play)
            self._run.counterparts.again(play.counterpart)
            body = ErrorBody("the other end hung up", "server_error", "stream_lost")
            frame = error_frame(play.lane, body, status=503)
            self._run.enter(FramesArrived(number, [frame]))

    def _stray(self, number: int, text: str) -> None:
        if number in self._open:
            self._run.enter(FramesArrived(number, [text.encode()]))

    # --- up -----------------------------------------------------------------------------------

    def _take_socket(self, sockets: Sockets, play: Play) -> None:
        """Send over HTTP: on a connection that is idle, a new one, or the next to be free."""
        now_ns = self._agenda.now_ns()
        if (taken := sockets.take(now_ns)) is None:
            sockets.waiting.append(play)
            return
        play.socket, is_new = taken
        set_up_ns = 0
        if is_new:
            set_up_ns = self._wire.set_up_ns(self._round_trips, (*play.key, "connect"))
        self._agenda.at(now_ns + set_up_ns, Rank.WIRE, self._upload, play)

    def _upload(self, play: Play) -> None:
        if play.is_lost:
            return
        now_ns, size = self._agenda.now_ns(), play.request.size
        size += COSTS.http.request_head_bytes if self._is_http else 0
        there_ns = self._wire.carry(now_ns, "up", play.socket, size, (*play.key, "up"))
        self._agenda.at(there_ns, Rank.WIRE, self._server.take, play)

    # --- down ---------------------------------------------------------------------------------

    def _leaves(self, play: Play, piece: Piece) -> None:
        """A frame leaves the server."""
        text = play.text(piece)
        size = len(text)
        if self._is_http:
            size += COSTS.http.event_bytes + (play.next == 1) * COSTS.http.answer_head_bytes
        key = (*play.key, "down", play.next)
        there_ns = self._wire.carry(self._agenda.now_ns(), "down", play.socket, size, key)
        is_last = play.is_over or play.next == len(play.pieces)
        self._agenda.at(there_ns, Rank.WIRE, self._arrives, play, piece, text, is_last)

    def _arrives(self, play: Play, piece: Piece, text: str, is_last: bool) -> None:
        """It is there: everything that is there at one moment is one read."""
        if play.is_lost:
            return
        number, whose = play.connection, (play.counterpart.npc, play.counterpart.epoch)
        if piece.kind == "response.created" and (named := read_said(text).response) is not None:
            self._run.telling.begun(named.id, play.request)
        if piece.is_output and play.request.kind != "warm_up":
            self.first_output_ns.setdefault(whose, self._agenda.now_ns())
        if is_last and play.is_over:
            self._answered(play)
        lane = number, play.lane
        if lane not in self._arrived:
            self._arrived[lane] = []
            self._agenda.at(self._agenda.now_ns(), Rank.READ, self._read, lane)
        self._arrived[lane].append(text.encode())

    def _answered(self, play: Play) -> None:
        """An answer is whole; over HTTP its connection is free for another."""
        self._open[play.connection].remove(play)
        if (sockets := self._sockets.get(play.connection)) is not None:
            sockets.give_back(play.socket, self._agenda.now_ns())
            if sockets.waiting:
                self._take_socket(sockets, sockets.waiting.popleft())

    def _read(self, lane: tuple[int, str | None]) -> None:
        frames = self._arrived.pop(lane, None)
        if frames:
            self._run.enter(FramesArrived(lane[0], frames))
