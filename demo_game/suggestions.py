"""Three things the player might say, to whom and when: for those who would rather not type."""

from typing import NamedTuple

from demo_game.game import Game

__all__ = ["Suggestion", "suggestions"]


class Suggestion(NamedTuple):
    """One reply, and what is handed over with it."""

    text: str
    gives: str | None = None


_USUAL = {
    "mira": (
        "Could I have some bread?",
        "Have you seen the ladder?",
        "What happens at the festival tonight?",
    ),
    "tomas": ("Is the gate locked?", "Where is the gate key?", "Did anything happen tonight?"),
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
    if name == "pip" and "bread" in pockets:
        usual[1] = Suggestion("Good evening, Pip! I brought you this.", gives="bread")
    if name == "tomas" and game.night_bell.progress == "done":
        usual[2] = Suggestion("Will you come to the great lantern?")
    return tuple(usual)
