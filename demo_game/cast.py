"""Who plays: the villagers that have minds, what they can do, and what they say without one."""

import msgspec

from demo_game.actions import Emote, Follow, Give, Lock, LookAt, Take, Unlock, WalkTo
from npcengine import Action

__all__ = ["CAST", "Role"]

_EVERYBODY: tuple[type[Action], ...] = (WalkTo, LookAt, Emote, Give, Take)


class Role(msgspec.Struct, frozen=True):
    """One villager."""

    name: str
    persona: str
    actions: tuple[type[Action], ...]
    cover: tuple[str, ...]
    """What they say, in character, when their mind cannot be reached."""
    haunts: tuple[str, ...]
    """Where they go of themselves when nothing is the matter; none to stay where they are."""
    knows: tuple[str, ...] = ()
    """Things they have seen before the game begins, where they lie."""
    works: bool = False
    """Whether they keep their hands busy when they stand about."""


CAST = (
    Role(
        name="mira",
        persona=(
            "You keep the inn of Lanternwick and bake its bread. You are warm, quick and curious, "
            "hear everything and forget nothing. You want the ladder, to hang your garlands "
            "before the Lantern Festival tonight. You have bread on the counter to give away."
        ),
        actions=_EVERYBODY,
        cover=(
            "One moment, love, the oven.",
            "Let me just turn these loaves.",
            "Now where did I put my... never mind me.",
        ),
        haunts=(),
        knows=("bread", "lamp_oil"),
        works=True,
    ),
    Role(
        name="tomas",
        persona=(
            "You guard the gate of Lanternwick. You are dutiful, dry and a little tired, and you "
            "would welcome any excuse to leave your post. The gate key hangs on its hook by the "
            "gatehouse. The gate must be locked at night; you need the key in hand to lock it."
        ),
        actions=(*_EVERYBODY, Lock, Unlock),
        cover=(
            "Hold. I am counting barrels.",
            "Not now. I am listening to the wall.",
            "Hm. The watch book first.",
        ),
        haunts=(),
        knows=("gate_key",),
    ),
    Role(
        name="pip",
        persona=(
            "You are a child of Lanternwick, nine years old, fast and nosy. You know everybody's "
            "secrets because nobody minds you. You want to be part of whatever is going on, and "
            "you love to show people where things are."
        ),
        actions=(*_EVERYBODY, Follow),
        cover=(
            "Wait, wait, I have a stone in my shoe.",
            "Shh! I am hiding.",
            "I am counting to a hundred. Do not put me off!",
        ),
        haunts=("well", "market_square", "great_lantern"),
        knows=("ladder", "bread", "dagger"),
    ),
)
