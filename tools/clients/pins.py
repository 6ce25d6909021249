"""Which clients there are, and in which versions the gateway is tried with them."""

from typing import Literal

import msgspec

__all__ = ["CLIENTS", "Client"]


class Client(msgspec.Struct, frozen=True):
    """One client, as its registry has it."""

    language: Literal["python", "node"]
    requirements: tuple[str, ...]
    """What ``uv pip install`` or ``npm install`` is told."""
    megabytes: int
    """What it takes on the disk, roughly."""


CLIENTS: dict[str, Client] = {
    # Its extra needs websockets below 16, and we one above: hence an environment of its own.
    "openai": Client("python", ("openai[realtime]==3.54.0",), 45),
    "agents": Client("python", ("openai-agents==0.24.0", "openai[realtime]==3.54.0"), 60),
    "node": Client("node", ("openai@7.57.0", "ws@8.23.0"), 35),
    "codex": Client("node", ("@openai/codex@0.169.0",), 410),
    "ai-sdk": Client("node", ("ai@7.0.173", "@ai-sdk/openai@4.0.118", "zod@4.6.7"), 30),
    "litellm": Client("python", ("litellm==1.109.1", "openai==3.57.0"), 205),
    "livekit": Client("python", ("livekit-agents[openai]==1.8.9", "openai==3.57.0"), 330),
    "pipecat": Client("python", ("pipecat-ai[openai]==1.14.0", "openai==3.57.0"), 305),
}
