"""Where the figures of :class:`~npcengine.bridge.stats.BridgeStats` are found."""

from npcengine.bridge.admission import Admission
from npcengine.bridge.delivery import Delivery
from npcengine.bridge.engine import Engine
from npcengine.bridge.loop import LoopHost, SteppedLoop
from npcengine.bridge.mailbox import Mailbox
from npcengine.bridge.stats import BridgeStats, Samples
from npcengine.clock import NS_PER_MS

__all__ = ["count"]


def count(
    engine: Engine,
    delivery: Delivery,
    admission: Admission,
    mailbox: Mailbox,
    host: LoopHost,
    *,
    ticks: int,
    update_ms: Samples,
    switch_interval_ms: float | None,
) -> BridgeStats:
    """Return what a bridge's parts have counted (frame thread)."""
    supervisor, meter = engine.supervisor, engine.meter()
    tally = supervisor.tally
    return BridgeStats(
        ticks=ticks,
        turns_completed=delivery.turns_completed,
        turns_failed=delivery.turns_failed,
        turns_interrupted=delivery.turns_interrupted,
        interruptions=delivery.interruptions,
        last_failure=delivery.last_failure,
        max_tool_rounds_in_a_turn=delivery.max_rounds,
        world_queries=tally.questions,
        query_grades=dict(tally.grades),
        query_overruns=dict(tally.overruns),
        told_ahead=tally.told_ahead,
        told_ahead_hit_rate=1 - tally.asked_all_the_same / max(1, tally.told_ahead),
        late_answers=tally.late_answers + delivery.came_late,
        deadlines_missed=tally.deadlines_missed,
        hints=delivery.hints,
        prepares=delivery.prepares,
        commits=delivery.commits,
        cancels=delivery.cancels,
        drops=dict(admission.drops),
        speech_chars=delivery.speech_chars,
        edges_dropped=mailbox.dropped,
        update_overruns=delivery.overruns,
        update_ms=update_ms.percentiles(),
        time_to_first_intention_ms=delivery.first_intention_ms.percentiles(),
        connections=supervisor.pool.opened,
        bytes_sent=meter.bytes_sent,
        bytes_received=meter.bytes_received,
        frames_received=meter.frames_received,
        reads=meter.reads,
        frames_refused=supervisor.frames_refused,
        last_refusal=supervisor.last_refusal,
        loop=host.name,
        loop_cpu_ms=0.0 if isinstance(host, SteppedLoop) else engine.cpu_ns / NS_PER_MS,
        switch_interval_ms=switch_interval_ms or 0.0,
    )
