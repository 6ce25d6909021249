"""What a run came to, in one JSON object; every number in it was counted in that run."""

import time
from pathlib import Path

import msgspec

from demo_game.game import Game
from demo_game.village.units import TICKS_PER_S
from npcengine import Percentiles

__all__ = ["FrameTimes", "make_report", "write_report"]


class FrameTimes:
    """How long frames took, waiting for the next one not counted."""

    def __init__(self) -> None:
        self._ms: list[float] = []
        self._began_ns = 0

    def begin(self) -> None:
        """A frame begins."""
        self._began_ns = time.perf_counter_ns()

    def end(self) -> float:
        """A frame is over; return how long it took, in milliseconds."""
        self._ms.append((time.perf_counter_ns() - self._began_ns) / 1e6)
        return self._ms[-1]

    def percentiles(self) -> Percentiles:
        """Return the distribution."""
        return Percentiles.of(self._ms)


def make_report(
    game: Game, *, frames: int, seed: int, virtual: bool, times: FrameTimes
) -> dict[str, object]:
    """Return the report of a run that is over, with the bridge still open."""
    stats, scene = game.bridge.stats, game.night_bell
    update, first = stats.update_ms, stats.time_to_first_intention_ms
    frame = times.percentiles()
    return {
        "frames": frames,
        "seed": seed,
        "virtual": virtual,
        "npcs": len(game.troupe.npcs),
        "endpoint": game.bridge.endpoint,
        "transport": game.bridge.transport,
        "link": game.bridge.status.link,
        "link_detail": game.bridge.status.detail,
        "connections": stats.connections,
        "bytes_sent": stats.bytes_sent,
        "bytes_received": stats.bytes_received,
        "turns_completed": stats.turns_completed,
        "turns_failed": stats.turns_failed,
        "max_tool_rounds_in_a_turn": stats.max_tool_rounds_in_a_turn,
        "world_queries": stats.world_queries,
        "query_grades": stats.query_grades,
        "actions_committed": stats.commits,
        "intentions": {
            "hint": stats.hints,
            "prepare": stats.prepares,
            "commit": stats.commits,
            "cancel": stats.cancels,
        },
        "speech_chars": stats.speech_chars,
        "update_ms": {"p50": update.p50, "p99": update.p99, "max": update.max},
        "time_to_first_intention_ms": {"p50": first.p50, "p95": first.p95},
        "frame_ms": {"p50": frame.p50, "p99": frame.p99, "max": frame.max},
        "loop": stats.loop,
        "scene_a": {
            "status": scene.progress,
            "facts_s": {
                fact: None if tick is None else round(tick / TICKS_PER_S, 2)
                for fact, tick in msgspec.structs.asdict(scene.facts).items()
            },
            "gate_locked": game.village.ground.doors["gate"].is_locked,
            "key_holder": game.village.items["gate_key"].holder,
        },
        "world_hash": game.village.world_hash(),
    }


def write_report(path: Path, report: dict[str, object]) -> None:
    """Write a report."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
