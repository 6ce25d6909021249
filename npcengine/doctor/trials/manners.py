"""Words in the middle of a response, and frames that make no sense."""

import asyncio

from npcengine.clock import NS_PER_MS
from npcengine.doctor.asking import Asking
from npcengine.doctor.wire import Timed, Wire, as_object
from npcengine.errors import LinkLostError

__all__ = ["cancelling", "rude_frames", "steering"]

LONG = "Count from one to one hundred, in words."

SILENCE_S = 3.0
"""How long a frame may go unanswered before that counts as the answer."""

SOON_NS = 250 * NS_PER_MS
"""A response that ends within this time may have been over before anybody asked it to stop."""

_STEERED = ("response.steer.accepted", "response.steer.pending", "response.steer.failed", "error")


async def steering(asking: Asking) -> None:
    """Say something to a response that has begun."""
    server = asking.server
    async with asking.socket() as wire:
        wire.send(asking.request(LONG))
        begun = await wire.until("response.created")
        response_id = _id_in(begun[-1])
        if begun[-1].is_end or not response_id:
            server.unknown["steering"] = "no response began"
            return
        steer = {"previous_response_id": response_id, "input": "Stop, and say goodbye."}
        wire.send({"type": "response.steer", **steer})
        events = await wire.until(*_STEERED)
        if events[-1].type not in _STEERED:
            events += await _a_while_longer(wire)  # it has ended: what is said of that follows
    answer = next((timed for timed in events if timed.type in _STEERED), None)
    if answer is None:
        server.steering = "silence"
    elif answer.type == "error":
        server.steering = "unknown event"
    elif answer.type != "response.steer.failed":
        server.steering = "takes"
    elif _code_in(answer) == "steering_not_supported":
        server.steering = "refuses"
    else:
        server.unknown["steering"] = f"the steer came to nothing: {_code_in(answer)}"


async def cancelling(asking: Asking) -> None:
    """Ask a response to stop that is in the middle of its words."""
    server = asking.server
    async with asking.socket() as wire:
        wire.send(asking.request(LONG))
        begun = await wire.until("response.output_text.delta")
        if begun[-1].is_end:
            server.unknown["cancelling"] = "no response was in the middle of its words"
            return
        response_id = next(filter(None, map(_id_in, begun)), None)
        sent_ns = wire.send({"type": "response.cancel", "response_id": response_id})
        events = await wire.until("error")
    end = events[-1]
    if end.type == "error":
        server.cancelling = "refuses"
    elif end.type != "response.completed":
        server.cancelling = "stops"
    elif events[-1].t_ns - sent_ns > SOON_NS:
        server.cancelling = "goes on"
    else:
        server.unknown["cancelling"] = "the response was over before it could be stopped"


async def rude_frames(asking: Asking) -> None:
    """Send what is no JSON, what is no text and what is no known event."""
    server = asking.server
    async with asking.socket() as wire:
        wire.send({"type": "npcengine.unknown"})
        if (error := await _answer_to_rudeness(wire)) is not None and error.type == "error":
            server.errors = "wrapped" if isinstance(error.event.get("error"), dict) else "flat"
            server.error_status = "status" in error.event or "status_code" in error.event
        else:
            server.unknown["errors"] = "it says nothing to an event that it does not know"
    server.bad_json_keeps_socket = await _is_kept(asking, "{ this is no JSON")
    server.binary_keeps_socket = await _is_kept(asking, None)


async def _is_kept(asking: Asking, text: str | None) -> bool | None:
    """Return whether a socket lives on after a text, or after a binary frame."""
    async with asking.socket() as wire:
        if text is not None:
            wire.send_text(text)
        elif not wire.send_binary():
            return None
        try:
            await _answer_to_rudeness(wire)
            # Nothing, or a complaint: what counts is whether the next is still taken.
            wire.send({"type": "npcengine.unknown"})
            await _answer_to_rudeness(wire)
        except LinkLostError:
            return False
    return True


async def _answer_to_rudeness(wire: Wire) -> Timed | None:
    try:
        return await wire.next(SILENCE_S)
    except TimeoutError:
        return None


async def _a_while_longer(wire: Wire) -> list[Timed]:
    """Return what comes up to an answer to a steer, or until there is silence or nothing more."""
    events: list[Timed] = []
    try:
        async with asyncio.timeout(SILENCE_S):
            while not (events and events[-1].type in _STEERED):
                events.append(await wire.next())
    except (TimeoutError, LinkLostError):
        pass
    return events


def _code_in(timed: Timed) -> str:
    return str(as_object(timed.event.get("error")).get("code") or "no reason given")


def _id_in(timed: Timed) -> str | None:
    return as_object(timed.event.get("response")).get("id")
