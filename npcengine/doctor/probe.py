"""Finds out what a server can by trying it, one trial after another, within a time."""

import asyncio
from collections.abc import Awaitable, Callable

from npcengine.bridge.endpoints import Endpoint
from npcengine.doctor.asking import MAX_OUTPUT_TOKENS, Asking
from npcengine.doctor.server import Server
from npcengine.doctor.trials.answer import answer
from npcengine.doctor.trials.chains import chains, stored_chains
from npcengine.doctor.trials.lanes import (
    AT_ONCE,
    AT_ONCE_THOROUGH,
    NAMES,
    NAMES_THOROUGH,
    lanes,
    warm_up,
)
from npcengine.doctor.trials.manners import cancelling, rude_frames, steering
from npcengine.doctor.wire import Reply
from npcengine.errors import LinkError
from npcengine.policy.prices import PER_UNIT, Price
from npcengine.protocol.incoming import Usage

__all__ = ["cost", "first_answer", "try_the_rest"]

WITHIN_S = 120.0
"""For all trials together; what is not tried by then stays unknown."""

_ANSWERS = 12
"""Requests of all trials but those that run at once, if all are answered."""

_INPUT_TOKENS = 150
"""What one of them is at most, its tool included."""

_Trial = Callable[[Asking], Awaitable[None]]

_OVER_HTTP: tuple[tuple[_Trial, tuple[str, ...]], ...] = (
    (chains, ("calls", "continues", "older", "elsewhere_unstored")),
    (stored_chains, ("elsewhere_stored",)),
)
_TRIALS: tuple[tuple[_Trial, tuple[str, ...]], ...] = (
    *_OVER_HTTP,
    (warm_up, ("warm_up",)),
    (lanes, ("lanes_echoed",)),
    (steering, ("steering",)),
    (cancelling, ("cancelling",)),
    (rude_frames, ("errors",)),
)
"""Each with what it finds out, in an order in which later ones can use what earlier ones found."""


def cost(*, thorough: bool, price: Price | None, currency: str) -> str:
    """Say what all of it may cost, before any of it is done."""
    answers = _ANSWERS + (AT_ONCE_THOROUGH if thorough else AT_ONCE)
    warm_ups = NAMES_THOROUGH if thorough else NAMES
    usage = Usage(
        input_tokens=(answers + warm_ups) * _INPUT_TOKENS,
        output_tokens=answers * MAX_OUTPUT_TOKENS,
    )
    text = (
        f"up to {answers} short answers and {warm_ups} warm-ups within {WITHIN_S:.0f} s: "
        f"at most {usage.input_tokens} tokens in and {usage.output_tokens} out"
    )
    if price is None:
        return f"{text}; what they cost is not known for this model"
    if price.is_nothing:
        return f"{text}, which cost nothing"
    return f"{text}, {price.cost(usage) / PER_UNIT:.3f} {currency}"


async def first_answer(endpoint: Endpoint, server: Server) -> Reply:
    """Ask for one plain answer.

    Raises:
        LinkError: There is no connection, or it was lost.
        TimeoutError: No answer came.
    """
    return await answer(Asking(endpoint, server, thorough=False))


async def try_the_rest(
    endpoint: Endpoint, server: Server, *, thorough: bool, over_http: bool
) -> None:
    """Try everything else of a server that answers; nothing that goes wrong is raised."""
    asking = Asking(endpoint, server, thorough=thorough)
    trials = _OVER_HTTP if over_http else _TRIALS
    try:
        async with asyncio.timeout(WITHIN_S):
            for trial, finds in trials:
                await _try(asking, trial, finds)
    except TimeoutError:
        for _, finds in trials:
            _note_missing(server, finds, f"not tried: {WITHIN_S:g} s were over")


async def _try(asking: Asking, trial: _Trial, finds: tuple[str, ...]) -> None:
    try:
        await trial(asking)
    except TimeoutError:
        _note_missing(asking.server, finds, "it left a request without an answer")
    except LinkError as error:
        _note_missing(asking.server, finds, str(error))


def _note_missing(server: Server, finds: tuple[str, ...], reason: str) -> None:
    for field in finds:
        if getattr(server, field) is None:
            server.unknown.setdefault(field, reason)
