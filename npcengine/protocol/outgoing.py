"""What a client may send: a turn, a word in the middle of one, and a wish to stop.

Official client events are ``response.create`` and ``response.steer``; ``response.cancel`` is an
extension that one widely used client sends and a server should understand. Fields that a client
leaves out are ``UNSET`` and do not appear on the wire.
"""

from typing import TypeAlias

import msgspec
from msgspec import UNSET, Raw, UnsetType

__all__ = [
    "ClientEvent",
    "FunctionTool",
    "ResponseCancel",
    "ResponseCreate",
    "ResponseSteer",
    "UnknownClientEvent",
]


class FunctionTool(msgspec.Struct, frozen=True, tag_field="type", tag="function"):
    """A tool the model may call."""

    name: str
    description: str | None = None
    parameters: Raw | UnsetType = UNSET
    """A JSON schema of an object, or null."""
    strict: bool | None = None


class ResponseCreate(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="response.create"
):
    """Ask for one response.

    Structured fields stay ``Raw``: who receives them validates each once, and a connection that
    sees the same bytes again need not look at them a second time. Keys that are not listed are
    ignored, never rejected.
    """

    model: str | UnsetType = UNSET
    input: Raw | UnsetType = UNSET
    """A string, or a list of items: only the new ones when ``previous_response_id`` is set."""
    instructions: str | UnsetType | None = UNSET
    """For this turn only; not inherited through ``previous_response_id``."""
    previous_response_id: str | UnsetType | None = UNSET
    tools: Raw | UnsetType = UNSET
    tool_choice: Raw | UnsetType = UNSET
    parallel_tool_calls: bool | UnsetType | None = UNSET
    store: bool | UnsetType | None = UNSET
    """Whether the response may be continued on another connection; true when left out."""
    generate: bool | UnsetType | None = UNSET
    """False only prepares state: a warm-up, whose input still joins the conversation."""
    stream_id: Raw | UnsetType = UNSET
    """The lane: 1 to 256 of ``[A-Za-z0-9_.-]``, left out for the default one. ``Raw`` because a
    value of another type has an error of its own."""
    max_output_tokens: int | UnsetType | None = UNSET
    max_tool_calls: int | UnsetType | None = UNSET
    temperature: float | UnsetType | None = UNSET
    top_p: float | UnsetType | None = UNSET
    text: Raw | UnsetType = UNSET
    reasoning: Raw | UnsetType = UNSET
    include: Raw | UnsetType = UNSET
    metadata: Raw | UnsetType = UNSET
    truncation: str | UnsetType | None = UNSET
    background: bool | UnsetType | None = UNSET
    conversation: Raw | UnsetType = UNSET
    prompt_cache_options: Raw | UnsetType = UNSET
    prompt_cache_key: str | UnsetType | None = UNSET
    safety_identifier: str | UnsetType | None = UNSET
    service_tier: str | UnsetType | None = UNSET
    context_management: Raw | UnsetType = UNSET


class ResponseSteer(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="response.steer"
):
    """Say something to a response that is still being written."""

    previous_response_id: str
    input: Raw | UnsetType = UNSET
    """A string, or a list of messages of the user. A server refuses a steer without it in the
    steer's own way, not as a frame that cannot be read."""
    stream_id: Raw | UnsetType = UNSET
    """Never to be sent: the response decides the lane. It is here for servers to refuse it."""


class ResponseCancel(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="response.cancel"
):
    """Ask a response to stop: an extension, not part of the official wire."""

    response_id: str | None = None
    stream_id: str | None = None


class UnknownClientEvent(msgspec.Struct, frozen=True):
    """An event of a type that is not known here."""

    type: str


ClientEvent: TypeAlias = ResponseCreate | ResponseSteer | ResponseCancel
