"""What a player does in one frame, whoever the player is: a person or a pilot."""

import msgspec

__all__ = ["Controls"]


class Controls(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One frame's input, in the words of the game."""

    dx: int = 0
    """-1 left, 1 right."""
    dy: int = 0
    """-1 up, 1 down."""
    address: str | None = None
    """A villager to begin a conversation with; an empty name ends it."""
    say: str | None = None
    """Words to whoever is being talked to."""
    give: str | None = None
    """A thing to hand to whoever is being talked to."""
    take: str | None = None
    """A thing to pick up."""
    show: str | None = None
    """A thing to hold out for whoever is being talked to."""
    interrupt: bool = False
    """Whether to fall in with whoever is being talked to and still speaks."""
    save: bool = False
    """Whether to keep this moment."""
    load: bool = False
    """Whether to go back to the moment that was kept."""
    switch_way: bool = False
    """Whether minds are to be reached the other way: over HTTP or over a WebSocket."""
    hold: bool = False
    """Whether words wait while the player finds theirs; they go on if nothing comes of it."""
