"""The options of a mind, read with clear errors."""

import math
from collections.abc import Sequence

from npcengine.errors import UsageError
from npcengine.server.minds.pace import Pace

__all__ = ["Options"]


class Options:
    """Names and texts; each is read once, and one that nobody reads is an error."""

    def __init__(self, mind: str, values: dict[str, str]) -> None:
        self._mind = mind
        self._values = dict(values)
        self._known: list[str] = []

    def text(self, name: str, default: str) -> str:
        """Return an option as it stands."""
        self._known.append(name)
        return self._values.pop(name, default)

    def choice(self, name: str, default: str, among: Sequence[str]) -> str:
        """Return one of several words.

        Raises:
            UsageError: It is none of them.
        """
        text = self.text(name, default)
        if text not in among:
            raise UsageError(
                f"the option {name} of the mind {self._mind!r} is {', '.join(among[:-1])} or "
                f"{among[-1]}, not {text!r}"
            )
        return text

    def number(self, name: str, default: float, *, least: float, most: float) -> float:
        """Return a number between ``least`` and ``most``.

        Raises:
            UsageError: It is not one.
        """
        text = self.text(name, str(default))
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise UsageError(
                f"the option {name} of the mind {self._mind!r} is a number from {least:g} to "
                f"{most:g}, not {text!r}"
            )
        return value

    def pace(self) -> Pace:
        """Return the options ``ttft_ms`` and ``tokens_per_s``."""
        default = Pace()
        return Pace(
            self.number("ttft_ms", default.ttft_ms, least=0, most=60_000),
            self.number("tokens_per_s", default.tokens_per_s, least=0, most=100_000),
        )

    def check_all_used(self) -> None:
        """Check that every option was one that the mind knows.

        Raises:
            UsageError: One was not.
        """
        if self._values:
            raise UsageError(
                f"the mind {self._mind!r} has no option {min(self._values)!r}; "
                f"it has: {', '.join(self._known)}"
            )
