"""The gateway of ``cache``: npcengine's own, with the mind that reads, telling what it took.

It keeps no word of what it does to a request but what ``npcengine serve --stats --json`` prints,
and beside it the CPU time that its process had used up by then.
"""

import argparse
import asyncio
import sys
import time

import msgspec

from npcengine.server.gateway import Gateway
from npcengine.server.tally import TurnWork
from npcengine.server.tokens import count_tokens
from npcengine.transport.listen import listen
from tools.bench.cache.mind import ReadingMind
from tools.bench.cache.plan import read_plan
from tools.bench.line import print_line
from tools.bench.loop import new_loop
from tools.bench.until_told import until_told

__all__ = ["GatewayReport", "Served", "main"]


class Served(msgspec.Struct, frozen=True):
    """One response."""

    work: TurnWork
    cpu_ns: int
    """CPU time that the process had used when the response was ready to end. Between two of them
    lies what one request takes in all: the end of the one before, reading, work and writing."""


class GatewayReport(msgspec.Struct, frozen=True):
    """What the gateway noted."""

    served: list[Served]


async def _serve(gateway: Gateway) -> None:
    listener = await listen(gateway, "127.0.0.1", 0)
    print_line({"port": listener.port})
    await until_told()
    await listener.close()
    await gateway.close()


def main() -> int:
    """Serve until told to stop; print the port first and a report last, as JSON lines."""
    parser = argparse.ArgumentParser(description="The gateway of tools.bench; see `cache`.")
    parser.add_argument("--plan", required=True)
    parser.add_argument("--tokens", type=int, required=True)
    parser.add_argument("--tokens-per-s", type=float, required=True)
    chosen = parser.parse_args()
    gateway = Gateway(ReadingMind(tokens=chosen.tokens, tokens_per_s=chosen.tokens_per_s))
    for page in read_plan(chosen.plan).pages:
        count_tokens(page)  # a gateway that has run for a minute knows the words of its game
    served: list[Served] = []
    gateway.tally.report = lambda work: served.append(Served(work, time.process_time_ns()))
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(_serve(gateway))
    print_line(GatewayReport(served))
    return 0


if __name__ == "__main__":
    sys.exit(main())
