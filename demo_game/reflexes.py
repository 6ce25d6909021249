"""What villagers do without thinking, in the same tick: look up, wander, work, cover a silence."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from demo_game.cast import LookUp, Reaction, Role, Show
from demo_game.village.acts import Failed, GoTo, Succeeded
from demo_game.village.people import Person
from demo_game.village.units import TICKS_PER_S, distance_px
from demo_game.village.village import Village
from npcengine import Npc, reflex
from npcengine.reflex import Behaviour, Condition, Do, Selector, Status, Wait

__all__ = ["Reflexes"]

GREETING_PX = 70
"""How near the player comes before people look up."""

LINGER_TICKS = TICKS_PER_S * 7
"""How long somebody stays where nothing is the matter before they stroll on."""


class Reflexes:
    """The layer below thought; it needs no endpoint at all."""

    def __init__(self, village: Village, roles: Sequence[Role]) -> None:
        self._village = village
        self._villagers = {role.name: _Villager(village, role) for role in roles}

    def addressed(self, name: str, npc: Npc) -> bool:
        """React to being spoken to, at once; return whether that can be seen."""
        return self._villagers[name].addressed(npc)

    def acted(self, name: str, turn_epoch: int) -> None:
        """Take note of something that a villager's mind has it do."""
        self._villagers[name].conversation.acted(turn_epoch)

    def line_of(self, name: str) -> str:
        """Return what somebody says to cover a silence; empty from its mind's next word on."""
        return self._villagers[name].conversation.line

    def step(self, npcs: Mapping[str, Npc]) -> None:
        """Let the ticks pass that the village has made.

        Args:
            npcs: The villagers' minds, as they are now.
        """
        for name, villager in self._villagers.items():
            villager.step(npcs[name])


class _Villager:
    """One villager as its behaviours see it."""

    def __init__(self, village: Village, role: Role) -> None:
        self.village = village
        self.role = role
        self.is_strolling = False
        self.has_things_in_mind = False
        self.conversation = reflex.Reflexes(
            role.manners, village.random.randrange, ticks_per_s=TICKS_PER_S
        )
        self._idle = _idle_tree()

    @property
    def person(self) -> Person:
        return self.village.people[self.role.name]

    def addressed(self, npc: Npc) -> bool:
        if self.is_strolling:
            self._idle.stop(self)
        reactions = list(self.conversation.addressed(self.village.tick, npc))
        self._show(reactions)
        return bool(reactions)

    def step(self, npc: Npc) -> None:
        tick = self.village.tick
        is_acting = bool(self.village.doing(self.role.name)) and not self.is_strolling
        is_busy = is_acting or bool(npc.open_calls)
        self._show(self.conversation.tick(tick, npc, is_busy=is_busy))
        self.has_things_in_mind = is_acting or npc.phase not in ("idle", "offline")
        self._idle.tick_once(self, tick)

    def stroll_over(self, end: Succeeded | Failed) -> None:
        self.is_strolling = False

    def _show(self, reactions: Iterable[Reaction]) -> None:
        person = self.person
        for reaction in reactions:
            match reaction:
                case LookUp():
                    if not person.is_walking:
                        person.look_at(self.village.player.spot)
                case Show(mark=mark, ticks=ticks):
                    person.show_mark(mark, self.village.tick + ticks)


def _idle_tree() -> Behaviour[_Villager]:
    """Return what a villager does of itself, the most pressing first."""
    return Selector(
        "of itself",
        (
            Condition("leaves it to the mind", _leaves_it_to_the_mind),
            reflex.Sequence("greet", (Condition("is met", _is_met), Do("look up", _look_up))),
            reflex.Sequence(
                "go back",
                (
                    Condition("is away", _is_away),
                    Wait("linger", ticks=LINGER_TICKS),
                    _Stroll("go back to the post", _post),
                ),
                memory=True,
            ),
            reflex.Sequence("work", (Condition("has work", _has_work), Do("work", _work))),
            reflex.Sequence(
                "go out",
                (
                    Condition("has haunts", _has_haunts),
                    Wait("linger", ticks=LINGER_TICKS),
                    _Stroll("stroll", _haunt),
                ),
                memory=True,
            ),
        ),
    )


class _Stroll(Behaviour[_Villager]):
    """Goes somewhere, and stays where it is when something else comes up."""

    def __init__(self, name: str, where: Callable[[_Villager], str]) -> None:
        super().__init__(name)
        self._where = where

    def initialise(self, subject: _Villager, tick: int) -> None:
        going = GoTo(self._where(subject), hurries=False)
        subject.village.begin(subject.role.name, going, subject.stroll_over)
        subject.is_strolling = True

    def update(self, subject: _Villager, tick: int) -> Status:
        return Status.RUNNING if subject.is_strolling else Status.SUCCESS

    def terminate(self, subject: _Villager, status: Status) -> None:
        # By now the mind may have begun something, which broke the stroll off by itself.
        if subject.is_strolling:
            subject.village.break_off(subject.role.name, "something came up")


def _haunt(villager: _Villager) -> str:
    haunts = villager.role.haunts
    return haunts[villager.village.random.randrange(len(haunts))]


def _post(villager: _Villager) -> str:
    return villager.role.post


def _is_away(villager: _Villager) -> bool:
    """Whether somebody is not at their post, if they have one."""
    post = villager.village.ground.places.get(villager.role.post)
    return post is not None and post.spot.cell != villager.person.spot.cell


def _leaves_it_to_the_mind(villager: _Villager) -> bool:
    return villager.has_things_in_mind and not villager.is_strolling


def _is_met(villager: _Villager) -> bool:
    """Whether the player is near; somebody who strolls by just goes on, unless spoken to."""
    spot = villager.village.player.spot
    return not villager.is_strolling and distance_px(villager.person.spot, spot) <= GREETING_PX


def _look_up(villager: _Villager) -> Status:
    person = villager.person
    person.look_at(villager.village.player.spot)
    if person.pose == "work":
        person.pose = "stand"
    return Status.SUCCESS


def _has_work(villager: _Villager) -> bool:
    return villager.role.works


def _work(villager: _Villager) -> Status:
    villager.person.pose = "work"
    villager.person.facing = "down"
    return Status.SUCCESS


def _has_haunts(villager: _Villager) -> bool:
    return bool(villager.role.haunts)
