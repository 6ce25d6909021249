"""Reads the JSON that percepts and outputs are made of; what is none of it is taken as words."""

import msgspec

__all__ = ["as_object", "unquote"]

_object = msgspec.json.Decoder(dict[str, object])
_string = msgspec.json.Decoder(str)


def as_object(text: str) -> dict[str, object]:
    """Return a JSON object; anything else becomes an object with just a ``value``."""
    try:
        return _object.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return {"value": text}


def unquote(text: str) -> str:
    """Return what a JSON string says, or the text itself if it is none."""
    try:
        return _string.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return text
