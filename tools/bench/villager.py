"""What a mind of Lanternwick is offered, for benchmarks that want no more and no less."""

from demo_game import actions
from npcengine import Action

__all__ = ["ACTIONS"]

ACTIONS: tuple[type[Action], ...] = (
    actions.WalkTo, actions.LookAt, actions.Emote, actions.Give, actions.Take, actions.Lock,
    actions.Unlock, actions.Follow, actions.Fetch, actions.PutBack, actions.Inspect,
)  # fmt: skip
"""With one query these are twelve tools; the villagers have eleven to thirteen."""
