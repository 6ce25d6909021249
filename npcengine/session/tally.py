"""What sessions count, all of them together."""

__all__ = ["Tally"]


class Tally:
    """Counters; written on the loop thread, readable from any."""

    def __init__(self) -> None:
        self.questions = 0
        """Queries that minds asked and that were handed on to be answered."""
        self.grades: dict[str, int] = {}
        """Answers by grade, those that no query gave included."""
        self.overruns = 0
        """Queries that ran longer than their budget."""
        self.late_answers = 0
        """Answers that came when the mind had been told to do without."""

    def graded(self, grade: str) -> None:
        """Count an answer."""
        self.grades[grade] = self.grades.get(grade, 0) + 1
