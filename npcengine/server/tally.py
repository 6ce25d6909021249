"""How much of each context was worked on, against how much there was."""

from collections.abc import Callable

import msgspec
from msgspec.structs import asdict

from npcengine.server.timing import Times, Timing

__all__ = ["ServerTally", "TurnWork"]


class TurnWork(msgspec.Struct, frozen=True):
    """What one response took."""

    number: int
    context_items: int
    """Items in the whole context."""
    context_tokens: int
    """Tokens in the whole context, instructions and tools included."""
    new_items: int
    """Items that were validated and rendered for this response."""
    new_tokens: int
    """Tokens that were made for this response."""
    output_tokens: int
    ms: Times
    """Where its time went, in milliseconds."""

    def line(self) -> str:
        """Return it for people."""
        share = 100 * self.new_tokens / self.context_tokens if self.context_tokens else 0.0
        return (
            f"response {self.number:>5}   context {self.context_items:>5} items"
            f" {self.context_tokens:>7} tokens   processed {self.new_items:>4} items"
            f" {self.new_tokens:>6} tokens ({share:5.1f} %)   wrote {self.output_tokens:>5} tokens"
            f"   in {self.ms.total:7.1f} ms, {self.ms.mind:7.1f} of them the mind's"
        )


class ServerTally(msgspec.Struct):
    """Sums over a gateway's life."""

    responses: int = 0
    context_items: int = 0
    context_tokens: int = 0
    new_items: int = 0
    new_tokens: int = 0
    output_tokens: int = 0
    evicted: int = 0
    """Contexts forgotten because a connection kept too much."""
    report: Callable[[TurnWork], None] | None = None
    """Called after each response."""

    def sums(self) -> dict[str, int]:
        """Return the numbers by their names."""
        return {name: value for name, value in asdict(self).items() if name != "report"}

    def answered(
        self,
        *,
        context_items: int,
        context_tokens: int,
        new_items: int,
        new_tokens: int,
        output_tokens: int,
        timing: Timing,
    ) -> None:
        """Count one response."""
        self.responses += 1
        self.context_items += context_items
        self.context_tokens += context_tokens
        self.new_items += new_items
        self.new_tokens += new_tokens
        self.output_tokens += output_tokens
        if self.report is not None:
            work = TurnWork(
                self.responses,
                context_items,
                context_tokens,
                new_items,
                new_tokens,
                output_tokens,
                timing.times(),
            )
            self.report(work)
