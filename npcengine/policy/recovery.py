"""What to do when a response came to a bad end."""

from enum import Enum, auto

from npcengine.protocol.changes import Outcome, Phase
from npcengine.protocol.incoming import ErrorInfo

__all__ = [
    "MAX_ATTEMPTS",
    "TOO_OLD",
    "Recovery",
    "is_crowded_out",
    "is_servers_fault",
    "recovery_for",
]

MAX_ATTEMPTS = 4
"""Requests for one round of a turn, the first included."""

TOO_OLD = "websocket_connection_limit_reached"
"""The error of a connection that takes no more requests because of its age."""

_CROWDED_CODES = {"rate_limit_exceeded", "websocket_queue_full"}
_CROWDED_TYPES = {"rate_limit_error", "too_many_requests"}
_BUSY_CODES = {*_CROWDED_CODES, "server_error", "server_is_overloaded"}
_BUSY_TYPES = {*_CROWDED_TYPES, "server_error"}
"""What says the same where there is neither a code nor a status (protocol.md section 5)."""


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


def recovery_for(
    outcome: Outcome, *, output_seen: bool, attempt: int, others_run: bool = False
) -> Recovery:
    """Choose how to go on after a response that did not complete.

    Args:
        outcome: How it ended.
        output_seen: Whether any of it reached the game. A request whose answer has begun to show
            is never sent again blindly.
        attempt: Requests made for this round so far, from 1.
        others_run: Whether other minds' requests are in flight; see :func:`is_crowded_out`.
    """
    if output_seen:
        return Recovery.GIVE_UP
    if others_run and is_crowded_out(outcome):
        # Again and again: then it is this connection that has no room, and another may.
        return Recovery.WAIT if attempt % MAX_ATTEMPTS else Recovery.RECONNECT
    if attempt >= MAX_ATTEMPTS:
        return Recovery.GIVE_UP
    match outcome.phase:
        case Phase.LOST:
            return Recovery.RECONNECT
        case Phase.REFUSED | Phase.FAILED:
            return _for_error(outcome.error or ErrorInfo())
        case _:
            return Recovery.GIVE_UP


def is_servers_fault(outcome: Outcome, *, others_run: bool = False) -> bool:
    """Whether a response came to nothing because the server could not, whoever had asked."""
    if others_run and is_crowded_out(outcome):
        return False
    refused = outcome.phase in (Phase.REFUSED, Phase.FAILED)
    return refused and _for_error(outcome.error or ErrorInfo()) is Recovery.WAIT


def is_crowded_out(outcome: Outcome) -> bool:
    """Whether a request was refused for there being too many.

    While others of ours run that may be meant by it: there is room when one of them ends. So it is
    asked for as long as the turn may take, and says nothing of how the server is.
    """
    error = outcome.error
    if outcome.phase is not Phase.REFUSED or error is None:
        return False
    return error.status == 429 or error.code in _CROWDED_CODES or error.type in _CROWDED_TYPES


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
        case _ if error.status is not None and error.status >= 500:
            return Recovery.WAIT
        case None if error.status is None and error.type in _BUSY_TYPES:
            return Recovery.WAIT
        case _:
            return Recovery.GIVE_UP
