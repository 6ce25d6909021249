"""The ``response`` object as a server writes it: every field that some client insists on."""

from msgspec import Raw, Struct

from npcengine.protocol.incoming import Usage
from npcengine.server.request import Request

__all__ = ["IncompleteReason", "ResponseError", "ResponseObject"]


class ResponseError(Struct, frozen=True):
    """Why a response failed."""

    code: str
    message: str


class IncompleteReason(Struct, frozen=True):
    """Why a response was cut short."""

    reason: str


class _Effort(Struct, frozen=True):
    effort: None = None
    summary: None = None


class _Format(Struct, frozen=True):
    type: str = "text"


class _Text(Struct, frozen=True):
    format: _Format = _Format()
    verbosity: str = "medium"


class ResponseObject(Struct, frozen=True, kw_only=True):
    """One response, at one moment of its life. Field order is the order on the wire."""

    id: str
    object: str = "response"
    created_at: int
    completed_at: int | None = None
    status: str
    error: ResponseError | None = None
    incomplete_details: IncompleteReason | None = None
    instructions: str | None
    max_output_tokens: int | None
    max_tool_calls: int | None = None
    model: str
    output: list[Raw]
    parallel_tool_calls: bool
    previous_response_id: str | None
    reasoning: _Effort = _Effort()
    store: bool
    temperature: float
    text: _Text = _Text()
    tool_choice: Raw
    tools: Raw
    top_logprobs: int = 0
    top_p: float
    truncation: str = "disabled"
    usage: Usage | None = None
    metadata: Raw
    background: bool = False
    service_tier: str = "default"
    safety_identifier: str | None
    prompt_cache_key: str | None
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0

    @classmethod
    def opened(cls, request: Request, id: str, created_at: int) -> "ResponseObject":
        """Return the response to ``request`` as it begins."""
        return cls(
            id=id,
            created_at=created_at,
            status="in_progress",
            instructions=request.settings.instructions or None,
            max_output_tokens=request.max_output_tokens,
            model=request.settings.model,
            output=[],
            parallel_tool_calls=request.parallel_tool_calls,
            previous_response_id=request.previous_response_id,
            store=request.store,
            temperature=request.temperature,
            tool_choice=Raw(request.tool_choice.raw),
            tools=Raw(request.settings.tools_json),
            top_p=request.top_p,
            metadata=request.metadata,
            safety_identifier=request.safety_identifier,
            prompt_cache_key=request.prompt_cache_key,
        )
