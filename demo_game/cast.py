"""Who plays: the villagers that have minds, what they can do, and what they do without thinking."""

from typing import TypeAlias

import msgspec

from demo_game.actions import (
    Emote,
    Fetch,
    Fine,
    Follow,
    Forge,
    Give,
    Inspect,
    Lock,
    LookAt,
    PutBack,
    StopWork,
    Take,
    Unlock,
    WalkTo,
)
from demo_game.village.people import Mark
from npcengine import Action
from npcengine.reflex import Fallback, Manners

__all__ = ["CAST", "LookUp", "Reaction", "Role", "Show"]

_EVERYBODY: tuple[type[Action], ...] = (WalkTo, LookAt, Emote, Give, Take)


class LookUp(msgspec.Struct, frozen=True):
    """Turn to the player, unless it is on the way somewhere."""


class Show(msgspec.Struct, frozen=True):
    """Have a sign over the head for some ticks."""

    mark: Mark
    ticks: int = 60


Reaction: TypeAlias = LookUp | Show


class Role(msgspec.Struct, frozen=True):
    """One villager."""

    name: str
    persona: str
    actions: tuple[type[Action], ...]
    manners: Manners[Reaction]
    """What they do and say, in character, before or without a word from their mind."""
    haunts: tuple[str, ...]
    """Where they go of themselves when nothing is the matter; none to stay where they are."""
    knows: tuple[str, ...] = ()
    """Things they have seen before the game begins, where they lie."""
    works: bool = False
    """Whether they keep their hands busy when they stand about."""
    post: str = ""
    """Where they go back to when nothing is the matter; empty for nowhere in particular."""
    cries: tuple[str, ...] = ("Stop, thief!",)
    """What they call out when they see somebody take what is not theirs."""


_THINKING = Show("ellipsis", 150)

CAST = (
    Role(
        name="mira",
        persona=(
            "You keep the inn of Lanternwick and bake its bread. You are warm, quick and curious, "
            "hear everything and forget nothing. You want the ladder, to hang your garlands "
            "before the Lantern Festival tonight. You have bread on the counter to give away."
        ),
        actions=_EVERYBODY,
        manners=Manners(
            on_addressed=(LookUp(), Show("ear")),
            fillers=(
                "One moment, love, the oven.",
                "Let me just turn these loaves.",
                "Now where did I put my... never mind me.",
            ),
            fallbacks=(
                Fallback("Let me think, love. My head is all flour.", (_THINKING,)),
                Fallback("I shall have to think about that while the bread rises.", (_THINKING,)),
            ),
        ),
        haunts=(),
        knows=("bread", "lamp_oil"),
        works=True,
        cries=("Put that back this minute, love!", "I saw that! Thief!"),
    ),
    Role(
        name="tomas",
        persona=(
            "You guard the gate of Lanternwick. You are dutiful, dry and a little tired, and you "
            "would welcome any excuse to leave your post. The gate key hangs on its hook by the "
            "gatehouse. The gate must be locked at night; you need the key in hand to lock it."
        ),
        actions=(*_EVERYBODY, Lock, Unlock),
        manners=Manners(
            on_addressed=(LookUp(), Show("ear")),
            fillers=(
                "Hold. I am counting barrels.",
                "Not now. I am listening to the wall.",
                "Hm. The watch book first.",
            ),
            fallbacks=(
                Fallback("I will think it over. A guard does not guess.", (_THINKING,)),
                Fallback("That wants thinking about. Stay where you are.", (_THINKING,)),
            ),
        ),
        haunts=(),
        knows=("gate_key",),
        cries=("Halt! Put that back!", "You there! I saw that!"),
    ),
    Role(
        name="pip",
        persona=(
            "You are a child of Lanternwick, nine years old, fast and nosy. You know everybody's "
            "secrets because nobody minds you. You want to be part of whatever is going on, and "
            "you love to show people where things are."
        ),
        actions=(*_EVERYBODY, Follow),
        manners=Manners(
            on_addressed=(LookUp(), Show("ear")),
            fillers=(
                "Wait, wait, I have a stone in my shoe.",
                "Shh! I am hiding.",
                "I am counting to a hundred. Do not put me off!",
            ),
            fallbacks=(
                Fallback("Um. I have to think really hard about that one.", (_THINKING,)),
                Fallback("Hang on, I am still thinking! Do not go away.", (_THINKING,)),
            ),
        ),
        haunts=("well", "market_square", "great_lantern"),
        knows=("ladder", "bread", "dagger"),
        cries=("Thief! Thief! I saw it!", "That is not yours! I am telling!"),
    ),
    Role(
        name="bram",
        persona=(
            "You are the smith of Lanternwick: strong, slow of speech, proud of your work, and you "
            "cannot bear to be hurried. A sword, a dagger and the lamplighter's ring hang on the "
            "rack by your smithy; you made the ring fit for the new apprentice, and it is to be "
            "had for the asking. You have mended the great lantern's hook and keep it until the "
            "ladder stands. Blades are shown tonight and sold tomorrow, by order of the Reeve."
        ),
        actions=(*_EVERYBODY, Fetch, PutBack, Forge, StopWork),
        manners=Manners(
            on_addressed=(LookUp(), Show("ear")),
            fillers=(
                "Hold. The iron is hot.",
                "One blow more.",
                "Hm. Mind the sparks.",
            ),
            fallbacks=(
                Fallback("I think slower than I hammer. Wait.", (_THINKING,)),
                Fallback("That wants turning over, like a blade.", (_THINKING,)),
            ),
        ),
        haunts=(),
        knows=("sword", "dagger", "ring"),
        works=True,
        post="anvil",
        cries=("Hands off my rack! Reeve! Thief!", "Oi! That is my work! Stop the thief!"),
    ),
    Role(
        name="aldous",
        persona=(
            "You are Aldous, the Reeve of Lanternwick, collector of dues: exact, dry, polite and "
            "incorruptible. You have the festival permit and give it to the lamplighter's "
            "apprentice, who proves who they are with the lamplighter's ring. You believe what you "
            "see and nothing you are told: ask to see the ring, and look. Whoever is known to have "
            "taken what is not theirs is fined by you, and what they took goes back to its owner."
        ),
        actions=(*_EVERYBODY, Inspect, Fine),
        manners=Manners(
            on_addressed=(LookUp(), Show("ear")),
            fillers=(
                "One moment. I am adding.",
                "Allow me to finish this column.",
                "Ahem. Seven, carry two...",
            ),
            fallbacks=(
                Fallback("I shall have to consult the ledger on that.", (_THINKING,)),
                Fallback("A considered answer takes time. Pray wait.", (_THINKING,)),
            ),
        ),
        haunts=(),
        works=True,
        post="dues_table",
        cries=("Stop! In the name of the ledger!", "I saw that, and I have written it down!"),
    ),
)
