"""Sends a request upstream, again if it was not taken, and says why it was not in the end.

Only here is anything sent twice, and only while nobody has begun to answer: connections that were
refused or lost before the head of an answer, and servers that say they are not ready. An answer
that has begun is the client's to ask for again.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec

from npcengine.errors import ConnectError, LinkLostError
from npcengine.server.faults import RequestError
from npcengine.server.minds.upstream.failures import refusal_of, unreachable
from npcengine.server.minds.upstream.plan import Plan
from npcengine.transport.client import HttpAnswer, HttpClient

__all__ = ["post"]

MAX_REFUSAL_BYTES = 64 * 1024
"""As much of a refusal as is read."""

FIRST_WAIT_S = 0.25
"""Before the second try; four times as long before each one after it."""

MAX_WAIT_S = 4.0
"""The longest wait that is ours to sit out; a longer one is the client's to know of."""

_NOT_READY = {429, 502, 503, 504}


@asynccontextmanager
async def post(
    client: HttpClient, plan: Plan, path: str, body: bytes
) -> AsyncGenerator[HttpAnswer]:
    """Hand out the answer to a request, whose stream has begun.

    Raises:
        RequestError: There is none, and why.
    """
    async with AsyncExitStack() as stack:
        yield await _taken(stack, client, plan, path, body)


async def _taken(
    stack: AsyncExitStack, client: HttpClient, plan: Plan, path: str, body: bytes
) -> HttpAnswer:
    wait_s = FIRST_WAIT_S
    for tries_left in reversed(range(plan.tries + 1)):
        outcome = await _ask(stack, client, plan, path, body)
        if isinstance(outcome, HttpAnswer):
            return outcome
        wait_s = max(wait_s, outcome.wait_s)
        if not tries_left or not outcome.may_pass or wait_s > MAX_WAIT_S:
            raise outcome.error
        await asyncio.sleep(wait_s)
        wait_s *= 4
    raise AssertionError("unreachable")


class _Refused(msgspec.Struct, frozen=True):
    error: RequestError
    may_pass: bool = True
    """Whether asking again soon may help."""
    wait_s: float = 0.0
    """How long we were asked to wait."""


async def _ask(
    stack: AsyncExitStack, client: HttpClient, plan: Plan, path: str, body: bytes
) -> HttpAnswer | _Refused:
    """Try once; what is to be closed after the answer is left with the stack."""
    try:
        async with AsyncExitStack() as own:
            asked = client.ask("POST", path, body, within_s=plan.first_s)
            answer = await own.enter_async_context(asked)
            if answer.status != 200 or not _is_stream(answer):
                return await _refused(answer, plan)
            stack.push_async_exit(own.pop_all())
            return answer
    except ConnectError as error:
        reason = f"{error.reason}. Is it running?"
        return _Refused(unreachable(plan.shown, reason), may_pass=error.retryable)
    except LinkLostError as error:
        return _Refused(unreachable(plan.shown, error.reason, status=502))
    except TimeoutError:
        reason = f"nothing within {plan.first_s:g} s"
        return _Refused(unreachable(plan.shown, reason, status=504), may_pass=False)


async def _refused(answer: HttpAnswer, plan: Plan) -> _Refused:
    if answer.status == 200:
        reason = "it sends no stream of events"
        return _Refused(unreachable(plan.shown, reason, status=502), may_pass=False)
    body = await answer.whole(within_s=plan.silence_s, most_bytes=MAX_REFUSAL_BYTES)
    error = refusal_of(answer.status, answer.headers, body)
    wait_s = _seconds(answer.headers.get("retry-after", ""))
    return _Refused(error, may_pass=answer.status in _NOT_READY, wait_s=wait_s)


def _is_stream(answer: HttpAnswer) -> bool:
    kind = answer.headers.get("content-type", "").partition(";")[0]
    return kind.strip().lower() == "text/event-stream"


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0
