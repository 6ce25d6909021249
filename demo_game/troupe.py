"""Joins bodies and minds: what a villager means to do happens, what happens reaches its mind."""

from collections import deque
from functools import partial

from demo_game.actions import Emote, Follow, LookAt, WalkTo, act_for
from demo_game.cast import CAST, Role
from demo_game.questions import register_queries
from demo_game.reflexes import Reflexes
from demo_game.reveal import Reveal
from demo_game.village.acts import Failed, Succeeded
from demo_game.village.senses import EARSHOT_PX
from demo_game.village.thefts import Theft
from demo_game.village.units import TICKS_PER_S, distance_px
from demo_game.village.view import view_of
from demo_game.village.village import PLAYER, Village
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
                village.saw(role.name, item)
        self._names = {npc.name: name for name, npc in self.npcs.items()}
        register_queries(bridge, village, self._names)
        self.reflexes = Reflexes(village, CAST)
        self._roles: dict[str, Role] = {role.name: role for role in CAST}
        self._reveals = {name: Reveal() for name in self.npcs}
        self._revealed_tick = village.tick
        self._words = dict.fromkeys(self.npcs, "")
        """What each said last, whoever had it say so, as far as it has been shown."""
        self.recent: dict[str, deque[Intention]] = {
            role.name: deque(maxlen=RECENT) for role in CAST
        }
        self._thought = dict.fromkeys(self.npcs, 0)
        """Number of the turn in which each last meant to do something."""
        self._stoppable: dict[str, set[str]] = {name: set() for name in self.npcs}
        """What each is doing, or is about to, that an interruption calls off."""

    def update(self, dt: float) -> None:
        """Do a frame's worth: carry out intentions, take over speech, publish the village."""
        for hand_over in self._village.take_hand_overs():
            self.tell_of_gift(hand_over.item, hand_over.giver, hand_over.taker)
        for theft in self._village.thefts.take_untold():
            self._tell_of_theft(theft)
        for intention in self._bridge.update(dt):
            self._take(intention)
        self.reflexes.step(self.npcs)
        ticks = max(0, self._village.tick - self._revealed_tick)
        self._revealed_tick = self._village.tick
        for name, npc in self.npcs.items():
            self._speak(name, npc, ticks)
        self._bridge.publish(view_of(self._village), self._village.tick)

    def start_over(self) -> None:
        """The village has gone back to a moment that was kept: nothing is under way any more."""
        for name in self.npcs:
            self._reveals[name] = Reveal()
            self._words[name] = self._village.said.get(name, "")
            self._stoppable[name].clear()
            self._thought[name] = 0
            self.recent[name].clear()
        self._revealed_tick = self._village.tick

    def say_to(self, name: str, words: str) -> None:
        """Let the player say something to a villager."""
        npc = self.npcs[name]
        reacts = self.reflexes.addressed(name, npc)
        self._village.saw(name, PLAYER)  # whoever hears somebody so near knows where they are
        npc.tell(words, by=PLAYER_NAME)
        if reacts:
            self._bridge.mark("reaction", npc=npc)

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
            label, by = self._village.items[item].label, self._village.label_of(giver)
            self.npcs[taker].notice(f"{by} gives you {label}", item=item, by=by)

    def tell_of_showing(self, name: str, item: str, *, silently: bool) -> None:
        """Let a villager see that the player holds something out to them.

        Args:
            name: Who sees it.
            item: What.
            silently: Whether it is all that the player does; words are a reason to think by
                themselves, and are to be thought about together with what is seen.
        """
        label, by = self._village.items[item].label, PLAYER_NAME
        self.npcs[name].notice(f"{by} shows you {label}", wake=silently, item=label, by=by)

    def words_of(self, name: str) -> str:
        """Return what a villager says or said last: its mind's words, or what covers a silence."""
        return self._words[name]

    def is_speaking(self, name: str) -> bool:
        """Whether a villager has more to say than has been shown."""
        return self._reveals[name].is_on or self.npcs[name].phase == "speaking"

    def can_be_stopped(self, name: str) -> bool:
        """Whether there is anything to interrupt: words, or what is called off with a word."""
        return self.is_speaking(name) or bool(self._stoppable[name])

    # --- inside -------------------------------------------------------------------------------

    def _take(self, intention: Intention) -> None:
        name = self._names[intention.npc.name]
        self.recent[name].append(intention)
        person = self._village.people[name]
        match intention:
            case Hint():
                person.show_mark("ellipsis", self._village.tick + TICKS_PER_S // 2)
            case Prepare(fields=fields):
                for value in fields.values():
                    known = self._village.names.find(str(value))
                    spot = self._village.spot_known_to(name, known) if known else None
                    if spot is not None and not person.is_walking:
                        person.look_at(spot)  # already turning to where the thought is going
            case Commit():
                self._carry_out(name, intention)
                self.reflexes.acted(name, intention.turn_epoch)
            case Cancel(id=id, reason=reason):
                person.mark = None
                self._village.cancel(name, id, reason)

    def _carry_out(self, name: str, commit: Commit) -> None:
        """Let a villager do what its mind has decided.

        What one thought asks for is done in that order. To set out for somewhere in a later
        thought is to change one's mind: what earlier thoughts asked for is dropped.
        """
        action, village = commit.action, self._village
        if isinstance(action, WalkTo | Follow) and commit.turn_epoch > self._thought[name]:
            village.break_off(name, "you set out for somewhere else")
        if not isinstance(action, Emote | LookAt):
            self._thought[name] = commit.turn_epoch
        if action.on_interrupt == "cancel":
            self._stoppable[name].add(commit.id)
        ended = partial(self._settle, name, commit)
        village.queue(name, act_for(action, village), ended, key=commit.id)

    def _settle(self, name: str, commit: Commit, outcome: Succeeded | Failed) -> None:
        """Say what became of an action.

        It is nothing to think about when it was a mere gesture, or when more is in line.
        """
        self._stoppable[name].discard(commit.id)
        is_gesture = isinstance(commit.action, Emote | LookAt)
        wake = not (is_gesture or self._village.is_busy(name))
        match outcome:
            case Succeeded(detail=detail):
                commit.succeed(detail, wake=wake)
            case Failed(reason=reason):
                commit.fail(reason, wake=wake)

    def _tell_of_theft(self, theft: Theft) -> None:
        """Let those know who saw somebody take what is not theirs, and those who hear the cry."""
        label = self._village.label_of
        thief, item, owner = label(theft.thief), label(theft.item), label(theft.owner)
        crier = theft.witnesses[0]
        if crier in self._roles:
            cries = self._roles[crier].cries
            self._words[crier] = cries[theft.tick % len(cries)]
        whose = f"{item}, which belongs to {owner}"
        for name in theft.witnesses:
            if name in self.npcs:
                seen = f"you see {thief} take {whose}"
                self.npcs[name].notice(seen, thief=thief, item=item, owner=owner)
        for name in theft.told:
            if name in self.npcs:
                cry = f"{label(crier)} cries out that {thief} has taken {whose}"
                self.npcs[name].notice(cry, thief=thief, item=item, owner=owner)

    def _speak(self, name: str, npc: Npc, ticks: int) -> None:
        village, person, reveal = self._village, self._village.people[name], self._reveals[name]
        self._words[name] = self.reflexes.line_of(name) or self._words[name]
        reveal.follow(npc.speech, npc.turn_epoch)
        reveal.pass_ticks(ticks)
        npc.heard(reveal.chars)
        if reveal.text != village.said.get(name, ""):
            village.said[name] = self._words[name] = reveal.text
        if reveal.is_on and not (person.is_walking or village.is_busy(name)):
            person.pose = "talk"
        elif person.pose == "talk" and not (reveal.is_on or village.is_gesturing(name)):
            person.pose = "stand"
