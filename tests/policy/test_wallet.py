"""What minds may spend. The sums are checked against a list of everything that ever happened."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.policy.prices import PER_UNIT, Price, Prices
from npcengine.policy.wallet import HOUR_NS, MINUTE_NS, Budget, Wallet
from npcengine.policy.window import PARTS, Window
from npcengine.protocol.incoming import Usage

SECOND_NS = 1_000_000_000
MODEL = "dear"
PRICES = Prices(
    models={MODEL: Price(input=1.0, output=8.0), "npcengine*": Price(input=0, output=0)}
)


def usage(tokens: int) -> Usage:
    return Usage(tokens, tokens)


STEPS = st.lists(
    st.tuples(st.sampled_from(["start", "end", "cut"]), st.integers(1, 500), st.integers(0, 20)),
    max_size=150,
)


@given(STEPS, st.integers(1, 5_000), st.integers(1, 6))
def test_no_minute_costs_more_than_its_limit_and_what_the_last_request_to_start_uses(
    steps: list[tuple[str, int, int]], limit: int, most_in_flight: int
) -> None:
    wallet = Wallet(Budget(tokens_per_minute=limit, requests_in_flight=most_in_flight), PRICES)
    in_flight: list[tuple[int, int]] = []
    charges: list[tuple[int, int]] = []
    largest = now_ns = 0

    for step, tokens, seconds in steps:
        now_ns += seconds * SECOND_NS
        if step == "start" and wallet.may_start(now_ns, MODEL) is None:
            in_flight.append((wallet.started(MODEL, usage(tokens)), tokens))
            largest = max(largest, 2 * tokens)
        elif step != "start" and in_flight:
            ticket, estimate = in_flight.pop(0)
            used = estimate if step == "cut" else min(tokens, estimate)
            wallet.ended(ticket, None if step == "cut" else usage(used), now_ns)
            charges.append((now_ns, 2 * used))
        assert len(in_flight) <= most_in_flight
        last_minute = sum(n for at_ns, n in charges if at_ns > now_ns - MINUTE_NS)
        expected = sum(2 * tokens for _, tokens in in_flight)
        assert last_minute + expected < limit + max(largest, 1)
        assert last_minute <= wallet.spent(now_ns).tokens_last_minute

    assert wallet.spent(now_ns).tokens == sum(n for _, n in charges)
    assert wallet.spent(now_ns).requests == len(charges)


@given(STEPS, st.floats(0.0001, 0.05))
def test_no_hour_costs_more_than_its_limit_and_what_the_last_request_to_start_costs(
    steps: list[tuple[str, int, int]], limit: float
) -> None:
    wallet = Wallet(Budget(money_per_hour=limit), PRICES)
    charges: list[tuple[int, int]] = []
    price, now_ns = PRICES.models[MODEL], 0

    for _, tokens, minutes in steps:
        now_ns += minutes * MINUTE_NS
        if wallet.may_start(now_ns, MODEL) is None:
            wallet.ended(wallet.started(MODEL, usage(tokens)), usage(tokens), now_ns)
            charges.append((now_ns, price.cost(usage(tokens))))
        last_hour = sum(cost for at_ns, cost in charges if at_ns > now_ns - HOUR_NS)
        assert last_hour < round(limit * PER_UNIT) + price.cost(usage(500))


@given(
    st.lists(st.tuples(st.integers(1, 500), st.integers(0, 30)), min_size=1), st.integers(1, 999)
)
def test_at_the_time_that_a_refusal_names_the_request_may_start(
    ended: list[tuple[int, int]], limit: int
) -> None:
    wallet = Wallet(Budget(tokens_per_minute=limit, money_per_hour=limit / 1_000_000), PRICES)
    now_ns = 0
    for tokens, seconds in ended:
        now_ns += seconds * SECOND_NS
        wallet.ended(wallet.started(MODEL, usage(tokens)), None, now_ns)

    refusals: list[str] = []
    while (refusal := wallet.may_start(now_ns, MODEL)) is not None:
        assert refusal.retry_at_ns is not None
        assert refusal.retry_at_ns > now_ns
        refusals.append(refusal.kind)
        now_ns = refusal.retry_at_ns

    assert len(refusals) <= 2, "once for each limit at most"


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3) | st.integers(0, 300)), max_size=200),
    st.integers(64, 1_000),
)
def test_a_window_forgets_nothing_too_early_and_little_too_late_in_bounded_memory(
    added: list[tuple[int, int]], length_ns: int
) -> None:
    window, now_ns = Window(length_ns), 0
    happened: list[tuple[int, int]] = []
    for amount, wait_ns in added:
        now_ns += wait_ns
        window.add(amount, now_ns)
        happened.append((now_ns, amount))

        least = sum(n for at_ns, n in happened if at_ns > now_ns - length_ns)
        most = sum(n for at_ns, n in happened if at_ns > now_ns - length_ns - length_ns // PARTS)
        assert least <= window.within(now_ns) <= most
        assert len(window._amounts) <= 2 * PARTS + 2

    assert window.ever == sum(amount for amount, _ in added)
    for last_ns in (at_ns + length_ns - 1 for at_ns, _ in happened):
        now_ns = max(now_ns, last_ns)
        least = sum(n for at_ns, n in happened if at_ns > now_ns - length_ns)
        assert window.within(now_ns) >= least


def test_a_limit_never_shuts_out_a_request_for_being_large_by_itself() -> None:
    wallet = Wallet(Budget(tokens_per_minute=100, money_per_hour=0.000001), PRICES)

    assert wallet.may_start(0, MODEL) is None
    wallet.started(MODEL, usage(100_000))
    refusal = wallet.may_start(0, MODEL)

    assert refusal is not None
    assert refusal.kind == "tokens"
    assert refusal.retry_at_ns is None, "what is in flight has to end first"


def test_a_response_that_was_cut_off_is_charged_as_estimated_and_once() -> None:
    wallet = Wallet(Budget(), PRICES)
    ticket = wallet.started(MODEL, Usage(1_000, 200))

    wallet.ended(ticket, None, 5)
    wallet.ended(ticket, Usage(9_999, 9_999), 6)
    spent = wallet.spent(6)

    assert (spent.requests, spent.in_flight, spent.estimated) == (1, 0, 1)
    assert (spent.tokens, spent.tokens_last_minute) == (1_200, 1_200)
    assert spent.money == spent.money_last_hour == pytest.approx((1_000 * 1 + 200 * 8) / 1_000_000)
    assert spent.currency == "USD"


def test_a_server_that_counts_backwards_gives_nothing_back() -> None:
    wallet = Wallet(Budget(tokens_per_minute=10), PRICES)
    wallet.ended(wallet.started(MODEL, usage(5)), None, 0)

    wallet.ended(wallet.started(MODEL, usage(5)), Usage(-1_000, -1_000, -2_000), 0)

    assert wallet.spent(0).tokens == 10
    assert wallet.may_start(0, MODEL) is not None


@pytest.mark.parametrize("budget", [Budget(), Budget(tokens_per_minute=10**9)])
def test_killed_means_that_nothing_starts_and_that_what_is_in_flight_is_still_charged(
    budget: Budget,
) -> None:
    wallet = Wallet(budget, PRICES)
    ticket = wallet.started(MODEL, usage(10))

    wallet.kill("the demo is over")
    refusal = wallet.may_start(HOUR_NS, "npcengine")
    wallet.ended(ticket, usage(7), HOUR_NS)

    assert refusal is not None
    assert (refusal.kind, refusal.retry_at_ns) == ("killed", None)
    assert "the demo is over" in refusal.reason
    assert wallet.spent(HOUR_NS).tokens == 14
    wallet.revive()
    assert wallet.killed is None
    assert wallet.may_start(HOUR_NS, MODEL) is None


def test_a_model_without_a_price_is_refused_under_a_limit_on_money_and_told_how_to_get_one() -> (
    None
):
    wallet = Wallet(Budget(money_per_hour=1), PRICES)

    refusal = wallet.may_start(0, 'my "own" model')

    assert refusal is not None
    assert refusal.kind == "no_price"
    header = refusal.reason[refusal.reason.index("[") : refusal.reason.index("]") + 1]
    added = msgspec.toml.decode(f"{header}\ninput = 1\noutput = 1".encode())
    assert added == {"models": {'my "own" model': {"input": 1, "output": 1}}}


def test_a_model_without_a_price_is_counted_where_there_is_no_limit_on_money() -> None:
    wallet = Wallet(Budget(tokens_per_minute=1_000), PRICES)

    assert wallet.may_start(0, "unheard-of") is None
    wallet.ended(wallet.started("unheard-of", usage(3)), usage(3), 0)

    assert wallet.spent(0).unpriced == 1
    assert wallet.spent(0).money == 0
    assert wallet.spent(0).tokens == 6


def test_what_costs_nothing_may_start_when_all_money_is_spent_or_there_never_was_any() -> None:
    wallet = Wallet(Budget(money_per_hour=0), PRICES)

    refusal = wallet.may_start(0, MODEL)

    assert wallet.may_start(0, "npcengine") is None
    assert refusal is not None
    assert (refusal.kind, refusal.retry_at_ns) == ("money", None)


def test_requests_in_flight_are_limited_and_a_place_is_free_when_one_ends() -> None:
    wallet = Wallet(Budget(requests_in_flight=1), PRICES)
    ticket = wallet.started(MODEL, usage(1))

    refusal = wallet.may_start(0, MODEL)
    wallet.ended(ticket, None, 0)

    assert refusal is not None
    assert refusal.kind == "in_flight"
    assert wallet.may_start(0, MODEL) is None
