"""Servers by what is special about them: all of it is here, so nothing else asks which it is."""

from collections.abc import Mapping

import msgspec

__all__ = ["KINDS", "Kind"]


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One program that serves models."""

    shown: str
    """Its name, for people."""
    reasoning: str = "reasoning_content"
    """What the working is called in a chat's messages, where it is sent back."""
    obeys_tool_choice: bool = True
    """Whether it can be kept from calling tools that it is offered."""
    has_slots: bool = False
    """Whether a request may name the slot whose prompt cache it wants (``id_slot``)."""
    reads_text_format: bool = True
    """Whether ``/v1/responses`` keeps to ``text.format``; otherwise it is told twice."""
    keeps_alive: bool = False
    """Whether a model is unloaded after a while, unless asked otherwise (``keep_alive``)."""


KINDS: Mapping[str, Kind] = {
    "llamacpp": Kind(shown="llama.cpp", has_slots=True, reads_text_format=False),
    "ollama": Kind(
        shown="Ollama", reasoning="reasoning", obeys_tool_choice=False, keeps_alive=True
    ),
    "vllm": Kind(shown="vLLM", reasoning="reasoning"),
    "lmstudio": Kind(shown="LM Studio"),
    "generic": Kind(shown="a server"),
}
"""By what the option ``server`` says."""
