"""What minds always ask after the same stimulus, learned by counting.

A mind that hears a noise and asks ``nearby`` nine times out of ten can be told what is nearby along
with the noise: that saves a whole round trip. Rules:

1. A stimulus is a kind (``speech``, or what was noticed), a question is a query with its very
   arguments. Habits are everybody's: NPCs of one game ask alike.
2. A question is foreseen when it followed in most of the turns that were watched, of which there
   have to have been a few.
3. Only turns in which nothing was told ahead are watched: a mind that has the answer has no need
   to ask. So now and then nothing is told although something was foreseen, or nobody would notice
   when a habit ends.
4. Bounded: the stimuli and questions met least lately are forgotten.
"""

from collections import OrderedDict
from typing import TypeAlias

__all__ = ["CONTROL_SHARE", "LIKELY_FROM", "WATCHED_FROM", "Habits", "Question"]

Question: TypeAlias = tuple[str, bytes]
"""A query's name, and its arguments as JSON."""

WATCHED_FROM = 4
"""Turns that have to have been watched after a stimulus."""

LIKELY_FROM = 0.75
"""Share of them in which a question has to have been asked."""

CONTROL_SHARE = 0.1
"""Share of turns in which nothing is told ahead, to see whether it would still be asked."""

MEMORY = 0.9
"""What a count is worth one watched turn later: about ten turns are remembered."""

MAX_STIMULI = 128
MAX_QUESTIONS = 16
"""Of one stimulus."""


class _Habit:
    """What followed one kind of stimulus."""

    def __init__(self) -> None:
        self.turns = 0.0
        self.watched = 0
        self.asked: OrderedDict[Question, float] = OrderedDict()


class Habits:
    """Counts of a whole bridge."""

    def __init__(self) -> None:
        self._habits: OrderedDict[str, _Habit] = OrderedDict()

    def forget(self) -> None:
        """Begin anew: the turns that were watched never were."""
        self._habits.clear()

    def foresee(self, stimulus: str, luck: float) -> list[Question]:
        """Return the questions that will be asked, the likeliest first.

        Args:
            stimulus: What wakes a mind.
            luck: A uniform draw from [0, 1), for the turns in which nothing is told ahead.
        """
        habit = self._habits.get(stimulus)
        if habit is None or habit.watched < WATCHED_FROM or luck < CONTROL_SHARE:
            return []
        likely = [one for one in habit.asked.items() if one[1] >= LIKELY_FROM * habit.turns]
        return [question for question, _ in sorted(likely, key=lambda one: -one[1])]

    def watched(self, stimulus: str, asked: set[Question]) -> None:
        """Take what was asked in a turn in which nothing had been told ahead."""
        habit = self._habits.setdefault(stimulus, _Habit())
        self._habits.move_to_end(stimulus)
        if len(self._habits) > MAX_STIMULI:
            self._habits.popitem(last=False)
        habit.watched += 1
        habit.turns = habit.turns * MEMORY + 1
        for question in habit.asked:
            habit.asked[question] *= MEMORY
        for question in sorted(asked):
            habit.asked[question] = habit.asked.get(question, 0.0) + 1
            habit.asked.move_to_end(question)
        while len(habit.asked) > MAX_QUESTIONS:
            habit.asked.popitem(last=False)
