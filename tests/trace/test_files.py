"""Recordings as files: what was written is read back, a torn one up to where it is whole."""

import gzip
import string
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from npcengine.clock import ManualClock
from npcengine.errors import TraceError
from npcengine.trace import records
from npcengine.trace.reader import TraceReader, read_trace
from npcengine.trace.scrub import Scrubber
from npcengine.trace.sink import Sink
from npcengine.trace.writer import TraceWriter

HEADER = records.Header(
    version=records.VERSION,
    engine="0",
    python="3",
    platform="here",
    started="2026-01-01T00:00:00+00:00",
    t_ns=0,
    endpoint="local:",
    transport="websocket",
    model="m",
    loop="virtual",
    switch_interval_ms=None,
    seed=0,
    stall_ms=None,
    prefetch=False,
    tool_rounds=8,
    capabilities=Raw(b"{}"),
    deadlines=Raw(b"{}"),
    budget=Raw(b"{}"),
    prices=Raw(b"{}"),
)

# Any text that can be written: no halves of characters. Stars are what secrets become.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
names = st.text(string.ascii_lowercase, min_size=1, max_size=8)
numbers = st.integers(0, 2**53)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
).map(lambda value: Raw(msgspec.json.encode(value)))

lines = st.one_of(
    st.builds(records.Perceived, numbers, numbers, names, json_values, st.booleans()),
    st.builds(records.Answered, numbers, numbers, names, texts, texts, names),
    st.builds(records.Frames, numbers, numbers, numbers, st.lists(texts, max_size=4)),
    st.builds(records.Ticked, numbers, numbers, numbers, st.floats(0, 1)),
    st.builds(records.TimerFired, numbers, numbers, names, texts, texts),
    st.builds(records.Sent, numbers, texts),
    st.builds(
        records.Committed, names, numbers, numbers, texts, names, json_values, st.floats(0, 1e12)
    ),
    st.builds(records.TurnOver, names, numbers, names, numbers, texts, texts),
    st.builds(
        records.Frame,
        numbers,
        numbers,
        st.floats(0, 1),
        numbers,
        numbers,
        st.lists(st.builds(records.Seen, names, numbers, numbers, names, speech=texts), max_size=2),
        st.lists(st.tuples(names, texts), max_size=2),
        st.lists(st.builds(records.Fate, names, numbers, texts, st.just("hint")), max_size=2),
    ),
    st.builds(records.Input, numbers, numbers, json_values),
    st.builds(records.Mark, numbers, numbers, names, names, json_values),
    st.builds(records.Validity, names, numbers, st.just("suspect"), texts),
)


def as_it_is(record: object) -> records.Record:
    return cast("records.Record", record)


def write(path: Path, *written: records.Record) -> None:
    writer = TraceWriter(Sink(path), as_it_is, scrubber=Scrubber(), now_ns=ManualClock(7).now_ns)
    for line in (HEADER, *written):
        writer.put(line)
    assert writer.close()


def same(one: list[records.Record], other: list[records.Record]) -> bool:
    return list(map(msgspec.json.encode, one)) == list(map(msgspec.json.encode, other))


@given(st.lists(lines, max_size=12), st.sampled_from(["a.jsonl", "a.npctrace"]))
def test_whatever_was_written_is_read_back(written: list[records.Record], name: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path, *written)

        header, read = read_trace(path)

    *read, end = read
    assert header == HEADER
    assert same(read, written)
    assert end == records.End(7, len(written) + 1)


@given(st.lists(lines, min_size=1, max_size=6), st.data())
def test_a_file_cut_anywhere_holds_the_beginning_of_what_was_written(
    written: list[records.Record], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        name = data.draw(st.sampled_from(["a.jsonl", "a.npctrace"]))
        path = Path(folder) / name
        write(path, *written)
        whole = path.read_bytes()
        path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])

        try:
            reader = TraceReader(path)
        except TraceError:
            return  # not even its header is there
        read = list(reader)

    if reader.end is not None:
        read.pop()
    assert same(read, written[: len(read)])


def test_a_line_that_is_damaged_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write(path, records.Sent(0, "one"), records.Sent(0, "two"))
    path.write_bytes(path.read_bytes().replace(b'"one"', b'"one'))

    with pytest.raises(TraceError, match=r"a\.jsonl:2: the line is damaged"):
        read_trace(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "nothing in it"),
        (b"\x89PNG\r\n", "no recording of npcengine"),
        (b'{"k": "something"}\n', "no recording of npcengine"),
        (b'{"k": "npctrace", "version": 99}\n', "later npcengine"),
        (b'{"k": "npctrace", "version": 1}\n', "header is damaged"),
        (gzip.compress(b"hello\n"), "no recording of npcengine"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff\xff", "damaged"),
    ],
)
def test_what_is_no_recording_gets_one_clear_line(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "a.npctrace"
    path.write_bytes(content)

    with pytest.raises(TraceError, match=says) as error:
        read_trace(path)

    assert "\n" not in str(error.value)


def test_a_record_that_cannot_be_written_costs_no_other(tmp_path: Path) -> None:
    def convert(record: object) -> records.Record:
        if not isinstance(record, records.Line):
            raise RuntimeError(  # noqa: TRY004 - what iterating meets when another thread writes
                "dictionary changed size during iteration"
            )
        return as_it_is(record)

    path = tmp_path / "a.jsonl"
    writer = TraceWriter(Sink(path), convert, scrubber=Scrubber(), now_ns=ManualClock().now_ns)
    for record in (HEADER, "what is this", records.Sent(0, "on")):
        writer.put(record)
    assert writer.close()

    _, read = read_trace(path)
    assert read == [records.Sent(0, "on"), records.End(0, 2, 1)]
    assert writer.lost == 1
    assert "changed size" in str(writer.error)
