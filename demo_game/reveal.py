"""How much of what somebody says has been read by now: letter by letter."""

__all__ = ["LETTERS_PER_TICK", "Reveal"]

LETTERS_PER_TICK = 1
"""Sixty letters a second: as fast as one reads along, slower than most minds write."""


class Reveal:
    """The words of one villager, as they appear."""

    def __init__(self) -> None:
        self._whole = ""
        self._turn_epoch: int = 0
        self.chars = 0
        """How many characters of the speech have been shown."""

    @property
    def text(self) -> str:
        """What has been shown."""
        return self._whole[: self.chars]

    @property
    def is_on(self) -> bool:
        """Whether there is more to show."""
        return self.chars < len(self._whole)

    def follow(self, speech: str, turn_epoch: int) -> None:
        """Take note of what is being said by now.

        Args:
            speech: All that was said in a turn so far. It ends where it was broken off, which is
                never before what has been shown.
            turn_epoch: The newest turn; what is said changes only in that one.
        """
        if speech == self._whole:
            return
        # What is broken off stays what it is, even if the next turn has begun by then.
        is_same = turn_epoch == self._turn_epoch or self._whole.startswith(speech)
        if not (is_same and speech.startswith(self.text)):
            self.chars = 0
        self._whole, self._turn_epoch = speech, turn_epoch

    def pass_ticks(self, ticks: int) -> None:
        """Show what can be read in so many ticks."""
        self.chars = min(self.chars + ticks * LETTERS_PER_TICK, len(self._whole))
