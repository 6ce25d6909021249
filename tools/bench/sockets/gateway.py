"""The gateway of ``sockets``: npcengine's own with its practice mind, open to so many sockets."""

import argparse
import asyncio
import os
import sys

from npcengine.server.gateway import Gateway
from npcengine.server.limits import Limits
from npcengine.server.minds.registry import make_mind
from npcengine.transport.listen import listen
from tools.bench.line import print_line
from tools.bench.loop import new_loop
from tools.bench.sockets.process import allow_files
from tools.bench.until_told import until_told

__all__ = ["main"]


async def _serve(gateway: Gateway) -> None:
    listener = await listen(gateway, "127.0.0.1", 0)
    print_line({"port": listener.port, "pid": os.getpid()})
    await until_told()
    # Nobody waits for two thousand good-byes.
    os._exit(0)


def main() -> int:
    """Serve until told to stop; print the port and the process as a JSON line."""
    parser = argparse.ArgumentParser(description="The gateway of tools.bench; see `sockets`.")
    parser.add_argument("--sockets", type=int, required=True)
    chosen = parser.parse_args()
    allow_files(chosen.sockets)
    mind = make_mind("practice?ttft_ms=0&tokens_per_s=0")
    gateway = Gateway(mind, limits=Limits(connections=chosen.sockets + 16))
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(_serve(gateway))
    return 0


if __name__ == "__main__":
    sys.exit(main())
