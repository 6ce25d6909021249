"""Three things the player might say, to whom and when: for those who would rather not type."""

from typing import NamedTuple

from demo_game.game import Game
from demo_game.village.village import PLAYER

__all__ = ["Suggestion", "suggestions"]


class Suggestion(NamedTuple):
    """One reply, and what goes with it."""

    text: str
    gives: str | None = None
    shows: str | None = None
    """What is held out along with it."""


_USUAL = {
    "mira": (
        "Could I have some bread?",
        "Have you seen the ladder?",
        "What happens at the festival tonight?",
    ),
    "tomas": ("Is the gate locked?", "Where is the gate key?", "Did anything happen tonight?"),
    "bram": (
        "May I have the lamplighter's ring?",
        "What do you sell?",
        "Show me the sword, please.",
    ),
    "aldous": (
        "Could I have the festival permit?",
        "What proof do you need?",
        "What do I owe you?",
    ),
    "pip": ("Have you seen the ladder?", "Tell me a secret!", "Follow me!"),
}


def suggestions(game: Game, name: str) -> tuple[Suggestion, ...]:
    """Return what to suggest in a conversation, as things stand."""
    usual = [Suggestion(text) for text in _USUAL[name]]
    pockets = game.pockets()
    if name == "tomas" and "gate_key" in pockets:
        usual[0] = Suggestion("I took the key. Here it is.", gives="gate_key")
    if name == "mira" and "bread" in pockets:
        usual[0] = Suggestion("Thank you, it smells wonderful.")
    if name == "bram" and game.troupe.can_be_stopped(name):
        usual[1] = Suggestion("Not that one, the dagger.")
    if name == "bram" and "ring" in pockets:
        usual[0] = Suggestion("I took the ring. Here, have it back.", gives="ring")
        if game.village.items["ring"].owner == PLAYER:
            usual[0] = Suggestion("Thank you for the ring.")
    if name == "aldous" and "ring" in pockets:
        usual[0] = Suggestion("Here is my ring. See for yourself.", shows="ring")
    if name == "pip" and "bread" in pockets:
        usual[1] = Suggestion("Good evening, Pip! I brought you this.", gives="bread")
    if name == "tomas" and game.night_bell.progress == "done":
        usual[2] = Suggestion("Will you come to the great lantern?")
    return tuple(usual)
