"""What tokens cost: a table that is read strictly, and names that find their price."""

import math
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import npcengine
from npcengine.errors import UsageError
from npcengine.policy.prices import MAX_FILE_BYTES, MAX_TOKENS, Price, Prices, read_prices
from npcengine.protocol.incoming import InputTokenDetails, Usage

BUNDLED = Path(npcengine.__file__).parent / "policy" / "prices.toml"

CENTS = st.integers(0, 10_000).map(lambda cents: cents / 100)
COUNTS = st.integers(-10, 2_000_000)
USAGES = st.builds(
    Usage,
    input_tokens=COUNTS,
    output_tokens=COUNTS,
    input_tokens_details=st.none()
    | st.builds(InputTokenDetails, cached_tokens=COUNTS, cache_write_tokens=COUNTS),
)
PRICES = st.builds(
    Price, input=CENTS, output=CENTS, cached_input=st.none() | CENTS, cache_write=st.none() | CENTS
)


def price(amount: float) -> Price:
    return Price(input=amount, output=amount)


@given(PRICES, USAGES)
def test_the_cost_is_exact_and_rounded_up_and_every_token_is_paid_for_once(
    price: Price, usage: Usage
) -> None:
    details = usage.input_tokens_details or InputTokenDetails()
    whole = max(usage.input_tokens, 0)
    cached = min(max(details.cached_tokens, 0), whole)
    written = min(max(details.cache_write_tokens, 0), whole - cached)

    def amount(of: float | None) -> Fraction:
        return Fraction(round((price.input if of is None else of) * 100), 100)

    exact = (
        (whole - cached - written) * amount(None)
        + cached * amount(price.cached_input)
        + written * amount(price.cache_write)
        + max(usage.output_tokens, 0) * amount(price.output)
    )

    assert price.cost(usage) == math.ceil(exact * 1_000)


@given(PRICES, st.integers(), st.integers(), st.integers(), st.integers())
def test_no_count_of_a_server_gives_money_back_or_breaks_the_sum(
    price: Price, whole: int, output: int, cached: int, written: int
) -> None:
    huge = 10**400
    for factor in (1, huge):
        details = InputTokenDetails(cached * factor, written * factor)
        usage = Usage(whole * factor, output * factor, 0, details)

        assert 0 <= price.cost(usage) <= 2 * MAX_TOKENS * 100 * 1_000


NAMES = st.text("ab", max_size=4)


@given(st.dictionaries(NAMES | NAMES.map("{}*".format), PRICES, max_size=8), NAMES)
def test_a_model_has_the_price_of_its_name_or_of_the_longest_beginning(
    models: dict[str, Price], model: str
) -> None:
    found = Prices(models=models).of(model)

    beginnings = [model[:end] + "*" for end in range(len(model), -1, -1)]
    expected = next((models[name] for name in (model, *beginnings) if name in models), None)
    assert found is expected


def test_names_are_exact_and_a_star_is_no_model() -> None:
    prices = Prices(models={"npcengine*": price(0), "gpt": price(1)})

    assert prices.of("npcengine-practice") == price(0)
    assert prices.of("NPCengine") is None
    assert prices.of("gpt-mini") is None
    assert prices.of("gpt") == price(1)


def test_the_table_that_comes_with_the_package_has_no_price_for_its_own_minds() -> None:
    prices = read_prices(BUNDLED.read_bytes(), name=BUNDLED.name)

    own = prices.of("npcengine")
    assert own is not None
    assert own.is_nothing
    assert prices.of("some-model-nobody-heard-of") is None
    paid = [one for one in prices.models.values() if not one.is_nothing]
    assert paid
    assert all(one.cached_input is not None and one.cached_input < one.input for one in paid)


def test_a_game_s_own_table_is_laid_over_another_of_the_same_currency() -> None:
    ours = Prices(models={"a": price(1), "b": price(2)})

    laid = ours.updated(Prices(models={"b": price(3)}))

    assert laid.models == {"a": price(1), "b": price(3)}
    with pytest.raises(UsageError, match="USD and in EUR"):
        ours.updated(Prices(currency="EUR"))


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("models = [", "Invalid value"),
        ("[models.a]\ninput = 1", "`currency`"),
        ('currency = "dollars"\n[models.a]\ninput = 1', r"\$.currency"),
        ('currency = "USD"\n[models.a]\ninput = 1', r"\$.models.'a': .*`output`"),
        ('currency = "USD"\n[models.a]\ninput = -1\noutput = 1', r"'a': .*>= 0.*\$.input"),
        ('currency = "USD"\n[models.a]\ninput = nan\noutput = 1', r"'a': .*>= 0.*\$.input"),
        ('currency = "USD"\n[models.a]\ninput = inf\noutput = 1', r"'a': .*<=.*\$.input"),
        ('currency = "USD"\n[models.a]\ninput = "1"\noutput = 1', r"'a': .*got `str`"),
        ('currency = "USD"\n[models.a]\ninput = 1\noutput = true', r"'a': .*got `bool`"),
        ('currency = "USD"\n[models.a]\ninput = 1\noutput = 1\ncached = 1', "'a': .*`cached`"),
        ('currency = "USD"\n[models."a*b"]\ninput = 1\noutput = 1', r"'a\*b': a \* may stand"),
        ('currency = "USD"\n[models."a**"]\ninput = 1\noutput = 1', r"'a\*\*': a \* may stand"),
        ("#" * (MAX_FILE_BYTES + 1), f"over {MAX_FILE_BYTES}"),
        ("\udcff", "utf-8"),
    ],
)
def test_a_bad_table_is_refused_with_its_file_where_and_why(file: str, reason: str) -> None:
    data = file.encode("utf-8", "surrogateescape")

    with pytest.raises(UsageError, match=rf"^prices.toml.*{reason}"):
        read_prices(data, name="prices.toml")
