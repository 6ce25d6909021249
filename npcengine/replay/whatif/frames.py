"""The frames of a what-if: those of the recording, and what each sees and does now.

An action takes as many frames as it took. What kept a commit out is worked out anew where time
has to do with it (it is too old, or somebody has fallen in), and is as recorded where only the game
knows.
"""

from collections.abc import Callable
from functools import partial
from typing import cast

import msgspec

from npcengine.bridge.mailbox import Mailbox
from npcengine.bridge.recorder import Converter, FrameOver, FrameTape
from npcengine.clock import NS_PER_MS
from npcengine.replay.entries import entered_of
from npcengine.replay.whatif.agenda import Rank
from npcengine.replay.whatif.answering import Answers
from npcengine.replay.whatif.recorded import Settle
from npcengine.replay.whatif.run import Run
from npcengine.session.inbox import Settled
from npcengine.session.outside import Cancelled, Committed, Edge, Hinted, Prepared
from npcengine.trace import records
from npcengine.world.answers import written_detail

__all__ = ["Frames"]

_STEPS = {Hinted: "hint", Prepared: "prepare", Committed: "commit", Cancelled: "cancel"}

_PASSES = ("delivered", "interrupted", "stale")
"""Fates that are worked out anew; all others are the game's own."""


class Frames:
    """See the top of this file."""

    def __init__(
        self, run: Run, answers: Answers, write: Callable[[records.Record], object]
    ) -> None:
        """Begin before the first frame.

        Args:
            run: Whose they are.
            answers: Gives those that are given in a frame.
            write: Takes the lines of the frame thread.
        """
        self._run = run
        self._answers = answers
        self._write = write
        self._converter = Converter()
        self._game_ms = 0.0
        self._held: dict[int, list[Edge]] = {}
        """What was held back, by the frame in which it goes on."""
        self.mailbox = Mailbox()
        """What crosses to the frames."""

    def start(self) -> None:
        """Put the first frame on the agenda."""
        self._next(0)

    def _next(self, index: int) -> None:
        if index < len(self._run.recorded.frames):
            take_ns = self._run.recorded.take_ns(index)
            self._run.agenda.at(take_ns, Rank.FRAME, self._frame, index)

    def _frame(self, index: int) -> None:
        line, tape = self._run.recorded.frames[index], FrameTape()
        self._game_ms += line.dt * 1_000
        # While a save is loaded, minds and game are apart.
        is_apart = any(end.game is not None for end in line.ended)
        slow_ms = 0.0 if is_apart else self._see(index, tape)
        took_ns = line.took_ns + round(slow_ms * NS_PER_MS)
        over = FrameOver(line.tick, line.t_ns, line.dt, took_ns, tape)
        frame = cast("records.Frame", self._converter.record_of(over))
        self._write(msgspec.structs.replace(frame, ended=line.ended))
        self._next(index + 1)

    def _see(self, index: int, tape: FrameTape) -> float:
        """Take what has come since the last frame; return how much longer than before it takes."""
        tape.seen = self.mailbox.changed()
        for npc, _, state in tape.seen:
            self._run.bodies[npc].take(state)
        slow_ms = self._answer_questions(tape)
        for edge in self._held.pop(index, ()):
            self._take(edge, index, tape, may_hold=False)
        tape.edges = len(self.mailbox.edges)
        for _ in range(tape.edges):
            self._take(self.mailbox.edges.popleft(), index, tape)
        return slow_ms

    def _answer_questions(self, tape: FrameTape) -> float:
        slow_ms, questions = 0.0, self.mailbox.questions
        while questions:
            question = questions.popleft()
            is_due = self._run.agenda.now_ns() >= question.due_ns
            if not (is_due or self._run.bodies[question.npc].is_void(question)):
                tape.answered.append((question.npc, question.call_id))
                slow_ms += self._answers.ask_in_frame(question)
        return slow_ms

    # --- intentions ---------------------------------------------------------------------------

    def _take(self, edge: Edge, index: int, tape: FrameTape, *, may_hold: bool = True) -> None:
        if self._run.bodies[edge.npc].is_void(edge):
            tape.fate(edge, "interrupted")
            return
        if not isinstance(edge, Hinted | Prepared | Committed | Cancelled):
            return
        fates = self._fates(edge)
        if may_hold and fates and fates[0][1].fate == "held":
            tape.fate(edge, "held")
            if len(fates) > 1:
                self._held.setdefault(index + fates[-1][0] - fates[0][0], []).append(edge)
            return
        if isinstance(edge, Committed):
            self._commit(edge, fates[-1][1] if fates else None, index, tape)
        else:
            tape.fate(edge)

    def _fates(
        self, edge: Hinted | Prepared | Committed | Cancelled
    ) -> list[tuple[int, records.Fate]]:
        call = self._run.call(edge.npc, edge.call_id)
        return [] if call is None else call.fates.get(_STEPS[type(edge)], [])

    def _commit(
        self, edge: Committed, recorded: records.Fate | None, index: int, tape: FrameTape
    ) -> None:
        fate = "delivered" if recorded is None else recorded.fate
        age_ms, ttl_ms = self._game_ms - edge.born_ms, edge.action.type.ttl_ms
        if age_ms > ttl_ms:
            reason = f"too late: it was meant {age_ms:.0f} ms ago and kept for {ttl_ms:.0f} ms"
            tape.fate(edge, "stale", reason)
            if fate != "stale":
                self._void(edge, f"its {edge.action.name} came too late for the game")
            self._settle_soon(edge, index, "dropped", reason)
        elif recorded is not None and fate not in _PASSES:
            tape.fate(edge, fate, recorded.reason)
            self._settle_as_recorded(edge, index, is_kept_out=True)
        elif fate == "delivered" and recorded is not None:
            tape.fate(edge)
            self._run.bodies[edge.npc].running[edge.call_id] = edge.action.type.on_interrupt
            self._settle_as_recorded(edge, index)
        else:
            tape.fate(edge)
            self._void(edge, f"its {edge.action.name} reaches the game, and had not")
            self._settle_soon(edge, index, "started", None)

    def _void(self, edge: Committed, reason: str) -> None:
        self._run.marks.worsen(edge.npc, edge.turn_epoch, "void", reason)

    # --- what becomes of actions --------------------------------------------------------------

    def _settle_as_recorded(
        self, edge: Committed, index: int, *, is_kept_out: bool = False
    ) -> None:
        call = self._run.call(edge.npc, edge.call_id)
        loads = self._run.bodies[edge.npc].loads
        for settle in call.settles if call is not None else ():
            place = index + settle.frames
            if 0 <= place < len(self._run.recorded.frames):
                t_ns = self._run.recorded.take_ns(place) + settle.within_ns
                settled = partial(self._settle, edge, settle, loads, is_kept_out=is_kept_out)
                rank = Rank.SETTLE if settle.within_ns > 0 else Rank.BEHIND
                self._run.agenda.at(t_ns, rank, settled, order=settle.line.n)

    def _settle(self, edge: Committed, settle: Settle, loads: int, *, is_kept_out: bool) -> None:
        body, line = self._run.bodies[edge.npc], settle.line
        if body.loads != loads or not (is_kept_out or edge.call_id in body.running):
            return  # it never was, or somebody fell in and it is not told of any more
        if line.status not in ("started", "progress"):
            body.running.pop(edge.call_id, None)
        what = cast("Settled", entered_of(line))
        self._say(msgspec.structs.replace(what, call_id=edge.call_id))

    def _settle_soon(self, edge: Committed, index: int, status: str, reason: str | None) -> None:
        """Tell what the bridge itself tells of a commit, right behind its frame."""
        detail = written_detail(reason)
        what = Settled(edge.npc, edge.call_id, status, detail, wake=status == "dropped")
        self._run.agenda.at(self._run.recorded.take_ns(index), Rank.SETTLE, self._say, what)

    def _say(self, what: Settled) -> None:
        self._run.enter(what, by_game=True)
