"""Numbers about a bridge."""

from hypothesis import given
from hypothesis import strategies as st

from npcengine import Percentiles
from npcengine.bridge.stats import Samples


def test_percentiles_are_the_samples_at_the_nearest_rank() -> None:
    hundred = Percentiles.of([float(n) for n in range(100, 0, -1)])

    assert (hundred.count, hundred.p50, hundred.p95, hundred.p99) == (100, 50.0, 95.0, 99.0)
    assert hundred.max == 100.0
    assert Percentiles.of([1.0, 9.0]).p50 == 1.0
    assert Percentiles.of([]) == Percentiles()


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=50))
def test_percentiles_rise_and_are_samples(values: list[int]) -> None:
    found = Percentiles.of([float(value) for value in values])

    assert min(values) <= found.p50 <= found.p95 <= found.p99 <= found.max == max(values)
    assert {found.p50, found.p95, found.p99} <= set(map(float, values))


def test_only_the_newest_samples_count() -> None:
    samples = Samples(capacity=3)
    for value in (100.0, 1.0, 2.0, 3.0):
        samples.add(value)

    assert samples.percentiles().max == 3.0
