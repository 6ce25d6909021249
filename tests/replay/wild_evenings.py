"""Evenings to record: a small game in virtual time, in which anything may happen at any moment."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

from npcengine import Action, Bridge, Commit, Deadlines, Npc, Policy
from npcengine.protocol.capabilities import GATEWAY, Capabilities
from tests.properties.babbler import Tapped

FRAME_S = 1 / 60


class WalkTo(Action, frozen=True):
    """Walk somewhere."""

    on_interrupt = "cancel"

    place: str


class Unlock(Action, frozen=True):
    """Unlock something."""

    in_order = True

    thing: str


def where_is(view: object, thing: str) -> str:
    """Where a thing is."""
    return f"{thing} is here"


def record_evening(
    path: Path,
    *,
    seed: int,
    frames: int = 900,
    npcs: Sequence[str] = ("mira", "tomas", "pip"),
    capabilities: Capabilities = GATEWAY,
    where: str = "frame",
    late: str = "refuse",
    calm: bool = False,
) -> None:
    """Record one, of babblers. A calm one has nobody who falls in, saves or hangs up."""
    _Evening(path, Random(seed), seed, frames, npcs, capabilities, where, late, calm).play()


class _Evening:
    def __init__(
        self,
        path: Path,
        chance: Random,
        seed: int,
        frames: int,
        npcs: Sequence[str],
        capabilities: Capabilities,
        where: str,
        late: str,
        calm: bool,
    ) -> None:
        self.chance, self.frames, self.calm = chance, frames, calm
        self.slot = path.with_suffix(".slot")
        self.is_saved = False
        self.wire = Tapped(seed, capabilities)
        self.bridge = Bridge(
            self.wire,
            virtual=True,
            seed=seed,
            record=path,
            policy=Policy(prefetch=True),
            deadlines=Deadlines(turn_ms=6_000),
        )
        self.bridge.query(where_is, where=where, late=late)  # type: ignore[call-overload]
        self.bridge.publish("the world")
        self.npcs: list[Npc] = [
            self.bridge.npc(name, persona=f"You are {name}.", actions=[WalkTo, Unlock])
            for name in npcs
        ]
        self.open: list[tuple[int, Commit]] = []

    def play(self) -> None:
        with self.bridge:
            for number in range(self.frames):
                self.frame(number)
            self.wire.mind.is_calm = True

    def frame(self, number: int) -> None:
        chance = self.chance
        for intention in self.bridge.update(FRAME_S):
            if isinstance(intention, Commit):
                self.open.append((number + chance.randint(0, 60), intention))
        for due, commit in list(self.open):
            if due <= number:
                self.open.remove((due, commit))
                commit.succeed("done") if chance.random() < 0.8 else commit.fail("no")
        if number % 10 == 0:
            self.bridge.publish("the world")
        if chance.random() < 0.02:
            self.happen(chance.choice(self.npcs))

    def happen(self, npc: Npc) -> None:
        kind = self.chance.choice(
            ["tell", "tell", "notice", "prewarm", *([] if self.calm else WILD)]
        )
        match kind:
            case "tell":
                npc.tell(f"Say {self.chance.random()}.", by="player")
            case "notice":
                npc.notice("a bang", loudness=self.chance.randint(1, 9))
            case "prewarm":
                npc.prewarm()
            case "interrupt":
                npc.heard(self.chance.randint(0, len(npc.speech)))
                npc.interrupt("the player speaks")
                npc.tell("Wait!", by="player")
            case "hold":
                npc.hold(300)
            case "resume":
                npc.resume()
            case "save":
                self.bridge.save(self.slot)
                self.is_saved = True
            case "load" if self.is_saved:
                self.open.clear()
                self.bridge.load(self.slot)
            case "hang_up":
                self.wire.hang_up()
            case _:
                pass


WILD = ["interrupt", "interrupt", "hold", "resume", "save", "load", "hang_up"]
