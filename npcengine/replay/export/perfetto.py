"""Perfetto's own format, written with its own classes: a track an NPC, flows to actions.

The package ``perfetto`` is an extra; it is imported when something is exported, and nowhere else.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from npcengine.errors import UsageError
from npcengine.replay.analysis.model import Analysis
from npcengine.replay.export.tracks import Slice, Track, tracks_of

__all__ = ["perfetto_of"]

_SEQUENCE = 1
"""Of the one writer of this trace."""


def perfetto_of(analysis: Analysis) -> bytes:
    """Return a recording as a Perfetto trace.

    Raises:
        UsageError: The package is not installed.
    """
    try:
        # By name: these modules have no types.
        protos = import_module("perfetto.protos.perfetto.trace.perfetto_trace_pb2")
        builders = import_module("perfetto.trace_builder.proto_builder")
    except ImportError as error:
        raise UsageError(
            "exporting to Perfetto takes its package: pip install 'npcengine[perfetto]'"
        ) from error
    builder = builders.TraceProtoBuilder()
    return _Writer(builder, protos.TrackEvent, analysis.begin_ns).write(analysis)


class _Writer:
    def __init__(self, builder: Any, event_types: Any, zero_ns: int) -> None:
        self._builder = builder
        self._types = event_types
        self._zero_ns = zero_ns
        self._uuids = 0

    def write(self, analysis: Analysis) -> bytes:
        tracks = tracks_of(analysis)
        parents: dict[str, int] = {}
        for track in tracks.tracks:
            if track.group not in parents:
                parents[track.group] = self._describe(track.group, None)
            self._track(track, parents[track.group])
        for counter in tracks.counters:
            uuid = self._describe(counter.name, None, is_counter=True)
            for t_ns, value in counter.values:
                event = self._event(t_ns, self._types.TYPE_COUNTER, uuid)
                event.double_counter_value = value
        data: bytes = self._builder.serialize()
        return data

    def _describe(self, name: str, parent: int | None, *, is_counter: bool = False) -> int:
        self._uuids += 1
        packet = self._builder.add_packet()
        packet.trusted_packet_sequence_id = _SEQUENCE
        packet.track_descriptor.uuid = self._uuids
        packet.track_descriptor.name = name
        if parent is not None:
            packet.track_descriptor.parent_uuid = parent
        if is_counter:
            packet.track_descriptor.counter.SetInParent()
        return self._uuids

    def _track(self, track: Track, parent: int) -> None:
        # What an NPC thinks stands on the track of its own name.
        uuid = parent if track.name == "turns" else self._describe(track.name, parent)
        moments: list[tuple[int, int, int, Slice]] = []
        for depth, piece in enumerate(track.slices):
            # At one moment ends come before beginnings, the inner end first, the outer begin first.
            moments.append((piece.begin_ns, 1, depth, piece))
            moments.append((piece.end_ns, 0 if piece.end_ns > piece.begin_ns else 2, -depth, piece))
        for t_ns, order, _, piece in sorted(moments, key=lambda moment: moment[:3]):
            if order != 1:
                self._event(t_ns, self._types.TYPE_SLICE_END, uuid)
                continue
            event = self._event(t_ns, self._types.TYPE_SLICE_BEGIN, uuid)
            event.name = piece.name
            event.categories.append(piece.category)
            event.flow_ids.extend(piece.flows_out)
            event.terminating_flow_ids.extend(piece.flows_in)
            _annotate(event, piece.args)
        for instant in sorted(track.instants, key=lambda one: one.t_ns):
            event = self._event(instant.t_ns, self._types.TYPE_INSTANT, uuid)
            event.name = instant.name
            event.categories.append(instant.category)
            _annotate(event, instant.args)

    def _event(self, t_ns: int, kind: int, uuid: int) -> Any:
        packet = self._builder.add_packet()
        packet.timestamp = max(t_ns - self._zero_ns, 0)
        packet.trusted_packet_sequence_id = _SEQUENCE
        packet.track_event.type = kind
        packet.track_event.track_uuid = uuid
        return packet.track_event


def _annotate(event: Any, args: Mapping[str, object]) -> None:
    for name, value in args.items():
        annotation = event.debug_annotations.add()
        annotation.name = name
        match value:
            case bool():
                annotation.bool_value = value
            case int():
                annotation.int_value = value
            case float():
                annotation.double_value = value
            case _:
                annotation.string_value = str(value)
