"""What every request passes before it is sent: a breaker, the bridge's wallet, the NPC's own."""

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from npcengine.clock import NS_PER_MS
from npcengine.policy.backoff import FIRST_MS
from npcengine.policy.breaker import Breaker
from npcengine.policy.stagger import Stagger
from npcengine.policy.wallet import Budget, Wallet
from npcengine.protocol.incoming import Usage

__all__ = ["Gate", "Held", "Ticket"]

Ticket: TypeAlias = tuple[tuple[Wallet, int], ...]
"""A request in flight: every wallet that pays for it, with what it is known by there."""

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
        """What all minds together may spend."""
        self._own: dict[str, Wallet] = {}
        """What NPCs may spend by themselves, where that is limited."""
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

    def limit(self, npc: str, budget: Budget) -> None:
        """Limit what an NPC may spend by itself; said again, it changes nothing."""
        if npc not in self._own:
            self._own[npc] = self.wallet.another(budget)

    def hold(self, npc: str, model: str, luck: float) -> Held | None:
        """Return why a request may not be sent; an NPC that only has to wait is remembered."""
        if rest_ms := self._breaker.wait_ms(self._now_ns):
            return Held("lately all requests have failed", rest_ms + FIRST_MS * luck)
        for wallet in self._wallets(npc):
            found = wallet.may_start(self._now_ns, model)
            if found is None:
                continue
            whose = "" if wallet is self.wallet else f"{npc!r} by itself: "
            reason = f"{whose}{found.reason}"
            if found.kind == "in_flight":
                self._waiting[npc] = None
                return Held(reason)
            if found.retry_at_ns is None:
                return Held(reason, is_final=True)
            return Held(reason, (found.retry_at_ns - self._now_ns) / NS_PER_MS)
        self._waiting.pop(npc, None)
        return None

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

    def is_open(self, npc: str, model: str) -> bool:
        """Whether a request could start now; nobody is remembered as waiting."""
        now_ns = self._now_ns
        return all(one.may_start(now_ns, model) is None for one in self._wallets(npc))

    def began(
        self, npc: str, model: str, *, context_tokens: int, sent_chars: int, most_tokens: int
    ) -> Ticket:
        """Count a request as in flight; return the ticket to end it with.

        Args:
            npc: Whose it is.
            model: Which model answers.
            context_tokens: What the server said the conversation had come to.
            sent_chars: What is told on top of that.
            most_tokens: The longest answer that is likely.
        """
        self._breaker.began(self._now_ns)
        tokens = context_tokens + sent_chars // CHARS_A_TOKEN
        estimate = Usage(input_tokens=tokens, output_tokens=most_tokens)
        return tuple((one, one.started(model, estimate)) for one in self._wallets(npc))

    def ended(self, ticket: Ticket, usage: Usage | None) -> None:
        """Charge a request; without a word from the server, what was estimated."""
        for wallet, number in ticket:
            wallet.ended(number, usage, self._now_ns)

    def next_in_line(self) -> str | None:
        """Return somebody who need wait no longer, those first who wait for room."""
        npc = next((npc for npc in self._waiting if self._has_room(npc)), None)
        if npc is not None:
            del self._waiting[npc]
        elif self._paused and not self.is_paused:
            npc = next(iter(self._paused))
            del self._paused[npc]
        return npc

    def forget(self, npc: str) -> None:
        """Nobody waits there any more."""
        self._waiting.pop(npc, None)

    def _wallets(self, npc: str) -> Iterator[Wallet]:
        """Yield all that have a say in what an NPC spends."""
        yield self.wallet
        if (own := self._own.get(npc)) is not None:
            yield own

    def _has_room(self, npc: str) -> bool:
        return not any(wallet.is_full for wallet in self._wallets(npc))
