"""What trials have in hand: connections, requests that are counted, and where to write down."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from npcengine.bridge.endpoints import Endpoint
from npcengine.doctor.server import Server
from npcengine.doctor.wire import Json, Wire, opened

__all__ = ["MAX_OUTPUT_TOKENS", "Asking"]

MAX_OUTPUT_TOKENS = 256
"""For one answer: models that reason in secret need more than their words take."""


class Asking:
    """Handed to every trial."""

    def __init__(self, endpoint: Endpoint, server: Server, *, thorough: bool) -> None:
        self._endpoint = endpoint
        self.server = server
        self.thorough = thorough
        """Whether limits are looked for that take many requests to find."""

    def socket(self) -> AbstractAsyncContextManager[Wire]:
        """Open a connection for a block."""
        return opened(self._endpoint)

    def request(self, text: str, **more: Any) -> Json:
        """Return a request for a short answer, and count it."""
        self.server.requests += 1
        return self._create(text, max_output_tokens=MAX_OUTPUT_TOKENS, **more)

    def warm_up(self, **more: Any) -> Json:
        """Return a request that is only to be read, and count it."""
        self.server.warm_ups += 1
        return self._create("You will be asked to count.", generate=False, **more)

    def _create(self, text: str, **more: Any) -> Json:
        user: Json = {"type": "message", "role": "user", "content": text}
        create: Json = {
            "type": "response.create",
            "model": self.server.model,
            "store": False,
            "input": [user],
        }
        return {**create, **more}
