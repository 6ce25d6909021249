"""A guard dog with manners and no mind: reactions, lines, and a behaviour tree of its own."""

import random

from npcengine.reflex import (
    Condition,
    Cooldown,
    Do,
    Fallback,
    Manners,
    Reflexes,
    Selector,
    Sequence,
    Status,
)

MANNERS = Manners(
    on_addressed=("pricks its ears", "turns round"),
    fillers=("Hrrm?", "Sniff. Sniff."),
    fallbacks=(Fallback("Wuff!", ("wags its tail",)), Fallback("Rrr.", ("scratches",))),
)


class Yard:
    """What the dog sees and does."""

    is_cat_near = False

    def __init__(self) -> None:
        self.story: list[str] = []

    def bark(self) -> Status:
        """Let the cat know."""
        self.story.append("    barks")
        return Status.SUCCESS


def main(ticks: int = 300) -> list[str]:
    """Let five seconds pass; return what happened."""
    yard, luck = Yard(), random.Random(4)  # noqa: S311 - a game's luck
    dog = Reflexes(MANNERS, luck.randrange, ticks_per_s=60)
    cat = Condition[Yard]("a cat is near", lambda seen: seen.is_cat_near)
    doze = Do[Yard]("doze", lambda _: Status.RUNNING)
    often_enough = Cooldown(Do("bark", Yard.bark), ticks=90)
    tree = Selector("dog", [Sequence("guard", [cat, often_enough]), doze])
    said = ""
    for tick in range(ticks):
        yard.is_cat_near = 100 <= tick < 200
        done = dog.addressed(tick) if tick == 10 else dog.tick(tick)  # no mind: none answers
        yard.story += [f"{tick:3} {reaction}" for reaction in done]
        if dog.line != said:
            said = dog.line
            yard.story.append(f"{tick:3} says: {said}")
        tree.tick_once(yard, tick)
    return yard.story


if __name__ == "__main__":
    print(*main(), sep="\n")
