from typing import Literal

import pygame

import npcengine

PLACES = {"well": (60, 60), "gate": (260, 50), "home": (160, 110)}


class WalkTo(npcengine.Action, frozen=True):
    """Walk to a named place."""  # the docstring and the types are what the mind is told

    place: Literal["well", "gate", "home"]
    hurry: bool = False


pygame.init()
screen = pygame.display.set_mode((320, 180))
clock, font = pygame.time.Clock(), pygame.font.Font(None, 16)
here = goal = pygame.Vector2(PLACES["home"])

with npcengine.Bridge("local:") as bridge:  # or "wss://api.openai.com/v1/responses"
    mira = bridge.npc("Mira", persona="A baker who hears everything.", actions=[WalkTo])

    @bridge.query(budget_ms=8)  # the mind may ask this; it is answered inside update()
    def places_near(npc: npcengine.Npc, radius_px: float) -> list[str]:
        """Names of the places within radius_px of you."""
        return [name for name, spot in PLACES.items() if here.distance_to(spot) <= radius_px]

    mira.tell("Let us go somewhere!", by="player")
    while not pygame.event.get(pygame.QUIT):
        dt = clock.tick(60) / 1000
        for intention in bridge.update(dt):  # never blocks, and the network never raises here
            match intention:
                case npcengine.Commit(action=WalkTo(place=place)):
                    goal = pygame.Vector2(PLACES[place])
        here = here.move_towards(goal, 40 * dt)
        screen.fill("#2a2340")
        pygame.draw.circle(screen, "#ffd868", here, 8)
        screen.blit(font.render(mira.speech, True, "#f3e3bd"), (8, 160))
        pygame.display.flip()
        pygame.event.pump()
