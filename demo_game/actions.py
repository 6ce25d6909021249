"""What villagers can do, as minds are told, and what each of them comes to in the village."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from demo_game.village import acts, handling, work
from demo_game.village.village import Village
from npcengine import Action

__all__ = [
    "Emote",
    "Fetch",
    "Fine",
    "Follow",
    "Forge",
    "Give",
    "Inspect",
    "Lock",
    "LookAt",
    "Name",
    "PutBack",
    "StopWork",
    "Take",
    "Unlock",
    "WalkTo",
    "act_for",
]

Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
"""What something or somebody is called, in whichever way people call it."""


class WalkTo(Action, frozen=True):
    """Walk to a place, a person or a thing. Ends when you are there."""

    place: Name
    hurry: bool = False


class LookAt(Action, frozen=True):
    """Turn towards a place, a person or a thing."""

    target: Name


class Emote(Action, frozen=True):
    """Say something without words."""

    gesture: Literal["nod", "shrug", "wave", "point"]


class Give(Action, frozen=True):
    """Hand something you have to somebody within reach."""

    item: Name
    to: Name


class Take(Action, frozen=True):
    """Pick up something within reach."""

    item: Name


class Fetch(Action, frozen=True):
    """Go and get a thing, and hold it out for others to see. Ends when it is in your hand."""

    on_interrupt = "cancel"

    item: Name


class PutBack(Action, frozen=True):
    """Bring a thing you have back to its place."""

    item: Name


class Forge(Action, frozen=True):
    """Work at the anvil for a while."""

    seconds: Annotated[int, msgspec.Meta(ge=1, le=60)] = 5


class StopWork(Action, frozen=True):
    """Lay the hammer down at once."""


class Inspect(Action, frozen=True):
    """Look closely at what somebody near you has in their hands."""

    person: Name


class Fine(Action, frozen=True):
    """Make somebody within reach pay for a theft you know of, and take from them what they took."""

    person: Name


class Lock(Action, frozen=True):
    """Close and lock a door within reach, with its key."""

    door: Name


class Unlock(Action, frozen=True):
    """Unlock a door within reach, with its key."""

    door: Name


class Follow(Action, frozen=True):
    """Walk after somebody for a while."""

    person: Name
    seconds: Annotated[int, msgspec.Meta(ge=1, le=60)] = 8


def act_for(action: Action, village: Village) -> acts.Act:
    """Return what an action comes to."""
    match action:
        case WalkTo(place=place, hurry=hurry):
            return acts.GoTo(village.name_of(place), hurries=hurry)
        case LookAt(target=target):
            return acts.Look(village.name_of(target))
        case Emote(gesture=gesture):
            return acts.Gesture(gesture)
        case Give(item=item, to=to):
            return handling.Give(village.name_of(item), village.name_of(to))
        case Take(item=item):
            return handling.Take(village.name_of(item))
        case Fetch(item=item):
            return handling.Fetch(village.name_of(item))
        case PutBack(item=item):
            return handling.PutBack(village.name_of(item))
        case Forge(seconds=seconds):
            return work.Forge(seconds)
        case StopWork():
            return work.StopWork()
        case Inspect(person=person):
            return work.Inspect(village.name_of(person))
        case Fine(person=person):
            return work.Fine(village.name_of(person))
        case Lock(door=door):
            return handling.TurnKey(village.name_of(door), locks=True)
        case Unlock(door=door):
            return handling.TurnKey(village.name_of(door), locks=False)
        case Follow(person=person, seconds=seconds):
            return acts.Follow(village.name_of(person), seconds)
        case _:
            raise AssertionError(f"no villager was given {action!r}")
