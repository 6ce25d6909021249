"""The answers to what minds ask: those that were given, as long after the question as they were."""

from npcengine.clock import NS_PER_MS
from npcengine.replay.whatif.agenda import Rank
from npcengine.replay.whatif.recorded import Call
from npcengine.replay.whatif.run import Run
from npcengine.session.inbox import Answered
from npcengine.session.outside import Asked
from npcengine.trace import records
from npcengine.world.answers import NOT_IN_TIME, refusal

__all__ = ["Answers"]


class Answers:
    """See the top of this file. A question that the recording does not have is not answered."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def ask(self, question: Asked) -> None:
        """Something is asked that the loop thread answers."""
        call = self._known(question)
        if call is None or call.answer is None or call.answer.by_game:
            return
        if call.was_due and question.query.late != "refuse":
            return  # it was the deadline that was answered
        usual_ms = call.answer_ns / NS_PER_MS
        slow_ms = self._slower_ms(question, usual_ms)
        due_ns = self._run.agenda.now_ns() + call.answer_ns + round(slow_ms * NS_PER_MS)
        self._run.agenda.at(
            due_ns, Rank.ANSWER, self._enter, question, call.answer, slow_ms, order=call.answer.n
        )

    def ask_in_frame(self, question: Asked) -> float:
        """Something is asked that a frame answers, and now; return how much longer that takes."""
        call = self._known(question)
        if call is None or call.answer is None:
            return 0.0
        slow_ms = self._slower_ms(question, call.answer.took_ms)
        within_ns = call.answer_ns if call.answer.by_game else 0
        there_ns = self._run.agenda.now_ns() + within_ns + round(slow_ms * NS_PER_MS)
        self._run.agenda.at(
            there_ns, Rank.ANSWER, self._enter, question, call.answer, slow_ms, order=call.answer.n
        )
        return slow_ms

    def answer_late(self, question: Asked) -> None:
        """A question is due: it is answered from what there was, if it had been due then."""
        call = self._known(question)
        if call is not None and call.was_due and call.answer is not None:
            self._enter(question, call.answer, 0.0)
            return
        output = refusal(NOT_IN_TIME, again=True)
        name = question.query.name
        self._run.enter(Answered(question.npc, question.call_id, output, "refused", query=name))

    def _known(self, question: Asked) -> Call | None:
        return self._run.call(question.npc, question.call_id)

    def _slower_ms(self, question: Asked, usual_ms: float) -> float:
        amount = self._run.changes.slow_queries.get(question.query.name)
        return 0.0 if amount is None else amount.of(usual_ms) - usual_ms

    def _enter(self, question: Asked, line: records.Answered, slow_ms: float) -> None:
        answer = Answered(
            question.npc,
            question.call_id,
            line.output,
            line.grade,
            line.took_ms + slow_ms,
            line.query,
        )
        self._run.enter(answer, by_game=line.by_game)
