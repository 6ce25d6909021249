"""What tokens cost: a table of models, read from a file that is part of the game.

::

    currency = "USD"

    [models."some-model*"]      # the name ends in *: everything that begins like this
    input = 0.10                # per million tokens
    cached_input = 0.01         # left out: as much as input
    cache_write = 0.125         # left out: as much as input
    output = 0.50

Amounts of money are whole billionths of the currency, so that sums are exact.
"""

import math
from typing import Annotated

import msgspec

from npcengine.errors import UsageError
from npcengine.protocol.incoming import Usage

__all__ = ["PER_UNIT", "Price", "Prices", "read_prices"]

PER_UNIT = 1_000_000_000
"""How many of the amounts here make one of the currency: they are billionths."""

MAX_FILE_BYTES = 64 * 1024

MAX_TOKENS = 10**9
"""The most tokens of one kind in one response; contexts are of a million."""

_Amount = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]
_Currency = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{3}\Z")]


class Price(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a million tokens of one model cost."""

    input: _Amount
    output: _Amount
    cached_input: _Amount | None = None
    """Of input that the server still had; ``None``: as much as any."""
    cache_write: _Amount | None = None
    """Of input that the server put by; ``None``: as much as any."""

    @property
    def is_nothing(self) -> bool:
        """Whether it costs nothing, whatever is used."""
        return not (self.input or self.output or self.cached_input or self.cache_write)

    def cost(self, usage: Usage) -> int:
        """Return what a response cost, in billionths, rounded up.

        Counts come from a server: they are held to what can be, and no part to more than the whole.
        """
        details = usage.input_tokens_details
        whole = _count(usage.input_tokens)
        cached = min(_count(details.cached_tokens), whole) if details is not None else 0
        rest = whole - cached
        written = min(_count(details.cache_write_tokens), rest) if details is not None else 0
        millionths = (
            (rest - written) * self.input
            + cached * (self.input if self.cached_input is None else self.cached_input)
            + written * (self.input if self.cache_write is None else self.cache_write)
            + _count(usage.output_tokens) * self.output
        )
        # Without the rounding 0.1 * 3 would come to a billionth more than 0.3.
        return math.ceil(round(millionths * 1_000, 3))


class Prices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of prices."""

    currency: _Currency = "USD"
    """Its code of three letters; all of the table is in it."""
    models: dict[str, Price] = {}
    """By the model's name, or by its beginning and a ``*``."""

    def of(self, model: str) -> Price | None:
        """Return the price of a model: by its name, else by the longest beginning that fits."""
        if (exact := self.models.get(model)) is not None and not model.endswith("*"):
            return exact
        fitting = (
            name for name in self.models if name.endswith("*") and model.startswith(name[:-1])
        )
        best = max(fitting, key=len, default=None)
        return None if best is None else self.models[best]

    def updated(self, other: "Prices") -> "Prices":
        """Return these prices with another table's laid over them.

        Raises:
            UsageError: They are in different currencies.
        """
        if other.currency != self.currency:
            raise UsageError(f"prices in {self.currency} and in {other.currency} do not add up")
        return Prices(currency=self.currency, models={**self.models, **other.models})


class _File(msgspec.Struct, forbid_unknown_fields=True):
    currency: _Currency
    models: dict[str, dict[str, object]]


def read_prices(data: bytes, *, name: str) -> Prices:
    """Return the table in a file's bytes.

    Args:
        data: The file.
        name: What the file is called, for the error's text.

    Raises:
        UsageError: It is no such table; where in it and why is in the text.
    """
    if len(data) > MAX_FILE_BYTES:
        raise UsageError(f"{name} is {len(data)} bytes, over {MAX_FILE_BYTES}")
    try:
        file = msgspec.toml.decode(data, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{name}: {error}") from error
    models: dict[str, Price] = {}
    for model, entry in file.models.items():
        if "*" in model[:-1]:
            raise UsageError(f"{name}: $.models.{model!r}: a * may stand at the end of a name only")
        try:
            models[model] = msgspec.convert(entry, Price)
        except msgspec.ValidationError as error:
            raise UsageError(f"{name}: $.models.{model!r}: {error}") from error
    return Prices(currency=file.currency, models=models)


def _count(tokens: int) -> int:
    return min(max(tokens, 0), MAX_TOKENS)
