"""What a query returns, written as JSON and held to its annotation."""

import collections.abc
from collections.abc import Callable
from typing import Any, get_args, get_origin

import msgspec
from msgspec import Raw

from npcengine.world.answers import MAX_ANSWER_BYTES

__all__ = ["Result"]

_encode = msgspec.json.Encoder().encode

_YIELDING: tuple[object, ...] = (
    collections.abc.Iterator,
    collections.abc.Iterable,
    collections.abc.Generator,
    collections.abc.AsyncIterator,
    collections.abc.AsyncIterable,
    collections.abc.AsyncGenerator,
)


class Result:
    """Writes one query's values.

    What is checked is the JSON, since that is what a mind reads: fields of structs included, which
    msgspec does not check when they are made. Values without a size worth mentioning cost about a
    microsecond more than without an annotation.
    """

    def __init__(self, annotation: object, *, yielded: bool) -> None:
        """Read an annotation; one that JSON cannot be held to is no constraint.

        Args:
            annotation: What the function says it returns; ``Any`` if it says nothing.
            yielded: Whether the function is a generator: what counts is what it yields.
        """
        if yielded:
            arguments = get_args(annotation)
            annotation = arguments[0] if get_origin(annotation) in _YIELDING and arguments else Any
        self._check = _checker(annotation)

    def write(self, value: object) -> Raw:
        """Return a value as JSON.

        Raises:
            TypeError: It cannot be written as JSON.
            ValueError: It is longer than an answer may be, contains itself, or is not what the
                annotation says; then with the path of what does not fit.
        """
        try:
            encoded = _encode(value)
        except RecursionError as error:
            raise ValueError("the answer contains itself, or is nested too deeply") from error
        if len(encoded) > MAX_ANSWER_BYTES:
            raise ValueError(f"the answer is {len(encoded)} bytes, over {MAX_ANSWER_BYTES}")
        if self._check is not None:
            self._check(encoded)
        return Raw(encoded)


def _checker(annotation: object) -> Callable[[bytes], object] | None:
    try:
        info = msgspec.inspect.type_info(annotation)
        decoder: msgspec.json.Decoder[object] = msgspec.json.Decoder(annotation)
    except (TypeError, NameError):
        return None
    says_nothing = isinstance(info, msgspec.inspect.AnyType) or annotation is object
    return None if says_nothing or _has_foreign(info, set()) else decoder.decode


def _has_foreign(info: Any, seen: set[type]) -> bool:
    """Return whether any part is a class that msgspec knows nothing of."""
    if isinstance(info, msgspec.inspect.CustomType):
        return info.cls is not object
    cls = getattr(info, "cls", None)
    if isinstance(cls, type):
        if cls in seen:
            return False
        seen.add(cls)
    parts: list[Any] = [
        getattr(part, "type", part)
        for name in ("fields", "types", "item_types")
        for part in getattr(info, name, ())
    ]
    parts += [getattr(info, name, None) for name in ("item_type", "key_type", "value_type", "type")]
    return any(_has_foreign(part, seen) for part in parts if isinstance(part, msgspec.inspect.Type))
