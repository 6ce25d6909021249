"""The kept conversation: it follows the session's, and stays one that a server accepts."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from npcengine.memory import transcript as module
from npcengine.memory.history import History, Mark
from npcengine.memory.transcript import MAX_ITEM_BYTES, MAX_ITEMS, Transcript
from npcengine.protocol.items import assistant_text, encode_item
from tests.memory.shaping import answered, called, said

TRANSCRIPTS = st.lists(
    st.lists(st.integers(0, 3).map(lambda n: said(f"thing {n}")), max_size=8), max_size=8
)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ITEMS", 8)


@given(TRANSCRIPTS)
def test_whatever_becomes_of_the_sessions_transcript_ours_is_the_same(
    versions: list[list[Raw]],
) -> None:
    ours = Transcript(History(Mark()))

    for version in versions:
        ours.follow(version)

        assert list(ours.items) == version


@given(TRANSCRIPTS)
def test_sequence_numbers_never_go_back_and_what_stays_keeps_its_own(
    versions: list[list[Raw]],
) -> None:
    history = History(Mark())
    ours, highest = Transcript(history), 0
    before: dict[int, bytes] = {}

    for version in versions:
        ours.follow(version)
        now = {record.mark.sequence: record.body for record in ours.records}
        assert all(before[n] == now[n] for n in now if n in before)
        assert all(n > highest for n in now.keys() - before.keys())
        before, highest = now, history.mark.sequence


def test_following_again_what_is_known_changes_nothing() -> None:
    history = History(Mark())
    ours = Transcript(history)
    ours.follow([said("a"), said("b")])
    mark = history.mark

    ours.follow([said("a"), said("b")])

    assert history.mark == mark


@given(
    turns=st.lists(st.integers(1, 5), min_size=1, max_size=40),
    unheard=st.integers(0, 3),
    step=st.integers(1, 7),
)
@pytest.mark.usefixtures("small")
def test_a_kept_conversation_is_the_newest_part_and_holds_no_output_without_its_call(
    turns: list[int], unheard: int, step: int
) -> None:
    whole: list[Raw] = []
    for turn, calls in enumerate(turns):
        whole.append(said(f"turn {turn}"))
        whole += [called(f"{turn}.{n}") for n in range(calls)]
        whole += [answered(f"{turn}.{n}") for n in range(calls)]
        whole.append(encode_item(assistant_text("Done.")))
    whole = whole[: len(whole) - unheard]
    ours = Transcript(History(Mark()))

    for length in range(0, len(whole) + step, step):
        ours.follow(whole[:length])
        kept = ours.items
        assert len(kept) <= 8
        assert not kept or kept[-1] == whole[:length][-1]
        check_accepted(kept)


def check_accepted(kept: tuple[Raw, ...]) -> None:
    items: list[dict[str, Any]] = [json.loads(bytes(raw)) for raw in kept]
    open_calls: set[str] = set()
    for item in items:
        if item["type"] == "function_call":
            open_calls.add(item["call_id"])
        elif item["type"] == "function_call_output":
            assert item["call_id"] in open_calls


def test_a_long_conversation_is_let_go_of_from_its_beginning_at_a_turn() -> None:
    whole: list[Raw] = []
    history = History(Mark())
    ours = Transcript(history)

    for turn in range(MAX_ITEMS):
        whole += [said(f"turn {turn}"), encode_item(assistant_text("Yes."))]
        ours.follow(whole)

    kept = ours.items
    assert 0.7 * MAX_ITEMS < len(kept) <= MAX_ITEMS
    assert list(kept) == whole[-len(kept) :]
    assert b'"role":"user"' in bytes(kept[0])
    assert history.mark.sequence == len(whole), "each item was taken in once"


def test_a_conversation_of_huge_items_is_bounded_too() -> None:
    ours = Transcript(History(Mark()))
    huge = [said(f"{n} " + "x" * 100_000) for n in range(20)]

    ours.follow(huge)

    assert 0 < sum(len(bytes(raw)) for raw in ours.items) <= MAX_ITEM_BYTES
    assert ours.items[-1] == huge[-1]


def test_a_session_that_begins_a_new_conversation_is_followed() -> None:
    ours = Transcript(History(Mark()))
    ours.follow([said(f"old {n}") for n in range(MAX_ITEMS + 1)])
    new = [said(f"new {n}") for n in range(10)]

    ours.follow(new)

    assert list(ours.items) == new


def test_what_is_no_item_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        Transcript(History(Mark())).follow([Raw(b"[]")])
