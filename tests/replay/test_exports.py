"""What other programs are given to show, checked with their own schemas."""

import json
import re
from base64 import b64encode
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict  # type: ignore[import-untyped, unused-ignore]
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from npcengine.replay.analysis.model import Analysis
from npcengine.replay.analysis.reading import read_analysis
from npcengine.replay.export.chrome import chrome_of
from npcengine.replay.export.genai import ATTRIBUTES, OPERATIONS, SCHEMA_URL
from npcengine.replay.export.otlp import otlp_of
from npcengine.replay.export.perfetto import perfetto_of

Json = dict[str, Any]

# By name: it has no types.
protos: Any = import_module("perfetto.protos.perfetto.trace.perfetto_trace_pb2")


@pytest.fixture(scope="module")
def analysis(evening: Path) -> Analysis:
    return read_analysis(evening)


# --- Chrome -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chrome(analysis: Analysis) -> list[Json]:
    events: list[Json] = json.loads(chrome_of(analysis))["traceEvents"]
    return events


def test_slices_of_one_thread_nest_or_follow_each_other(chrome: list[Json]) -> None:
    threads: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for event in chrome:
        if event["ph"] == "X":
            threads.setdefault((event["pid"], event["tid"]), []).append(
                (round(event["ts"], 3), round(event["ts"] + event["dur"], 3))
            )

    assert len(threads) > 6
    for slices in threads.values():
        open_until: list[float] = []
        for begin, end in sorted(slices, key=lambda one: (one[0], -one[1])):
            while open_until and open_until[-1] <= begin:
                open_until.pop()
            assert not open_until or end <= open_until[-1]
            open_until.append(end)


def test_every_npc_that_thinks_is_a_process_with_threads_of_its_own(
    chrome: list[Json], analysis: Analysis
) -> None:
    names = {event["args"]["name"] for event in chrome if event["name"] == "process_name"}

    assert names == {"game", *(turn.npc for turn in analysis.turns)}


def test_flows_of_chrome_begin_and_end_once(chrome: list[Json]) -> None:
    begun = [event["id"] for event in chrome if event["ph"] == "s"]
    ended = [event["id"] for event in chrome if event["ph"] == "f"]

    assert begun
    assert sorted(begun) == sorted(ended)
    assert len(set(begun)) == len(begun)


# --- Perfetto -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def perfetto(analysis: Analysis) -> Any:
    trace = protos.Trace()
    trace.ParseFromString(perfetto_of(analysis))
    return trace


def test_an_npc_is_a_track_and_what_is_its_lies_below(perfetto: Any, analysis: Analysis) -> None:
    tracks = [p.track_descriptor for p in perfetto.packet if p.HasField("track_descriptor")]
    top = {track.name: track.uuid for track in tracks if not track.HasField("parent_uuid")}

    assert len({track.uuid for track in tracks}) == len(tracks)
    assert {turn.npc for turn in analysis.turns} < set(top)
    for turn in analysis.turns:
        below = {t.name for t in tracks if t.parent_uuid == top[turn.npc]}
        assert any(name.startswith("responses") for name in below)


def test_every_slice_that_begins_on_a_track_ends_there_in_time(perfetto: Any) -> None:
    open_on: dict[int, list[int]] = {}
    for packet in perfetto.packet:
        if not packet.HasField("track_event"):
            continue
        event = packet.track_event
        if event.type == protos.TrackEvent.TYPE_SLICE_BEGIN:
            open_on.setdefault(event.track_uuid, []).append(packet.timestamp)
        elif event.type == protos.TrackEvent.TYPE_SLICE_END:
            assert open_on[event.track_uuid].pop() <= packet.timestamp

    assert open_on
    assert not any(open_on.values())


def test_a_flow_leads_from_a_response_to_each_action_that_came_of_it(
    perfetto: Any, analysis: Analysis
) -> None:
    events = [p.track_event for p in perfetto.packet if p.HasField("track_event")]
    begun = Counter(flow for event in events for flow in event.flow_ids)
    ended = {flow: event.name for event in events for flow in event.terminating_flow_ids}

    actions = [one.action for turn in analysis.turns for one in turn.intentions]
    assert Counter(ended.values()) == Counter(actions)
    assert set(begun) == set(ended)


# --- OpenTelemetry ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def otlp(analysis: Analysis) -> Json:
    data: Json = json.loads(otlp_of(analysis))
    return data


def spans_of(otlp: Json) -> list[Json]:
    return [
        span for one in otlp["resourceSpans"] for two in one["scopeSpans"] for span in two["spans"]
    ]


def attributes_of(span: Json) -> Json:
    return {one["key"]: next(iter(one["value"].values())) for one in span["attributes"]}


def test_the_schema_of_otlp_takes_every_field(otlp: Json) -> None:
    data = _without_hex_ids(otlp)

    parsed = ParseDict(data, TracesData(), ignore_unknown_fields=False)

    assert len(parsed.resource_spans[0].scope_spans[0].spans) == len(spans_of(otlp))
    assert parsed.resource_spans[0].scope_spans[0].schema_url == SCHEMA_URL


def _without_hex_ids(data: Json) -> Json:
    """Return OTLP-JSON as protobuf's own JSON has it: there ids are base64, and not hexadecimal."""
    text = re.sub(
        r'"(traceId|spanId|parentSpanId)": "([0-9a-f]+)"',
        lambda match: f'"{match[1]}": "{b64encode(bytes.fromhex(match[2])).decode()}"',
        json.dumps(data),
    )
    plain: Json = json.loads(text)
    return plain


def test_ids_have_their_size_and_are_used_once(otlp: Json) -> None:
    spans = spans_of(otlp)

    assert {len(span["traceId"]) for span in spans} == {32}
    assert {len(span["spanId"]) for span in spans} == {16}
    assert len({(span["traceId"], span["spanId"]) for span in spans}) == len(spans)


def test_a_turn_is_a_trace_with_its_requests_and_tools_below(
    otlp: Json, analysis: Analysis
) -> None:
    spans = spans_of(otlp)
    roots = [span for span in spans if "parentSpanId" not in span]
    by_operation = Counter(attributes_of(span)[ATTRIBUTES["operation"]] for span in spans)

    assert len(roots) == len({span["traceId"] for span in spans}) == len(analysis.turns)
    assert {root["traceId"]: root["spanId"] for root in roots} == {
        span["traceId"]: span["parentSpanId"] for span in spans if "parentSpanId" in span
    }
    calls = sum(len(turn.questions) + len(turn.intentions) for turn in analysis.turns)
    assert by_operation == {
        OPERATIONS["turn"]: len(analysis.turns),
        OPERATIONS["exchange"]: len(analysis.exchanges),
        OPERATIONS["question"]: calls,
    }


def test_only_names_of_the_pinned_conventions_or_our_own_are_used(otlp: Json) -> None:
    names = {name for span in spans_of(otlp) for name in attributes_of(span)}

    assert {name for name in names if not name.startswith("npcengine.")} <= set(ATTRIBUTES.values())
    assert ATTRIBUTES["first_token_s"] in names


def test_nothing_that_was_said_leaves_with_the_spans(otlp: Json, analysis: Analysis) -> None:
    text = json.dumps(otlp)

    assert [turn.words for turn in analysis.turns if turn.words and turn.words in text] == []


def test_spans_lie_in_the_time_of_the_recording(otlp: Json, analysis: Analysis) -> None:
    year_2020_ns = 1_577_836_800 * 10**9

    for span in spans_of(otlp):
        assert year_2020_ns < int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
