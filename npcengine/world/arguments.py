"""How a call's arguments become Python values: strictly, or not at all."""

import json
from typing import Generic, TypeVar

import msgspec

from npcengine.errors import RemoteProtocolError
from npcengine.protocol.partial_json import PartialObject
from npcengine.protocol.refusal import refused

__all__ = ["Arguments"]

S = TypeVar("S", bound=msgspec.Struct)


class Arguments(Generic[S]):
    """Reads the arguments of one tool."""

    def __init__(self, struct: type[S]) -> None:
        self._decode = msgspec.json.Decoder(struct).decode

    def read(self, text: str) -> S:
        """Return the arguments in ``text``.

        Raises:
            RemoteProtocolError: The text is not one JSON object with exactly the declared fields,
                or is too long, too deep, or says a key twice. Path and reason are written for the
                model, which gets them as the call's output.
        """
        reader = PartialObject()
        reader.feed(text)
        if not reader.complete:
            raise RemoteProtocolError(reader.reason or "the arguments end in the middle")
        with refused():
            value = self._decode(text)
        json.loads(text, object_pairs_hook=_unlike)
        return value


def _unlike(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a key that comes twice in one object, at any depth: the last would win in silence."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise RemoteProtocolError("a key comes twice in one object")
    return value
