"""A plain answer: how soon it begins, how fast it comes, and what its events carry."""

from npcengine.clock import NS_PER_S
from npcengine.doctor.asking import Asking
from npcengine.doctor.wire import Reply

__all__ = ["answer"]

ENOUGH_DELTAS = 3
"""Fewer say nothing of how fast they come."""


async def answer(asking: Asking) -> Reply:
    """Ask for one, and return it whatever it is."""
    async with asking.socket() as wire:
        reply = await wire.reply_to(asking.request("Count from one to twenty, in words."))
    if reply.is_good:
        _measure(asking, reply)
    return reply


def _measure(asking: Asking, reply: Reply) -> None:
    server, deltas = asking.server, reply.deltas
    server.sequence_numbers = all("sequence_number" in timed.event for timed in reply.events)
    output_tokens = reply.tokens("output_tokens")
    server.usage = output_tokens is not None
    if not deltas:
        server.unknown["first_token_ms"] = "the answer came without deltas"  # noqa: S105
        return
    server.first_token_ms = round(reply.ms_to(deltas[0]), 1)
    took_ns = deltas[-1].t_ns - deltas[0].t_ns
    if len(deltas) < ENOUGH_DELTAS or not took_ns:
        server.unknown["tokens_per_s"] = "the answer came in too few pieces to tell"
        return
    # The first token was there when the time began.
    tokens = (output_tokens or len(deltas)) - 1
    server.tokens_per_s = round(tokens / (took_ns / NS_PER_S), 1)
