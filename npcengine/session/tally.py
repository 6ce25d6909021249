"""What sessions count, all of them together."""

__all__ = ["Tally"]


class Tally:
    """Counters; written on the loop thread, readable from any."""

    def __init__(self) -> None:
        self.questions = 0
        """Queries that minds asked and that were handed on to be answered."""
        self.grades: dict[str, int] = {}
        """Answers by grade, those that no query gave included."""
        self.overruns: dict[str, int] = {}
        """How often each query ran longer than its budget."""
        self.deadlines_missed = 0
        """Answers that were late although they were given for being due."""
        self.told_ahead = 0
        """Answers that were told along with a stimulus, before they were asked for."""
        self.asked_all_the_same = 0
        """How many of those were asked for none the less."""
        self.late_answers = 0
        """Answers that came when the mind had been told to do without."""

    def overran(self, query: str) -> None:
        """Count a query that ran longer than its budget."""
        self.overruns[query] = self.overruns.get(query, 0) + 1

    def graded(self, grade: str) -> None:
        """Count an answer."""
        self.grades[grade] = self.grades.get(grade, 0) + 1
