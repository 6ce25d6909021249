"""``events``: what one received event costs the client's processor, for three clients.

Each client runs in a fresh process of its own against a fresh generator, and the clients take
turns within every round, so that a machine that gets slower or busier does so for all of them.
Which client begins changes from round to round.
"""

import importlib.util
import sys
from collections.abc import Callable, Iterator

import msgspec

from npcengine.transport.dial import LIBRARY_VARIABLE
from tools.bench.client import Feed
from tools.bench.figures import CLIENTS, ClientName, Figures, figures
from tools.bench.machine import Machine, this_machine
from tools.bench.processes import BenchError, Run, run
from tools.clients.install import MissingError, openai_python

__all__ = ["EventsPlan", "EventsResult", "everybody_but", "measure_events"]

TOKENS = 1_000
"""Deltas in a response: arguments of about 4,400 characters, and one second at 1,000 tokens/s. A
saturated socket then brings a response in one read, about as much as a loop reads at once anyway.
Measured with other numbers, npcengine's saturated events cost 40 % more at 100 tokens, where every
tenth read brings a new turn or round, and 8 % more at 4,000, where the arguments are long."""

_CLIENTS: dict[ClientName, tuple[str, dict[str, str]]] = {
    "floor": ("client_floor", {}),
    "npcengine": ("client_npcengine", {LIBRARY_VARIABLE: "websockets"}),
    "npcengine_fast": ("client_npcengine", {LIBRARY_VARIABLE: "picows"}),
    "openai": ("client_openai", {}),
}
"""The module of each client, and what it finds in its environment."""

Progress = Callable[[str, float], None]
"""Told what runs, and which share of everything is done, 0 to 1."""


class EventsPlan(msgspec.Struct, frozen=True):
    """What to measure."""

    clients: tuple[ClientName, ...]
    rounds: int
    seconds: float
    """How long each client is measured, in each mode of each round."""
    warm_up_s: float
    npcs: int
    tokens_per_s: float
    """Per NPC, in the paced mode."""


class EventsResult(msgspec.Struct, frozen=True):
    """What was measured."""

    saturated: Figures
    paced: Figures
    machine: Machine


def measure_events(plan: EventsPlan, progress: Progress) -> EventsResult:
    """Measure all clients in both modes; takes a few seconds for each client, mode and round.

    Raises:
        BenchError: One of the processes failed, or the SDK's environment cannot be made.
    """
    machine_at_rest = this_machine({})
    pythons: dict[ClientName, str] = dict.fromkeys(plan.clients, sys.executable)
    if "openai" in plan.clients:
        progress("the official SDK's environment", 0.0)
        try:
            pythons["openai"] = openai_python()
        except MissingError as error:
            raise BenchError(f"{error} (--without openai leaves the SDK out)") from error
    saturated: dict[ClientName, list[Run]] = {client: [] for client in plan.clients}
    paced: dict[ClientName, list[Run]] = {client: [] for client in plan.clients}
    feed = Feed(0, plan.npcs, plan.warm_up_s, plan.seconds)
    steps = list(_steps(plan))
    for done, (client, is_paced) in enumerate(steps):
        mode = "paced" if is_paced else "saturated"

        def tick(share: float, text: str = f"{mode}: {client}", done: int = done) -> None:
            progress(text, (done + share) / len(steps))

        module, environment = _CLIENTS[client]
        measured = run(
            f"tools.bench.{module}",
            environment=environment,
            python=pythons[client],
            feed=feed,
            tokens=TOKENS,
            tokens_per_s=plan.tokens_per_s if is_paced else 0.0,
            tick=tick,
        )
        (paced if is_paced else saturated)[client].append(measured)
    progress("done", 1.0)
    sdk = saturated["openai"][0].client.facts if "openai" in plan.clients else {}
    machine = msgspec.structs.replace(machine_at_rest, versions=this_machine(sdk).versions)
    return EventsResult(figures(saturated), figures(paced), machine)


def _steps(plan: EventsPlan) -> Iterator[tuple[ClientName, bool]]:
    """Yield every client and whether it is paced, in the order to run them."""
    for number in range(plan.rounds):
        for is_paced in (False, True):
            first = number % len(plan.clients)
            for client in (*plan.clients[first:], *plan.clients[:first]):
                yield client, is_paced


def everybody_but(without: list[str]) -> tuple[ClientName, ...]:
    """Return the clients to measure: all but ``without``, and what is not installed."""
    if importlib.util.find_spec("picows") is None:
        without = [*without, "npcengine_fast"]
    return tuple(client for client in CLIENTS if client not in without)
