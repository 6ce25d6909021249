"""Plays all loops of ``cache``, and puts together what came of them."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from tools.bench.cache.figures import ClientName, Loop
from tools.bench.cache.result import CacheResult, result_of
from tools.bench.cache.stage import Stage
from tools.bench.cache.steps import CachePlan, Step, steps
from tools.bench.machine import this_machine
from tools.bench.processes import BenchError
from tools.clients.install import MissingError, openai_python

__all__ = ["measure_cache"]


def measure_cache(plan: CachePlan, progress: Callable[[str, float], None]) -> CacheResult:
    """Measure all loops; they take turns, so that a machine that gets busier does so for all.

    Args:
        plan: What to measure.
        progress: Told what runs, and which share of everything is done, 0 to 1.

    Raises:
        BenchError: One of the processes failed, or the SDK's environment cannot be made.
    """
    machine_at_rest = this_machine({})
    sdk_python = None
    if "openai" in plan.clients:
        progress("the official SDK's environment", 0.0)
        try:
            sdk_python = openai_python()
        except MissingError as error:
            raise BenchError(f"{error} (--without openai leaves the SDK out)") from error
    loops: dict[Step, list[Loop]] = {}
    facts: dict[ClientName, dict[str, str]] = {}
    in_order = list(steps(plan))
    whole_s, done_s = sum(step.about_s(plan.rounds) for step in in_order), 0.0
    with TemporaryDirectory(prefix="npcengine-bench-") as folder:
        stage = Stage(Path(folder), plan.rounds, sdk_python)
        for step in in_order:
            progress(f"{step.client} {step.wire} {step.rtt_ms:g} ms", done_s / whole_s)
            client, loop = stage.play(step)
            loops.setdefault(step, []).append(loop)
            facts[step.client] = client.facts
            done_s += step.about_s(plan.rounds)
    progress("done", 1.0)
    versions = this_machine(facts.get("openai", {})).versions
    return result_of(
        plan, loops, facts, msgspec.structs.replace(machine_at_rest, versions=versions)
    )
