"""The holders of one token: told from strangers, from each other, and kept within their bounds."""

import asyncio
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.errors import UsageError
from npcengine.protocol.items import user_text
from npcengine.protocol.outgoing import ResponseCreate
from npcengine.server.context import EMPTY
from npcengine.server.faults import RequestError
from npcengine.server.guests import Guests
from npcengine.server.limits import Limits
from npcengine.server.settings import SettingsCache
from npcengine.testing import wait_until
from tests.server.http_table import ask
from tests.server.table import make_gateway, run

tokens = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1)


@given(mine=tokens, yours=tokens, given_token=tokens)
def test_a_guest_is_who_brings_one_of_the_tokens(mine: str, yours: str, given_token: str) -> None:
    guests = Guests(f"{mine}  {yours}", Limits())

    found = guests.find(f"Bearer {given_token}")

    assert (found is not None) == (given_token in (mine, yours))
    one, other = guests.find(f"bearer {mine}"), guests.find(f"BEARER  {yours} ")
    assert one is not None
    assert (one is other) == (mine == yours)
    for stranger in ("", mine, f"Basic {mine}", "Bearer", "Bearer ", f"Bearer {mine} {yours}"):
        assert guests.find(stranger) is None


def test_without_a_token_everybody_is_one_guest() -> None:
    guests = Guests(None, Limits())

    assert guests.find("") is guests.find("Bearer anything") is guests.first()


def test_one_guests_responses_over_http_take_no_room_of_anothers() -> None:
    async def main() -> list[int]:
        gateway = make_gateway(token="mine yours", exchanges=1)
        body = {"model": "m", "input": "Hello?"}

        async def post(token: str) -> int:
            to = {"authorization": f"Bearer {token}"}
            return (await ask(gateway, "POST", "/v1/responses", body, **to)).status

        return [*await asyncio.gather(post("mine"), post("mine"), post("yours"))]

    assert run(main()) == [200, 429, 200]


# --- large work --------------------------------------------------------------------------------


def test_of_one_guests_large_work_one_piece_is_done_at_a_time_whoever_still_waits_for_it() -> None:
    async def main() -> tuple[int, int, str]:
        guests = Guests("mine yours", Limits())
        mine, yours = guests.find("Bearer mine"), guests.find("Bearer yours")
        assert mine is not None
        assert yours is not None
        free, begun = threading.Event(), list[int]()

        def work() -> str:
            begun.append(1)
            free.wait(10)
            return "done"

        abandoned = asyncio.ensure_future(mine.work(work, large=True))
        await asyncio.to_thread(wait_until, lambda: begun)
        abandoned.cancel()
        waiting = [asyncio.ensure_future(mine.work(work, large=True)) for _ in range(5)]
        other = asyncio.ensure_future(yours.work(work, large=True))
        await asyncio.to_thread(wait_until, lambda: len(begun) == 2)
        still_one_each = len(begun)
        free.set()
        done = await asyncio.gather(*waiting, other)
        return still_one_each, len(begun), "".join(set(done))

    assert asyncio.run(main()) == (2, 7, "done")


def test_an_error_of_large_work_is_the_requests_own() -> None:
    def work() -> None:
        raise RequestError("no")

    async def main() -> None:
        guest = Guests("mine", Limits()).first()
        for _ in range(3):
            with pytest.raises(RequestError, match="no"):
                await guest.work(work, large=True)

    asyncio.run(main())


def test_settings_are_remembered_up_to_so_many_bytes() -> None:
    cache = SettingsCache(Limits(settings_bytes=1_000))

    def is_fresh(letter: str, length: int = 300) -> bool:
        return cache.settings(ResponseCreate(model="m", instructions=letter * length))[1]

    assert [is_fresh(letter) for letter in "abcabc"] == [True, True, True, False, False, False]
    assert is_fresh("d"), "and the oldest goes"
    assert [is_fresh(letter) for letter in "bcda"] == [False, False, False, True]
    assert [is_fresh("x", 2_000), is_fresh("x", 2_000)] == [True, True], "too long to remember"


def test_a_conversation_that_gets_too_long_is_refused_at_the_item_that_makes_it_so() -> None:
    work = [user_text("x" * 1_000)] * 9 + [user_text("y" * 1_000_000)]

    with pytest.raises(RequestError) as refused:
        EMPTY.extended(work, most_bytes=20_000)
    kept = EMPTY.extended(work[:9], most_bytes=20_000)

    assert refused.value.code == "context_length_exceeded"
    assert kept.items == 9


# --- limits ------------------------------------------------------------------------------------


def test_limits_are_changed_by_name() -> None:
    limits = Limits().changed(["age_s=1.5", "connections=7", "head_within_s=2"])

    assert (limits.age_s, limits.connections, limits.head_within_s) == (1.5, 7, 2.0)
    assert limits.items == Limits().items


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("speed=9", "there is no limit 'speed'; there are: head_within_s, "),
        ("age_s", "a limit is NAME=NUMBER: "),
        ("connections=many", "a limit is NAME=NUMBER: "),
        ("connections=1.5", "a limit is NAME=NUMBER: "),
        ("age_s=nan", "the limit age_s cannot be nan"),
        ("age_s=inf", "the limit age_s cannot be inf"),
        ("queued=-1", "the limit queued cannot be -1"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(change: str, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        Limits().changed([change])

    assert str(refused.value).startswith(says)
