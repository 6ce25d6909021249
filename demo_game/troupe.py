"""Joins bodies and minds: what a villager means to do happens, what happens reaches its mind."""

from collections import deque
from functools import partial

from demo_game.actions import Emote, LookAt, act_for
from demo_game.cast import CAST
from demo_game.questions import register_queries
from demo_game.reflexes import Reflexes
from demo_game.village.acts import Failed, Succeeded
from demo_game.village.senses import EARSHOT_PX, Sighting
from demo_game.village.units import TICKS_PER_S, distance_px
from demo_game.village.view import view_of
from demo_game.village.village import Village
from npcengine import Bridge, Cancel, Commit, Hint, Intention, Npc, Prepare

__all__ = ["PLAYER_NAME", "Troupe"]

PLAYER_NAME = "the apprentice"
"""What villagers are told the player is called."""

RECENT = 6
"""Intentions kept for the overlay."""


class Troupe:
    """All villagers with minds (frame thread)."""

    def __init__(self, bridge: Bridge, village: Village) -> None:
        self._bridge = bridge
        self._village = village
        self.npcs: dict[str, Npc] = {
            role.name: bridge.npc(role.name.title(), persona=role.persona, actions=role.actions)
            for role in CAST
        }
        for role in CAST:
            for item in role.knows:
                seen = Sighting(village.items[item].place, village.tick)
                village.sightings[role.name][item] = seen
        self._names = {npc.name: name for name, npc in self.npcs.items()}
        register_queries(bridge, village, self._names)
        self.reflexes = Reflexes(village, CAST)
        self.recent: dict[str, deque[Intention]] = {
            role.name: deque(maxlen=RECENT) for role in CAST
        }

    def update(self, dt: float) -> None:
        """Do a frame's worth: carry out intentions, take over speech, publish the village."""
        for intention in self._bridge.update(dt):
            self._take(intention)
        for name, npc in self.npcs.items():
            self._speak(name, npc)
        for hand_over in self._village.hand_overs:
            self.tell_of_gift(hand_over.item, hand_over.giver, hand_over.taker)
        self.reflexes.step({name: npc.phase for name, npc in self.npcs.items()})
        self._bridge.publish(view_of(self._village), self._village.tick)

    def say_to(self, name: str, words: str) -> None:
        """Let the player say something to a villager."""
        self.reflexes.addressed(name)
        self.npcs[name].tell(words, by=PLAYER_NAME)

    def hear_noise(self, what: str, place: str) -> None:
        """Let everybody near a place hear something."""
        spot = self._village.spot_of(place)
        for name, npc in self.npcs.items():
            person = self._village.people[name]
            if spot is not None and distance_px(person.spot, spot) <= EARSHOT_PX:
                npc.notice(what, where=place)

    def tell_of_gift(self, item: str, giver: str, taker: str) -> None:
        """Let a villager know that they were given something."""
        if taker in self.npcs:
            label = self._village.items[item].label
            what = f"{self._village.people[giver].label} gives you {label}"
            self.npcs[taker].notice(what, item=item, by=giver)

    def words_of(self, name: str) -> str:
        """Return what a villager is saying: its mind's words, or its own when there is no mind."""
        return self.reflexes.cover_of(name) or self.npcs[name].speech

    # --- inside -------------------------------------------------------------------------------

    def _take(self, intention: Intention) -> None:
        name = self._names[intention.npc.name]
        self.recent[name].append(intention)
        person = self._village.people[name]
        match intention:
            case Hint():
                person.show("ellipsis", self._village.tick + TICKS_PER_S // 2)
            case Prepare(fields=fields):
                for value in fields.values():
                    spot = self._village.spot_of(self._village.name_of(str(value)))
                    if spot is not None and not person.is_walking:
                        person.look_at(spot)  # already turning to where the thought is going
            case Commit(action=action):
                act = act_for(action, self._village)
                self._village.begin(name, act, partial(_settle, intention))
            case Cancel():
                person.mark = None

    def _speak(self, name: str, npc: Npc) -> None:
        person = self._village.people[name]
        if npc.speech != self._village.said.get(name, ""):
            self._village.said[name] = npc.speech
            if npc.phase == "speaking" and not person.is_walking:
                person.pose = "talk"
        elif person.pose == "talk" and npc.phase != "speaking":
            person.pose = "stand"


def _settle(commit: Commit, outcome: Succeeded | Failed) -> None:
    """Say what became of an action; a mere gesture is nothing to think about when it is over."""
    wake = not isinstance(commit.action, Emote | LookAt)
    match outcome:
        case Succeeded(detail=detail):
            commit.succeed(detail, wake=wake)
        case Failed(reason=reason):
            commit.fail(reason, wake=wake)
