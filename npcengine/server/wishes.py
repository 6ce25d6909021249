"""What a request wants of the answer itself: how free, how long, in what form.

Our own minds have no use for it. Those that ask a model pass it on, so here a wish that was not
made is ``None`` and not what the API says it stands for: a server knows what suits its model.
"""

import msgspec
from msgspec import UNSET, Raw, UnsetType

from npcengine.errors import RemoteProtocolError
from npcengine.protocol.codec import given, read_as
from npcengine.protocol.outgoing import ResponseCreate
from npcengine.server.faults import RequestError

__all__ = ["TextFormat", "Wishes", "read_wishes"]


class TextFormat(msgspec.Struct, frozen=True, omit_defaults=True):
    """The form of the text."""

    type: str
    """``json_object`` or ``json_schema``."""
    name: str = "answer"
    schema: Raw | UnsetType = UNSET
    strict: bool | None = None
    description: str | None = None


class Wishes(msgspec.Struct, frozen=True):
    """See the top of this file."""

    temperature: float | None = None
    top_p: float | None = None
    max_output_tokens: int | None = None
    format: TextFormat | None = None
    """``None`` for any text."""
    effort: str | None = None
    """How hard to think first."""


class _Text(msgspec.Struct):
    format: Raw | UnsetType = UNSET


class _Kind(msgspec.Struct):
    type: str


class _Reasoning(msgspec.Struct):
    effort: str | None = None


_text = msgspec.json.Decoder(_Text)
_kind = msgspec.json.Decoder(_Kind)
_format = msgspec.json.Decoder(TextFormat)
_reasoning = msgspec.json.Decoder(_Reasoning)


def read_wishes(create: ResponseCreate) -> Wishes:
    """Return what a request wishes for.

    Raises:
        RequestError: One of it cannot be read, or the form is not known here.
    """
    try:
        text, reasoning = _read_format(create), given(create.reasoning)
        effort = read_as(_reasoning, reasoning, path="$.reasoning").effort if reasoning else None
    except RemoteProtocolError as error:
        raise RequestError.unreadable(error) from error
    return Wishes(
        temperature=None if create.temperature is UNSET else create.temperature,
        top_p=None if create.top_p is UNSET else create.top_p,
        max_output_tokens=create.max_output_tokens or None,
        format=text,
        effort=effort,
    )


def _read_format(create: ResponseCreate) -> TextFormat | None:
    text = given(create.text)
    raw = None if text is None else given(read_as(_text, text, path="$.text").format)
    if raw is None:
        return None
    match read_as(_kind, raw, path="$.text.format").type:
        case "text":
            return None
        case "json_object" | "json_schema":
            form = read_as(_format, raw, path="$.text.format")
        case other:
            raise RequestError(f"there is no format {other!r}", param="text.format.type")
    if form.type == "json_schema" and given(form.schema) is None:
        raise RequestError("a json_schema has a schema", param="text.format.schema")
    return form
