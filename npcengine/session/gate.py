"""What every request passes before it is sent: the wallet, and a breaker."""

import msgspec

from npcengine.clock import NS_PER_MS
from npcengine.policy.backoff import FIRST_MS
from npcengine.policy.breaker import Breaker
from npcengine.policy.stagger import Stagger
from npcengine.policy.wallet import Wallet
from npcengine.protocol.incoming import Usage

__all__ = ["Gate", "Held"]

CHARS_A_TOKEN = 4
"""For estimates only: English in JSON has about as many."""


class Held(msgspec.Struct, frozen=True):
    """Why a request may not be sent now."""

    reason: str
    retry_ms: float | None = None
    """When it may be tried again; ``None``: when there is room, of which the session is told."""
    is_final: bool = False
    """Whether time does not help."""


class Gate:
    """Shared by all sessions of a bridge (loop thread)."""

    def __init__(self, wallet: Wallet) -> None:
        self.wallet = wallet
        self.stagger = Stagger()
        self._breaker = Breaker()
        self._waiting: dict[str, None] = {}
        """NPCs that wait for room, longest first."""
        self._paused: dict[str, None] = {}
        """NPCs that wait for the game to go on."""
        self._now_ns = 0
        self.is_paused = False
        """Whether the game stands still: thoughts go on, and nobody begins another."""

    def at(self, now_ns: int) -> None:
        """Say what time it is: that of the entry that is being handled."""
        self._now_ns = now_ns

    def hold(self, npc: str, model: str, luck: float) -> Held | None:
        """Return why a request may not be sent; an NPC that only has to wait is remembered."""
        if rest_ms := self._breaker.wait_ms(self._now_ns):
            return Held("lately all requests have failed", rest_ms + FIRST_MS * luck)
        found = self.wallet.may_start(self._now_ns, model)
        if found is None:
            self._waiting.pop(npc, None)
            return None
        if found.kind == "in_flight":
            self._waiting[npc] = None
            return Held(found.reason)
        if found.retry_at_ns is None:
            return Held(found.reason, is_final=True)
        return Held(found.reason, (found.retry_at_ns - self._now_ns) / NS_PER_MS)

    def is_paused_for(self, npc: str) -> bool:
        """Whether an NPC may not begin to think for now; it is remembered for when it may."""
        if self.is_paused:
            self._paused[npc] = None
        return self.is_paused

    def went(self, *, well: bool) -> None:
        """A request has been answered, or the server could not."""
        if well:
            self._breaker.succeeded()
        else:
            self._breaker.failed(self._now_ns)

    @property
    def is_in_use(self) -> bool:
        """Whether any request is in flight."""
        return self.wallet.in_flight > 0

    def is_open(self, model: str) -> bool:
        """Whether a request could start now; nobody is remembered as waiting."""
        return self.wallet.may_start(self._now_ns, model) is None

    def began(self, model: str, *, context_tokens: int, sent_chars: int, most_tokens: int) -> int:
        """Count a request as in flight; return the ticket to end it with.

        Args:
            model: Which model answers.
            context_tokens: What the server said the conversation had come to.
            sent_chars: What is told on top of that.
            most_tokens: The longest answer that is likely.
        """
        self._breaker.began(self._now_ns)
        tokens = context_tokens + sent_chars // CHARS_A_TOKEN
        return self.wallet.started(model, Usage(input_tokens=tokens, output_tokens=most_tokens))

    def ended(self, ticket: int | None, usage: Usage | None) -> None:
        """Charge a request; without a word from the server, what was estimated."""
        if ticket is not None:
            self.wallet.ended(ticket, usage, self._now_ns)

    def next_in_line(self) -> str | None:
        """Return somebody who need wait no longer, those first who wait for room."""
        for line, is_open in (
            (self._waiting, not self.wallet.is_full),
            (self._paused, not self.is_paused),
        ):
            if line and is_open:
                npc = next(iter(line))
                del line[npc]
                return npc
        return None

    def forget(self, npc: str) -> None:
        """Nobody waits there any more."""
        self._waiting.pop(npc, None)
