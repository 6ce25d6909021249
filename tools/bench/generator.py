"""The other end of every client: a process that streams responses over raw sockets.

Saturated, it writes as fast as the sockets take. Paced, it keeps one absolute schedule for all
connections: each has a turn every 1/rate seconds, evenly staggered, and in a connection's turn the
next event of its response leaves in a segment of its own. Who is late catches up, so lateness does
not add up; how late it was is reported, since a generator that bunches events up would flatter
every client. A response begins when a client asks for it.

Everything is said by the time it is needed (:mod:`tools.bench.script`), so an event costs one
``send``. It ends when all connections that came have gone.
"""

import argparse
import gc
import select
import socket
import sys
from itertools import count

import msgspec

from npcengine.clock import NS_PER_MS, NS_PER_S, Clock, SystemClock, ThreadCpuClock
from tools.bench.line import print_line
from tools.bench.script import Script, call_script, speech_script
from tools.bench.wire import CLOSE, TEXT, ClientFrames, accept

__all__ = ["GeneratorReport", "main"]

WRITE_BYTES = 256 * 1024
"""Most that is offered to a saturated socket at once: what a client's loop reads at once."""

LOG_EVERY_NS = 5 * NS_PER_MS
"""Between two entries of the log of what has been sent."""


class GeneratorReport(msgspec.Struct, frozen=True):
    """How well the generator kept to its schedule."""

    events: int
    lateness_p50_ms: float
    """How long after its turn an event was sent; zeros when it was saturated."""
    lateness_p99_ms: float
    lateness_max_ms: float
    blocked: int
    """Turns in which a socket took nothing because its client did not read."""
    core_share: float
    log: list[tuple[int, int]]
    """(time in ns, events sent until then), oldest first; empty when it was saturated."""


class _Request(msgspec.Struct):
    """As much of a client's event as matters here."""

    type: str
    tool_choice: object = None


class _Scripts:
    """The two responses there are, each with as many copies as are asked for."""

    def __init__(self, tokens: int) -> None:
        self._call: Script = call_script(tokens)
        self._speech: Script = speech_script(tokens)
        self._numbers = count(1)

    def response(self, request: _Request) -> tuple[memoryview, tuple[int, ...]]:
        """Return the frames of a new response, and where each ends."""
        script = self._speech if request.tool_choice == "none" else self._call
        return script.numbered(next(self._numbers)), script.ends


class _Player:
    """One connection."""

    def __init__(self, sock: socket.socket, scripts: _Scripts) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = sock
        self._scripts = scripts
        self._greeting: bytes | None = b""
        self._incoming = ClientFrames()
        self._frames = memoryview(b"")
        self._ends: tuple[int, ...] = ()
        self._sent_bytes = 0
        self._sent_events = 0
        self.is_streaming = False
        """Whether a response is being sent."""
        self.blocked = 0
        """Turns in which the socket took nothing."""

    def read(self) -> bool:
        """Take what the client sent; return whether it is still there."""
        try:
            data = self.socket.recv(WRITE_BYTES)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not data:
            return False
        if self._greeting is not None:
            self._greeting += data
            if b"\r\n\r\n" not in self._greeting:
                return True
            self.socket.sendall(accept(self._greeting))
            _, _, data = self._greeting.partition(b"\r\n\r\n")
            self._greeting = None
        for opcode, payload in self._incoming.feed(data):
            if opcode == CLOSE:
                return False
            if opcode == TEXT:  # anything else is a ping, and no run is as long as its deadline
                self._begin(msgspec.json.decode(payload, type=_Request))
        return True

    def _begin(self, request: _Request) -> None:
        if request.type != "response.create" or self.is_streaming:
            raise ValueError(f"a client sent {request.type!r} in the middle of a response")
        self._frames, self._ends = self._scripts.response(request)
        self._sent_bytes = self._sent_events = 0
        self.is_streaming = True

    def send_event(self) -> int:
        """Send the next event in one segment; return how many events have left whole: 0 or 1."""
        return self._send(self._ends[self._sent_events])

    def send_much(self) -> int:
        """Send as much as the socket takes; return how many events have left whole."""
        return self._send(self._sent_bytes + WRITE_BYTES)

    def _send(self, until: int) -> int:
        try:
            self._sent_bytes += self.socket.send(self._frames[self._sent_bytes : until])
        except BlockingIOError:
            self.blocked += 1
            return 0
        except OSError:  # the client is gone; reading will say so
            self.is_streaming = False
            return 0
        before, events, ends = self._sent_events, self._sent_events, self._ends
        while events < len(ends) and ends[events] <= self._sent_bytes:
            events += 1
        self._sent_events = events
        self.is_streaming = events < len(ends)
        return events - before


class Generator:
    """Serves ``npcs`` connections, then ends.

    Args:
        clock: Keeps the schedule.
        npcs: How many connections there will be.
        tokens: Deltas in a response.
        limit_s: When to give up, whatever the clients do.
    """

    def __init__(self, clock: Clock, *, npcs: int, tokens: int, limit_s: float) -> None:
        self._clock = clock
        self._npcs = npcs
        self._scripts = _Scripts(tokens)
        self._over_ns = clock.now_ns() + round(limit_s * NS_PER_S)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self._players: list[_Player] = []
        """In the order they came; who has left keeps its place in the schedule."""
        self._readers: dict[socket.socket, _Player | None] = {self._listener: None}
        self._late_ns: list[int] = []
        self._log: list[tuple[int, int]] = []
        self._events = 0
        self.port: int = self._listener.getsockname()[1]

    def play_saturated(self) -> None:
        """Write as fast as the sockets take."""
        while self._is_needed():
            writers = [player.socket for player in self._players if player.is_streaming]
            readable, writable, _ = select.select(list(self._readers), writers, [], 1.0)
            for sock in writable:
                if (player := self._readers.get(sock)) is not None:
                    self._events += player.send_much()
            self._read(readable)

    def play_paced(self, tokens_per_s: float) -> None:
        """Send one event a turn, ``tokens_per_s`` turns a second for each connection."""
        clock, npcs = self._clock, self._npcs
        turn_ns = NS_PER_S / (tokens_per_s * npcs)
        begun_ns, turn = clock.now_ns(), 0
        due_ns = float(begun_ns)
        while self._is_needed():
            while due_ns <= (now_ns := clock.now_ns()):
                place = turn % npcs
                if place < len(self._players) and (player := self._players[place]).is_streaming:
                    self._late_ns.append(now_ns - round(due_ns))
                    self._events += player.send_event()
                if not self._log or now_ns - self._log[-1][0] > LOG_EVERY_NS:
                    self._log.append((now_ns, self._events))
                turn += 1
                due_ns = begun_ns + turn * turn_ns
            # `select` waits in microseconds; `epoll` and `poll` would round up to milliseconds.
            wait_s = max(0.0, due_ns - clock.now_ns()) / NS_PER_S
            self._read(select.select(self._readers, [], [], wait_s)[0])

    def report(self, cpu_ns: int, wall_ns: int) -> GeneratorReport:
        """Return how it went."""
        ranked = sorted(self._late_ns) or [0]
        return GeneratorReport(
            events=self._events,
            lateness_p50_ms=ranked[len(ranked) // 2] / NS_PER_MS,
            lateness_p99_ms=ranked[len(ranked) * 99 // 100] / NS_PER_MS,
            lateness_max_ms=ranked[-1] / NS_PER_MS,
            blocked=sum(player.blocked for player in self._players),
            core_share=cpu_ns / wall_ns,
            log=self._log,
        )

    def _is_needed(self) -> bool:
        gone = len(self._players) == self._npcs and len(self._readers) == 1
        return not gone and self._clock.now_ns() < self._over_ns

    def _read(self, readable: list[socket.socket]) -> None:
        for sock in readable:
            player = self._readers[sock]
            if player is None:
                arrived = _Player(self._listener.accept()[0], self._scripts)
                self._players.append(arrived)
                self._readers[arrived.socket] = arrived
            elif not player.read():
                player.is_streaming = False
                del self._readers[sock]
                sock.close()


def main() -> int:
    """Serve until the clients have gone; print the port first and a report last, as JSON lines."""
    parser = argparse.ArgumentParser(description="Streams responses to one client of tools.bench.")
    parser.add_argument("--npcs", type=int, required=True)
    parser.add_argument("--tokens", type=int, required=True)
    parser.add_argument("--tokens-per-s", type=float, default=0.0, help="0: saturated")
    parser.add_argument("--limit-s", type=float, required=True)
    chosen = parser.parse_args()
    clock, cpu = SystemClock(), ThreadCpuClock()
    generator = Generator(clock, npcs=chosen.npcs, tokens=chosen.tokens, limit_s=chosen.limit_s)
    print_line({"port": generator.port})
    # Nothing here makes cycles, and a collection in the middle of the schedule would make it late.
    gc.disable()
    began_ns, began_cpu_ns = clock.now_ns(), cpu.now_ns()
    if chosen.tokens_per_s:
        generator.play_paced(chosen.tokens_per_s)
    else:
        generator.play_saturated()
    report = generator.report(cpu.now_ns() - began_cpu_ns, clock.now_ns() - began_ns)
    print_line(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
