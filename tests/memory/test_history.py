"""Marks and fingerprints: what they stand for, and that nothing else does."""

from hypothesis import given
from hypothesis import strategies as st

from npcengine.memory.history import History, Kept, Kind, Mark, Record, fingerprint

KINDS: list[Kind] = ["item", "episode", "fact"]
PASTS = st.lists(st.tuples(st.sampled_from(KINDS), st.binary(max_size=2)), max_size=4)


def lived(past: list[tuple[Kind, bytes]]) -> tuple[Mark, list[Record]]:
    history = History(Mark())
    records = [history.record(kind, body) for kind, body in past]
    return history.mark, records


@given(PASTS, PASTS)
def test_two_are_at_one_mark_exactly_when_they_took_in_the_same(
    one: list[tuple[Kind, bytes]], other: list[tuple[Kind, bytes]]
) -> None:
    assert (lived(one)[0] == lived(other)[0]) == (one == other)


@given(PASTS, st.tuples(st.sampled_from(KINDS), st.binary(max_size=2)))
def test_what_comes_last_does_not_hide_what_came_before(
    past: list[tuple[Kind, bytes]], last: tuple[Kind, bytes]
) -> None:
    mark, _ = lived([*past, ("item", b"a"), last])
    other, _ = lived([*past, ("item", b"b"), last])

    assert mark.sequence == other.sequence
    assert mark.digest != other.digest


@given(PASTS.filter(bool), st.data())
def test_a_record_is_sound_only_with_its_own_content_in_its_own_place(
    past: list[tuple[Kind, bytes]], data: st.DataObject
) -> None:
    record = data.draw(st.sampled_from(lived(past)[1]))
    place = record.mark.sequence

    assert record.is_sound
    assert not Record(record.kind, record.body + b"x", record.after, record.mark).is_sound
    assert not Record(record.kind, record.body, b"", record.mark).is_sound
    moved = Mark(place + 1, record.mark.digest)
    assert not Record(record.kind, record.body, record.after, moved).is_sound


@given(st.lists(st.binary(max_size=3), max_size=4), st.lists(st.binary(max_size=3), max_size=4))
def test_no_two_lists_of_parts_have_one_fingerprint(one: list[bytes], other: list[bytes]) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (one == other)


@given(PASTS, st.data())
def test_what_is_kept_has_one_fingerprint_in_any_order_and_another_without_a_part(
    past: list[tuple[Kind, bytes]], data: st.DataObject
) -> None:
    mark, records = lived(past)
    whole = Kept(mark, tuple(records)).fingerprint()

    shuffled = data.draw(st.permutations(records))

    assert Kept(mark, tuple(shuffled)).fingerprint() == whole
    assert not records or Kept(mark, tuple(records[1:])).fingerprint() != whole
