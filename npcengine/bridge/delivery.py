"""What arrived on the frame thread, turned into what the game understands, within a budget."""

from collections import deque
from collections.abc import Callable, Mapping

from npcengine.bridge.admission import Admission, Objection
from npcengine.bridge.intentions import Cancel, Commit, Hint, Intention, Prepare, Settle
from npcengine.bridge.mailbox import Mailbox
from npcengine.bridge.npc import Npc
from npcengine.bridge.oracle import Oracle
from npcengine.bridge.recorder import Recorder
from npcengine.bridge.speech import SpeechFilters
from npcengine.bridge.stats import Samples
from npcengine.clock import NS_PER_MS, Clock
from npcengine.session.inbox import Entered
from npcengine.session.outside import (
    Cancelled,
    Committed,
    Edge,
    Hinted,
    Learned,
    Prepared,
    TurnOver,
)

__all__ = ["Delivery"]


class Delivery:
    """Empties the mailbox, once a frame (frame thread).

    Args:
        mailbox: What the loop thread fills.
        oracle: Runs the queries.
        admission: Knows which commits may still happen.
        npcs: All NPCs by name.
        clock: Keeps the budget. Virtual time stands still meanwhile, so there it is never spent.
        settle: Told what became of commits.
        speech_filters: What speech passes before it is shown.
        recorder: Told what a frame saw.
        strict: Keep a query's fault to be raised.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        oracle: Oracle,
        admission: Admission,
        npcs: Mapping[str, Npc],
        clock: Clock,
        settle: Settle,
        speech_filters: SpeechFilters,
        recorder: Recorder | None,
        *,
        strict: bool,
    ) -> None:
        self._mailbox = mailbox
        self._oracle = oracle
        self._admission = admission
        self._npcs = npcs
        self._clock = clock
        self._settle = settle
        self._speech_filters = speech_filters
        self._recorder = recorder
        self._strict = strict
        self._woken_ns: dict[str, int] = {}
        """When each NPC was given a reason to think that has led to nothing yet."""
        self._fault: Exception | None = None
        self._held: dict[Npc, None] = {}
        self._released: deque[Edge] = deque()
        """What was held back and may come now, ahead of everything else."""
        self.turns_completed = 0
        self.turns_failed = 0
        self.turns_interrupted = 0
        self.interruptions = 0
        self.last_failure = ""
        self.max_rounds = 0
        self.hints = 0
        self.prepares = 0
        self.commits = 0
        self.cancels = 0
        self.speech_chars = 0
        self.came_late = 0
        """Questions that were not asked of the game any more, because they had been due."""
        self.overruns = 0
        """Frames whose budget was spent before everything was handled."""
        self.first_intention_ms = Samples()

    def woken(self, npc: str) -> None:
        """Note that an NPC was given a reason to think."""
        self._woken_ns.setdefault(npc, self._clock.now_ns())

    def take_states(self) -> None:
        """Bring every NPC that changed up to date."""
        changed = self._mailbox.changed()
        if self._recorder is not None:
            self._recorder.frame.seen += changed
        for name, _, state in changed:
            npc = self._npcs[name]
            npc.barge_in.take(state, self._speech_filters.shown(npc, state))
        if self._strict and self._fault is None:
            self._fault, self._speech_filters.fault = self._speech_filters.fault, None

    def answer_questions(self, tick: int, over_ns: int, enter: Callable[[Entered], object]) -> None:
        """Answer what minds ask of the live world, at least one question if there is any.

        Each answer is handed to ``enter`` at once: the next question may take longer than its
        query was meant to, and this one's deadline does not wait.
        """
        questions = self._mailbox.questions
        answered = False
        while questions and (not answered or self._clock.now_ns() < over_ns):
            question = questions.popleft()
            if self._npcs[question.npc].barge_in.is_void(question):
                continue
            if self._clock.now_ns() >= question.due_ns:
                self.came_late += 1  # after a stall: the loop thread answers it, or has
                continue
            if self._recorder is not None:
                self._recorder.frame.answered.append((question.npc, question.call_id))
            answer = self._oracle.run(question, tick=tick)
            if self._strict and self._fault is None:
                self._fault = answer.fault
            enter(answer.entry)
            answered = True

    def take_edges(self, tick: int, over_ns: int) -> list[Intention]:
        """Return what NPCs mean to do, their handlers called, at least one if there is any."""
        intentions: list[Intention] = []
        for npc in [
            held for held in self._held if held.barge_in.is_over_at(self._admission.game_ms)
        ]:
            self.resume(npc)
        edges = self._mailbox.edges
        for source in (self._released, edges):
            # Bounded by the length on entry, so a fast producer can't hold the frame.
            for _ in range(len(source)):
                if intentions and self._clock.now_ns() >= over_ns:
                    break
                if self._recorder is not None:
                    self._recorder.frame.edges += source is edges
                intention = self._pass(source.popleft(), tick)
                if intention is not None:
                    intentions.append(intention)
        self.overruns += bool(edges or self._mailbox.questions)
        return intentions

    def hold(self, npc: Npc, for_ms: float) -> None:
        """Keep an NPC's intentions until it is resumed, or for so much game time."""
        npc.barge_in.hold(self._admission.game_ms + for_ms)
        self._held[npc] = None

    def resume(self, npc: Npc) -> None:
        """Let what was kept of an NPC's intentions come next."""
        self._held.pop(npc, None)
        self._released += npc.barge_in.release()

    def interrupt(self, npc: Npc) -> None:
        """Count an interruption; what was kept of the NPC's intentions has been let go."""
        self._held.pop(npc, None)
        self.interruptions += 1

    def restart(self) -> None:
        """Let go of everything that was kept: the game goes back to a save."""
        self._held.clear()
        self._released.clear()
        self._woken_ns.clear()

    def take_fault(self) -> Exception | None:
        """Return what a handler raised, or what a query did if the bridge is strict."""
        fault = self._fault or self._oracle.fault
        self._fault = self._oracle.fault = None
        return fault

    def _pass(self, edge: Edge, tick: int) -> Intention | None:
        npc = self._npcs[edge.npc]
        if npc.barge_in.is_void(edge):
            if isinstance(edge, Committed):
                self._admission.count("interrupted")
            self._note(edge, "interrupted")
            return None
        if npc.barge_in.holds(edge):
            self._note(edge, "held")
            return None
        intention = self._take(edge, npc, tick)
        if not (isinstance(edge, Committed) and isinstance(intention, Cancel)):
            self._note(edge)
        return intention

    def _note(self, edge: Edge, fate: str = "delivered", reason: str = "") -> None:
        if self._recorder is not None:
            self._recorder.frame.fate(edge, fate, reason)

    def _take(self, edge: Edge, npc: Npc, tick: int) -> Intention | None:
        match edge:
            case Hinted(call_id=id, turn_epoch=epoch, action=spec):
                self._first_sign(edge.npc)
                self.hints += 1
                return Hint(npc, id, epoch, tick, spec.type)
            case Prepared(call_id=id, turn_epoch=epoch, action=spec, fields=fields):
                self.prepares += 1
                return Prepare(npc, id, epoch, tick, spec.type, fields)
            case Committed(call_id=id, turn_epoch=epoch, value=action):
                commit = Commit(npc, id, epoch, tick, action, self._settle)
                if (objection := self._objection(npc, edge)) is not None:
                    self.cancels += 1
                    self._note(edge, objection.kind, objection.reason)
                    commit.refuse(objection.status, objection.reason)
                    return Cancel(npc, id, epoch, tick, type(action), objection.reason)
                self.commits += 1
                try:
                    npc.handle(commit)
                except Exception as error:  # noqa: BLE001 - the game's own code, raised further on
                    self._fault = self._fault or error
                return commit
            case Cancelled(call_id=id, turn_epoch=epoch, action=spec, reason=reason):
                self.cancels += 1
                return Cancel(npc, id, epoch, tick, spec.type, reason)
            case Learned():
                self._admission.learned(edge)
                return None
            case TurnOver(outcome=outcome, rounds=rounds, speech=speech, reason=reason):
                if outcome != "interrupted":
                    self.last_failure = reason or self.last_failure
                self.speech_chars += len(speech)
                self._woken_ns.pop(edge.npc, None)  # it thought, and meant to do nothing
                self.turns_completed += outcome == "completed"
                self.turns_interrupted += outcome == "interrupted"
                self.turns_failed += outcome not in ("completed", "interrupted")
                self.max_rounds = max(self.max_rounds, rounds)
                return None
            case _:
                raise AssertionError(f"not for this mailbox: {edge!r}")

    def _objection(self, npc: Npc, edge: Committed) -> Objection | None:
        try:
            return self._admission.objection(npc, edge)
        except Exception as error:  # noqa: BLE001 - the game's own code, raised further on
            self._fault = self._fault or error
            return Objection("required", "failed", "the game could not tell whether it may happen")

    def _first_sign(self, npc: str) -> None:
        woken_ns = self._woken_ns.pop(npc, None)
        if woken_ns is not None:
            self.first_intention_ms.add((self._clock.now_ns() - woken_ns) / NS_PER_MS)
