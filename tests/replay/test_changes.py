"""What may be said behind ``--set``, and what is said of what may not."""

import pytest

from npcengine.errors import UsageError
from npcengine.replay.whatif.changes import Amount, Refusal, read_changes


def test_everything_that_can_be_changed_is_read() -> None:
    changes = read_changes(
        [
            "ttft=x2",
            "rate=30",
            "link=mobile",
            "transport=http",
            "slow_query=nearby:+200",
            "slow_query=where_is:x3",
            "drop_at=12.5",
            "rate_limit=429@10..12",
            "storm=8",
            "slots=4",
            "query_budget_ms=60",
            "deadline.turn_ms=4000",
        ]
    )

    assert changes.ttft == Amount("times", 2)
    assert changes.rate == Amount("is", 30)
    assert changes.link is not None
    assert changes.transport == "http"
    assert changes.slow_queries == {"nearby": Amount("plus", 200), "where_is": Amount("times", 3)}
    assert changes.drops_ns == (12_500_000_000,)
    assert changes.refusals == (Refusal(429, 10_000_000_000, 12_000_000_000),)
    assert changes.storms_ns == (8_000_000_000,)
    assert changes.slots == 4
    assert changes.deadlines == {"frame_query_ms": 60, "query_ms": 60, "turn_ms": 4000}
    assert list(changes.asked) == sorted(changes.asked)


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("ttft", "say NAME=VALUE"),
        ("ttft=", "say x2, 800"),
        ("ttft=-3", "say x2, 800"),
        ("ttft=nan", "say x2, 800"),
        ("rate=+3", "say x0.5 or 30"),
        ("rate=0", "say x0.5 or 30"),
        ("link=5g", "one of lan, home"),
        ("transport=pigeon", "say http"),
        ("slots=0", "responses at once"),
        ("slow_query=nearby", "NAME:[+]200"),
        ("drop_at=soon", "seconds from the start"),
        ("rate_limit=200@1..2", "429@10..12"),
        ("query_budget_ms=0", "more than none"),
        ("deadline.lunch_ms=3", "the deadlines are connect_ms"),
        ("colour=red", "there is no such change; there are ttft, rate"),
    ],
)
def test_what_cannot_be_read_is_answered_with_how_it_is_written(setting: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_changes([setting])


def test_what_can_be_said_once_is_not_said_twice() -> None:
    with pytest.raises(UsageError, match="there twice"):
        read_changes(["ttft=x2", "ttft=x3"])
