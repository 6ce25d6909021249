"""Which recorded request a request of the new run is, and whether it tells the same."""

from collections import defaultdict

import msgspec

from npcengine.clock import NS_PER_MS
from npcengine.replay.whatif.course import Course, TurnKey
from npcengine.replay.whatif.marks import MOVED_MS, Marks
from npcengine.replay.whatif.recorded import Exchange, Recorded, Turn
from npcengine.replay.whatif.telling import Request, loosely

__all__ = ["STORM", "Counterpart", "Counterparts"]

STORM = "(what-if) everybody is called"
"""What everybody notices in a storm; nothing else that is told may hold these words."""


class Counterpart(msgspec.Struct, frozen=True):
    """What a request of the new run is played back from."""

    npc: str
    epoch: int
    turn: TurnKey
    number: int
    """Of the request in its turn, from 0; again the same when it has to be asked once more."""
    exchange: Exchange | None
    """``None``: the recording has none."""
    attempt: int
    """How often the turn has asked by then."""

    @property
    def key(self) -> tuple[object, ...]:
        """What its luck hangs on."""
        return (*self.turn, self.number, self.attempt)


class Counterparts:
    """Finds them; where there is none, or it was told otherwise, the turn is marked."""

    def __init__(self, recorded: Recorded, course: Course, marks: Marks) -> None:
        self._recorded = recorded
        self._course = course
        self._marks = marks
        self._next: dict[TurnKey, int] = defaultdict(int)
        self._asked: dict[TurnKey, int] = defaultdict(int)
        self._warm_ups: dict[tuple[str, int], int] = defaultdict(int)
        self._borrowed: dict[TurnKey, Turn] = {}
        self._orders: dict[str, bytes] = {}
        """All that each NPC has been told."""
        self.had_storm = False

    def of(self, npc: str, epoch: int, request: Request) -> Counterpart:
        """Return what a request is in the recording."""
        if request.kind == "warm_up":
            return self._warm_up(npc, request)
        is_new = not self._course.knows(npc, epoch)
        if is_new and self.had_storm and request.order == self._orders.get(npc, b""):
            self._borrow(npc, epoch)
        key = self._course.key(npc, epoch)
        self._marks.begin(npc, epoch)
        self._orders[npc] = request.order
        turn = self._borrowed.get(key) or self._recorded.turns.get(key)
        number, self._next[key] = self._next[key], self._next[key] + 1
        exchanges = turn.exchanges if turn is not None else []
        exchange = exchanges[number] if number < len(exchanges) else None
        if key not in self._borrowed:
            self._compare(npc, epoch, request, exchange)
        attempt, self._asked[key] = self._asked[key], self._asked[key] + 1
        return Counterpart(npc, epoch, key, number, exchange, attempt)

    def again(self, one: Counterpart) -> None:
        """A request has come to nothing that had not: what follows asks the same once more."""
        if one.exchange is not None and one.exchange.is_over:
            self._next[one.turn] = min(self._next[one.turn], one.number)

    def over(self, npc: str, epoch: int, outcome: str) -> None:
        """A turn is over."""
        key = self._course.key(npc, epoch)
        if key in self._borrowed:
            return
        turn = self._recorded.turns.get(key)
        if turn is None:
            self._marks.worsen(npc, epoch, "void", "the recording has no such turn")
        elif not turn.outcome:
            self._marks.worsen(npc, epoch, "suspect", "the recording ends before it did")
        elif turn.outcome != outcome:
            # To be cut off is to have said less; all other ends are another story.
            cut = "interrupted" in (turn.outcome, outcome)
            reason = f"it ended {outcome}, and {turn.outcome} in the recording"
            self._marks.worsen(npc, epoch, "suspect" if cut else "void", reason)

    def moved(self, npc: str, epoch: int, what: str, late_ns: int) -> None:
        """A mind met the world, so much later than it had; negative is earlier."""
        late_ms = late_ns / NS_PER_MS
        if abs(late_ms) > MOVED_MS:
            how = "later" if late_ms > 0 else "earlier"
            reason = f"{what} {abs(late_ms):,.0f} ms {how} than recorded: the world had moved"
            self._marks.worsen(npc, epoch, "suspect", reason)

    def _warm_up(self, npc: str, request: Request) -> Counterpart:
        whose = npc, self._course.loads
        number, self._warm_ups[whose] = self._warm_ups[whose], self._warm_ups[whose] + 1
        there = self._recorded.warm_ups.get(whose, [])
        exchange = there[number] if number < len(there) else None
        key = f"{npc}'s warm-ups", self._course.loads, 0
        return Counterpart(npc, 0, key, number, exchange, number)

    def _borrow(self, npc: str, epoch: int) -> None:
        """A turn that only the storm has woken: the NPC gives an answer of its own once more."""
        key = self._course.add_uncounted(npc, epoch)
        whole = (turn for turn in self._recorded.of_npc(npc) if turn.outcome == "completed")
        turn = next(whole, None)
        self._borrowed[key] = turn or Turn(key, epoch)
        whence = (
            "which says nothing" if turn is None else f"its answer is that of turn {turn.epoch}"
        )
        self._marks.worsen(npc, epoch, "suspect", f"woken by the storm, {whence}")

    def _compare(self, npc: str, epoch: int, request: Request, exchange: Exchange | None) -> None:
        if exchange is None:
            self._marks.worsen(npc, epoch, "void", "it asks what it did not ask in the recording")
        elif request.order != exchange.request.order:
            heard = self._recorded.heard[npc]
            news = next((one for one in request.items if loosely(one) not in heard), None)
            if news is None:
                self._marks.worsen(npc, epoch, "suspect", "it was told the same at another point")
            else:
                reason = f"it was told what it was not in the recording: {_short(news)}"
                self._marks.worsen(npc, epoch, "void", reason)


def _short(item: str) -> str:
    return item if len(item) <= 120 else f"{item[:117]}..."
