"""The names that OpenTelemetry has for what minds do, in one place and of one version.

All of them are still in development there and have been renamed before: whoever takes another
version changes this page, and nothing else.
"""

from typing import Final

__all__ = ["ATTRIBUTES", "OPERATIONS", "SCHEMA_URL", "VERSION"]

VERSION: Final = "0.1.0"
"""Of open-telemetry/semantic-conventions-genai."""

SCHEMA_URL: Final = f"https://opentelemetry.io/schemas/gen-ai/{VERSION}"

OPERATIONS: Final = {"turn": "invoke_agent", "exchange": "chat", "question": "execute_tool"}
"""What each of ours is called as an operation."""

ATTRIBUTES: Final = {
    "operation": "gen_ai.operation.name",
    "provider": "gen_ai.provider.name",
    "npc": "gen_ai.agent.name",
    "conversation": "gen_ai.conversation.id",
    "model": "gen_ai.request.model",
    "is_stream": "gen_ai.request.stream",
    "response_id": "gen_ai.response.id",
    "end": "gen_ai.response.finish_reasons",
    "first_token_s": "gen_ai.response.time_to_first_chunk",
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "cached_tokens": "gen_ai.usage.cache_read.input_tokens",
    "cache_write_tokens": "gen_ai.usage.cache_write.input_tokens",
    "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
    "tool": "gen_ai.tool.name",
    "tool_type": "gen_ai.tool.type",
    "call_id": "gen_ai.tool.call.id",
    "error": "error.type",
}
"""By our word for it. What has no name there is under ``npcengine.``."""
