"""Where loops are played, each with a gateway, a relay and a client of its own."""

import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tools.bench.cache.figures import ClientName, ClientReport, Loop, loop_of
from tools.bench.cache.gateway import GatewayReport
from tools.bench.cache.pages import pages
from tools.bench.cache.relay import RelayReport
from tools.bench.cache.steps import PAGE_TOKENS, TOKENS, TOKENS_PER_S, Step
from tools.bench.processes import BenchError, ended, port_of, read_report, started

__all__ = ["Stage"]

LIMIT_S = 60.0
"""How long a client may take in all; the longest loop takes ten seconds."""

GATEWAY, RELAY = "tools.bench.cache.gateway", "tools.bench.cache.relay"


class Stage:
    """See the top of this file."""

    def __init__(self, folder: Path, rounds: int, sdk_python: str | None) -> None:
        """Write down what there is to read.

        Args:
            folder: Where plans are kept.
            rounds: Calls in a loop.
            sdk_python: The interpreter that has the SDK, if it is to play.

        Raises:
            BenchError: npcengine could not say what the SDK should ask.
        """
        self._folder = folder
        self._rounds = rounds
        self._sdk_python = sdk_python
        self._pages = pages(rounds, PAGE_TOKENS)
        self._plans: dict[ClientName, str] = {"npcengine": self._write("npcengine", {})}
        if sdk_python is not None:
            # The SDK asks what npcengine asks: instructions, tools and words, to the letter.
            rehearsal, _ = self.play(Step("npcengine", "ws", 0, TOKENS))
            self._plans["openai"] = self._write("openai", rehearsal.request)

    def play(self, step: Step) -> tuple[ClientReport, Loop]:
        """Play one loop.

        Raises:
            BenchError: One of the processes did not do its part.
        """
        plan = self._plans[step.client]
        client = f"tools.bench.cache.client_{step.client}"
        python = self._sdk_python if step.client == "openai" else None
        speed = ("--tokens", str(step.tokens), "--tokens-per-s", str(TOKENS_PER_S))
        with started(GATEWAY, "--plan", plan, *speed) as serving:
            near = str(port_of(serving, GATEWAY))
            with started(RELAY, "--port", near, "--rtt-ms", str(step.rtt_ms)) as relaying:
                far = str(port_of(relaying, RELAY))
                told = ("--wire", step.wire, "--port", far, "--near-port", near, "--plan", plan,
                        "--rounds", str(self._rounds))  # fmt: skip
                with started(client, *told, python=python or sys.executable) as asking:
                    said = ended(client, asking, LIMIT_S)
                passed = read_report(ended(RELAY, relaying), RelayReport, RELAY)
            served = read_report(ended(GATEWAY, serving), GatewayReport, GATEWAY)
        report = read_report(said, ClientReport, client)
        loop_and_one_before = served.served[-(self._rounds + 2) :]
        try:
            loop = loop_of(report, passed.exchanges, loop_and_one_before, step.wire)
        except ValueError as error:
            raise BenchError(f"{step.client} over {step.wire}: {error}") from error
        return report, loop

    def _write(self, name: str, request: Mapping[str, object]) -> str:
        path = self._folder / f"{name}.json"
        path.write_bytes(msgspec.json.encode({"pages": self._pages, "request": request}))
        return str(path)
