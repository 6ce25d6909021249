"""Networks by name: what they do to messages, and that luck hangs on what it is for."""

import pytest

from npcengine.replay.whatif.draws import draw
from npcengine.replay.whatif.links import LEAST_RTO_MS, LINKS, LinkProfile, Wire

MS = 1_000_000


def profile(
    *, jitter_ms: float = 0, loss: float = 0, kbit: float = 1e9, one_way_ms: float = 10
) -> LinkProfile:
    return LinkProfile(one_way_ms, one_way_ms, jitter_ms, loss, kbit, kbit, tls=True)


def test_without_a_network_everything_is_there_at_once() -> None:
    wire = Wire(None, 0)

    assert wire.carry(5, "up", "s", 10**6, ("a",)) == 5
    assert wire.set_up_ns(3, ("a",)) == 0


def test_a_message_takes_one_way_and_as_long_as_the_line_needs_for_it() -> None:
    wire = Wire(profile(kbit=8_000), 0)

    assert wire.carry(0, "down", "s", 1_000, ("a",)) == pytest.approx(11 * MS, abs=100)


def test_messages_queue_for_a_line_and_overtake_none_on_their_socket() -> None:
    wire = Wire(profile(kbit=8_000, jitter_ms=50), 0)

    there = [wire.carry(0, "down", "s", 1_000, ("a", n)) for n in range(20)]

    assert there == sorted(there)
    assert there[-1] >= 20 * MS + 10 * MS


def test_a_lost_packet_is_a_stall_and_holds_up_what_is_behind_it() -> None:
    wire = Wire(profile(loss=0.2), 3)

    late = [wire.carry(n * MS, "down", "s", 100, ("a", n)) - n * MS for n in range(200)]

    assert min(late) == pytest.approx(10 * MS, abs=100)
    assert max(late) >= (10 + LEAST_RTO_MS) * MS
    stalled = late.index(max(late))
    assert late[stalled + 1] >= max(late) - 2 * MS


def test_another_socket_is_not_held_up() -> None:
    lost = next(n for n in range(100) if draw(0, n, "loss", 0, 0) < 0.2)
    wire = Wire(profile(loss=0.2), 0)

    late = wire.carry(0, "down", "one", 100, (lost,))
    other = next(n for n in range(100) if draw(0, n, "loss", 0, 0) >= 0.2)

    assert wire.carry(0, "down", "two", 100, (other,)) < late


def test_a_message_that_does_not_fit_into_a_window_takes_another_round_trip() -> None:
    wire = Wire(profile(), 0)

    small, large = (wire.carry(0, "up", f"s{size}", size, ("a",)) for size in (14_000, 15_000))

    assert large - small == pytest.approx(20 * MS, abs=1_000)


def test_luck_hangs_on_its_key_and_on_nothing_that_was_drawn_before() -> None:
    wire, other = Wire(profile(jitter_ms=20), 0), Wire(profile(jitter_ms=20), 0)
    for n in range(50):
        other.carry(n, "up", "elsewhere", 10, ("else", n))

    assert wire.carry(10**9, "up", "s", 10, ("mira", 1)) == other.carry(
        10**9, "up", "s", 10, ("mira", 1)
    )


def test_draws_are_the_same_on_every_machine_and_even() -> None:
    assert draw(0, "mira", 1, "up") == 0.9143561780745884
    draws = [draw(7, n) for n in range(2_000)]
    assert all(0 <= one < 1 for one in draws)
    assert sum(draws) / 2_000 == pytest.approx(0.5, abs=0.02)


def test_the_networks_that_games_know_are_there_from_good_to_bad() -> None:
    assert [*LINKS] == ["lan", "home", "wifi_bad", "mobile", "cross_region"]
    assert LINKS["lan"].rtt_ms < LINKS["home"].rtt_ms < LINKS["cross_region"].rtt_ms
