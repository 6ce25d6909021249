"""A village and its story as data that JSON can hold, and back: the world's half of a save."""

from typing import Any

import msgspec

from demo_game.village.state import VillageState, state_of, take_state
from demo_game.village.story import NightBell, SceneFacts
from demo_game.village.village import Village

__all__ = ["SaveError", "restore", "save"]

VERSION = 1


class SaveError(Exception):
    """A save cannot be used; the text says which part of it, and why."""


class _Save(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    village: VillageState
    night_bell: SceneFacts


def save(village: Village, night_bell: NightBell) -> dict[str, Any]:
    """Return the village and its story as they are, as plain data of their own."""
    whole = _Save(VERSION, state_of(village), night_bell.facts)
    data: dict[str, Any] = msgspec.to_builtins(whole)
    return data


def restore(village: Village, night_bell: NightBell, data: object) -> None:
    """Make the village and its story what they were when they were saved.

    What was under way goes on, but nobody is told how it ends: minds know of it what their own half
    of the save says.

    Args:
        village: Of the same map and cast as the one that was saved.
        night_bell: Its story.
        data: What :func:`save` returned, or the same after a way through JSON.

    Raises:
        SaveError: It cannot be used. Nothing has changed.
    """
    try:
        whole = msgspec.convert(data, _Save)
        if whole.version != VERSION:
            raise SaveError(f"it is of version {whole.version}, and this game reads {VERSION}")
        take_state(village, whole.village)
    except (msgspec.ValidationError, ValueError) as error:
        raise SaveError(str(error)) from error
    night_bell.facts = whole.night_bell
