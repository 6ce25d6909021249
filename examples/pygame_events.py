"""Intentions as pygame events, for games whose every input is an event already."""

import pygame

import npcengine

INTENTION = pygame.event.custom_type()


class Wave(npcengine.Action, frozen=True):
    """Wave a hand at somebody."""

    who: str


def main(frames: int = 300) -> list[str]:
    """Run for a while with no window; return what the events said."""
    pygame.init()
    pygame.display.set_mode((160, 90))
    seen: list[str] = []
    with npcengine.Bridge("local:", virtual=True) as bridge:
        pip = bridge.npc("Pip", persona="A child who knows everybody.", actions=[Wave])
        pip.tell("Say hello to Mira!", by="player")
        for _ in range(frames):
            for intention in bridge.update(1 / 60):
                pygame.event.post(pygame.event.Event(INTENTION, intention=intention))
            for event in pygame.event.get(INTENTION):
                match event.intention:
                    case npcengine.Commit(npc=npc, action=Wave(who=who)):
                        seen.append(f"{npc.name} waves at {who}")
    pygame.quit()
    return seen


if __name__ == "__main__":
    print(*main(), sep="\n")
