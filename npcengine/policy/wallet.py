"""What minds may spend: tokens a minute, money an hour, requests at one time; and a kill switch.

Rules:

1. A request starts while what was spent within the last minute (or hour), together with what the
   requests in flight were estimated at, is below the limit. So a limit is passed by no more than
   the last request to start, and by what estimates were short of; and none is too dear to ever
   start, however long the conversation has grown.
2. A request is charged when it ends, with what the server says that it used. One that was cut off
   is charged with its estimate: a tail that nobody waits for is written and billed all the same.
3. Killed means that nothing starts. What is in flight still ends, and is charged.
4. A model without a price has no place under a limit on money: it is refused, with what to do.

Times are nanoseconds of wall time, from the caller's clock; amounts of money as in :mod:`prices`.
"""

from typing import Literal

import msgspec

from npcengine.policy.prices import PER_UNIT, Prices
from npcengine.policy.window import Window
from npcengine.protocol.incoming import Usage

__all__ = ["Budget", "Refusal", "Spent", "Wallet"]

MINUTE_NS = 60 * 1_000_000_000
HOUR_NS = 60 * MINUTE_NS


class Budget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The limits, of all minds together or of one NPC's; ``None`` for none."""

    tokens_per_minute: int | None = None
    """Input and output together, cached input included: servers limit it like that."""
    money_per_hour: float | None = None
    """In the currency of the table of prices."""
    requests_in_flight: int | None = None
    """At one time. What is left of a response that was interrupted counts until its end: an NPC
    with one of its own does not answer before that."""


class Refusal(msgspec.Struct, frozen=True):
    """Why a request may not start."""

    kind: Literal["killed", "in_flight", "tokens", "money", "no_price"]
    reason: str
    """For people."""
    retry_at_ns: int | None = None
    """When it may; ``None`` when time alone does not help: a request has to end, or somebody has to
    change something."""


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """A report."""

    requests: int
    """That have ended, so far."""
    in_flight: int
    tokens: int
    """Of all that have ended."""
    tokens_last_minute: int
    money: float
    """Of all that have ended and have a price."""
    money_last_hour: float
    currency: str
    unpriced: int
    """Requests to models that have no price."""
    estimated: int
    """Requests that ended without a word from the server on what they used."""


class _Started(msgspec.Struct, frozen=True):
    model: str
    tokens: int
    cost: int | None
    """``None``: its model has no price."""


class Wallet:
    """One account, of a bridge or of an NPC: ask :meth:`may_start` of each that has a say."""

    def __init__(self, budget: Budget, prices: Prices) -> None:
        self._budget = budget
        self._prices = prices
        self._killed: str | None = None
        self._in_flight: dict[int, _Started] = {}
        self._last_ticket = 0
        self._tokens = Window(MINUTE_NS)
        self._money = Window(HOUR_NS)
        self._requests = self._unpriced = self._estimated = 0

    def another(self, budget: Budget) -> "Wallet":
        """Return an empty wallet that reckons with the same prices."""
        return Wallet(budget, self._prices)

    # --- what may be --------------------------------------------------------------------------

    def may_start(self, now_ns: int, model: str) -> Refusal | None:
        """Return why a request may not start now; ``None`` if it may."""
        if self._killed is not None:
            return Refusal("killed", f"minds were switched off: {self._killed}")
        if self.is_full:
            most = self._budget.requests_in_flight
            return Refusal("in_flight", f"{most} requests are in flight, as many as may be")
        return self._no_tokens(now_ns) or self._no_money(now_ns, model)

    @property
    def is_full(self) -> bool:
        """Whether as many requests are in flight as may be."""
        most = self._budget.requests_in_flight
        return most is not None and len(self._in_flight) >= most

    @property
    def in_flight(self) -> int:
        """Requests that have not ended."""
        return len(self._in_flight)

    def kill(self, reason: str) -> None:
        """Let nothing start any more, until :meth:`revive`."""
        self._killed = reason

    def revive(self) -> None:
        """Let requests start again, as far as limits allow; what was spent stays spent."""
        self._killed = None

    @property
    def killed(self) -> str | None:
        """Why nothing may start; ``None`` if nobody has pulled the switch."""
        return self._killed

    # --- what is ------------------------------------------------------------------------------

    def started(self, model: str, estimate: Usage) -> int:
        """Count a request as in flight; return the ticket to end it with.

        Args:
            model: Which model answers.
            estimate: What it will use, at most, as far as one can tell: the input's tokens, and
                the longest output it may write.
        """
        self._last_ticket += 1
        cost = self._cost(model, estimate)
        self._in_flight[self._last_ticket] = _Started(model, _tokens_of(estimate), cost)
        return self._last_ticket

    def ended(self, ticket: int, usage: Usage | None, now_ns: int) -> None:
        """Charge a request; a second end of the same one changes nothing.

        Args:
            ticket: From :meth:`started`.
            usage: What the server said; ``None`` if it was cut off before, which costs as much as
                was estimated.
            now_ns: The time.
        """
        request = self._in_flight.pop(ticket, None)
        if request is None:
            return
        self._requests += 1
        self._estimated += usage is None
        tokens, cost = request.tokens, request.cost
        if usage is not None:
            tokens, cost = _tokens_of(usage), self._cost(request.model, usage)
        self._tokens.add(tokens, now_ns)
        self._unpriced += cost is None
        self._money.add(cost or 0, now_ns)

    def spent(self, now_ns: int) -> Spent:
        """Return what was spent so far."""
        return Spent(
            requests=self._requests,
            in_flight=self.in_flight,
            tokens=self._tokens.ever,
            tokens_last_minute=self._tokens.within(now_ns),
            money=self._money.ever / PER_UNIT,
            money_last_hour=self._money.within(now_ns) / PER_UNIT,
            currency=self._prices.currency,
            unpriced=self._unpriced,
            estimated=self._estimated,
        )

    # --- inside -------------------------------------------------------------------------------

    def _no_tokens(self, now_ns: int) -> Refusal | None:
        limit = self._budget.tokens_per_minute
        if limit is None:
            return None
        expected = sum(one.tokens for one in self._in_flight.values())
        if self._tokens.within(now_ns) + expected < limit:
            return None
        at_ns = self._tokens.below(limit - expected, now_ns)
        reason = f"the limit of {limit} tokens a minute is reached"
        return Refusal("tokens", reason, at_ns)

    def _no_money(self, now_ns: int, model: str) -> Refusal | None:
        most = self._budget.money_per_hour
        if most is None:
            return None
        price = self._prices.of(model)
        if price is None:
            return Refusal("no_price", _how_to_add(model, self._prices.currency))
        limit = round(most * PER_UNIT)
        expected = sum(one.cost or 0 for one in self._in_flight.values())
        # What costs nothing is none of this limit's business, even where the limit is nothing.
        if price.is_nothing or self._money.within(now_ns) + expected < limit:
            return None
        at_ns = self._money.below(limit - expected, now_ns)
        reason = f"the limit of {most:g} {self._prices.currency} an hour is reached"
        return Refusal("money", reason, at_ns)

    def _cost(self, model: str, usage: Usage) -> int | None:
        price = self._prices.of(model)
        return None if price is None else price.cost(usage)


def _tokens_of(usage: Usage) -> int:
    """Return all tokens; a negative count, which only a broken server sends, gives none back."""
    return max(usage.input_tokens, 0) + max(usage.output_tokens, 0)


def _how_to_add(model: str, currency: str) -> str:
    return (
        f"there is no price for the model {model!r}, so a limit on money cannot be kept: add "
        f"[models.{_quoted_key(model)}] with input and output, {currency} per million tokens, to "
        "a file of prices"
    )


def _quoted_key(model: str) -> str:
    return msgspec.json.encode(model.encode("utf-8", "replace").decode()).decode()
