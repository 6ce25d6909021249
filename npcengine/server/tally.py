"""How much of each context was worked on, against how much there was."""

from collections.abc import Callable

import msgspec
from msgspec.structs import asdict

from npcengine.server.minds.mind import Spent
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
    upstream: Spent | None = None
    """What the mind's own server read again for it, when it has one that tells."""

    def line(self) -> str:
        """Return it for people."""
        share = 100 * self.new_tokens / self.context_tokens if self.context_tokens else 0.0
        line = (
            f"response {self.number:>5}   context {self.context_items:>5} items"
            f" {self.context_tokens:>7} tokens   processed {self.new_items:>4} items"
            f" {self.new_tokens:>6} tokens ({share:5.1f} %)   wrote {self.output_tokens:>5} tokens"
            f"   in {self.ms.total:7.1f} ms, {self.ms.mind:7.1f} of them the mind's"
        )
        if (upstream := self.upstream) is None:
            return line
        read = upstream.prompt_tokens - upstream.cached_tokens
        return f"{line}   upstream read {read:>6} of {upstream.prompt_tokens:>7} tokens"


class ServerTally(msgspec.Struct):
    """Sums over a gateway's life."""

    responses: int = 0
    context_items: int = 0
    context_tokens: int = 0
    new_items: int = 0
    new_tokens: int = 0
    output_tokens: int = 0
    upstream_requests: int = 0
    """Answers of a mind's own server that said what they took."""
    upstream_prompt_tokens: int = 0
    """Tokens of the prompts that were sent to it, in its own count."""
    upstream_cached_tokens: int = 0
    """Those that it did not have to read again."""
    upstream_output_tokens: int = 0
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
        upstream: Spent | None = None,
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
                upstream,
            )
            self.report(work)

    def asked_upstream(self, spent: Spent) -> None:
        """Count what one request to a mind's own server took; a response may need several."""
        self.upstream_requests += 1
        self.upstream_prompt_tokens += spent.prompt_tokens
        self.upstream_cached_tokens += spent.cached_tokens
        self.upstream_output_tokens += spent.output_tokens
