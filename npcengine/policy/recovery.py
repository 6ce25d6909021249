"""What to do when a response came to a bad end."""

from enum import Enum, auto

from npcengine.protocol.changes import Outcome, Phase
from npcengine.protocol.incoming import ErrorInfo

__all__ = ["MAX_ATTEMPTS", "TOO_OLD", "Recovery", "is_servers_fault", "recovery_for"]

MAX_ATTEMPTS = 4
"""Requests for one round of a turn, the first included."""

TOO_OLD = "websocket_connection_limit_reached"
"""The error of a connection that takes no more requests because of its age."""

_BUSY_CODES = {"rate_limit_exceeded", "server_is_overloaded", "websocket_queue_full"}


class Recovery(Enum):
    """The ways to go on."""

    RESEND = auto()
    """Tell everything again, at once, on the same connection."""
    WAIT = auto()
    """Tell everything again after a while."""
    RECONNECT = auto()
    """Tell everything again on a new connection."""
    GIVE_UP = auto()
    """End the turn: asking again would not help, or the player has seen too much to start over."""


def recovery_for(outcome: Outcome, *, output_seen: bool, attempt: int) -> Recovery:
    """Choose how to go on after a response that did not complete.

    Args:
        outcome: How it ended.
        output_seen: Whether any of it reached the game. A request whose answer has begun to show
            is never sent again blindly.
        attempt: Requests made for this round so far, from 1.
    """
    if output_seen or attempt >= MAX_ATTEMPTS:
        return Recovery.GIVE_UP
    match outcome.phase:
        case Phase.LOST:
            return Recovery.RECONNECT
        case Phase.REFUSED | Phase.FAILED:
            return _for_error(outcome.error or ErrorInfo())
        case _:
            return Recovery.GIVE_UP


def is_servers_fault(outcome: Outcome) -> bool:
    """Whether a response came to nothing because the server could not, whoever had asked."""
    refused = outcome.phase in (Phase.REFUSED, Phase.FAILED)
    return refused and _for_error(outcome.error or ErrorInfo()) is Recovery.WAIT


def _for_error(error: ErrorInfo) -> Recovery:
    match error.code:
        case "previous_response_not_found":
            return Recovery.RESEND
        case "websocket_stream_limit_reached":
            return Recovery.RECONNECT
        case _ if error.code == TOO_OLD:
            return Recovery.RECONNECT
        case _ if error.code in _BUSY_CODES or error.status == 429:
            return Recovery.WAIT
        case "server_error":
            return Recovery.WAIT
        case _ if error.status is not None and error.status >= 500:
            return Recovery.WAIT
        case _:
            return Recovery.GIVE_UP
