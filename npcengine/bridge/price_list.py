"""Reads what models cost: the table that comes with npcengine, and a game's own laid over it."""

from importlib import resources
from pathlib import Path

from npcengine.errors import UsageError
from npcengine.policy.prices import Prices, read_prices

__all__ = ["price_list"]


def price_list(path: str | Path | None) -> Prices:
    """Return the prices.

    Raises:
        UsageError: The file cannot be read, or is no such table; the text says where and why.
    """
    bundled = resources.files("npcengine.policy").joinpath("prices.toml").read_bytes()
    prices = read_prices(bundled, name="prices.toml")
    if path is None:
        return prices
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"the prices in {str(path)!r} cannot be read: {error}") from error
    return prices.updated(read_prices(data, name=str(path)))
