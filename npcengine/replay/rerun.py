"""Sessions run again over recorded entries, each line of what they do compared.

Sessions read nothing but their inbox, and do nothing but through ``Outside``. So what entered is
put in again, at its recorded time, and what they do about it has to be what the recording says.
"""

from collections.abc import Callable

import msgspec

from npcengine.replay.divergence import Divergence, first_difference
from npcengine.session.inbox import Entered, Entry, TimerKey
from npcengine.session.outside import NpcState, Outside
from npcengine.session.supervisor import Supervisor
from npcengine.session.tape import TapedOutside, record_of
from npcengine.trace import records

__all__ = ["Pictures", "Rerun", "UnheardError"]


class UnheardError(Exception):
    """Sessions ask the game for something that it was not asked for when this was recorded."""


class Pictures:
    """What NPCs were to be seen as, since which entry, as far as no frame has passed it."""

    def __init__(self) -> None:
        self._shown: dict[str, list[tuple[int, NpcState]]] = {}
        self._speech: dict[str, str] = {}
        """What each NPC was seen to say last, as recorded."""
        self.compared = 0

    def show(self, npc: str, n: int, state: NpcState) -> None:
        """Take a newer picture, as of an entry."""
        self._shown.setdefault(npc, []).append((n, state))

    def of(self, n: int) -> list[str]:
        """Return whose pictures an entry changed."""
        return [npc for npc, shown in self._shown.items() if shown and shown[-1][0] == n]

    def at(self, npc: str, n: int) -> NpcState | None:
        """Return the picture of an entry, and let go of those before it."""
        shown = self._shown.get(npc, [])
        shown[:] = [one for one in shown if one[0] >= n]
        return shown[0][1] if shown and shown[0][0] == n else None

    def compare(self, tick: int, seen: records.Seen) -> Divergence | None:
        """Compare what a frame saw with what sessions showed in the same entry."""
        self.compared += 1
        said = self._speech.get(seen.npc, "")[: seen.keeps] + seen.speech
        self._speech[seen.npc] = said
        state = self.at(seen.npc, seen.n)
        ours = None if state is None else _seen(seen.npc, seen.n, state)
        theirs = msgspec.structs.replace(seen, keeps=0, speech=said)
        recorded, replayed = _Picture(seen.npc, theirs), _Picture(seen.npc, ours)
        return first_difference([recorded], [replayed], tick=tick, entry=seen.n)


class Rerun:
    """One run of the sessions."""

    def __init__(
        self,
        outside: Outside,
        supervise: Callable[[Outside], Supervisor],
        timers: set[TimerKey],
        pictures: Pictures,
    ) -> None:
        """Begin with nothing entered.

        Args:
            outside: What sessions reach; told nothing that is not in the recording.
            supervise: Makes the sessions, given what they may do.
            timers: Those that are set, kept by ``outside``.
            pictures: What NPCs are to be seen as, kept by ``outside``.
        """
        self._done: list[object] = []
        self._timers = timers
        self._pictures = pictures
        self.supervisor = supervise(TapedOutside(outside, self._done.append))
        self.tick = 0
        """The newest frame that sessions know of."""
        self.entries = self.effects = 0

    def enter(
        self, line: records.Entry, what: Entered, effects: list[records.Effect]
    ) -> Divergence | None:
        """Run one entry; return the first difference between what comes of it and what came.

        Args:
            line: The entry as recorded.
            what: What it is to be now.
            effects: What the recording says came of it.
        """
        if isinstance(line, records.Ticked):
            self.tick = line.tick
        if isinstance(line, records.TimerFired):
            key = TimerKey(line.kind, line.owner, line.detail)
            if key not in self._timers:
                goes_off = f"the timer {line.kind} of {line.owner or 'everybody'} goes off"
                return self.apart(line, goes_off, "it was never set, or no longer is")
            self._timers.discard(key)
        self._done.clear()
        try:
            self.supervisor.handle(Entry(line.n, line.t_ns, what))
        except UnheardError as error:
            return self.apart(line, "(not asked)", f"the sessions ask {error}")
        except Exception as error:  # noqa: BLE001 - the code under test may do anything
            return self.apart(line, "(nothing raised)", repr(error))
        self.entries += 1
        self.effects += len(effects)
        done = [record_of(one) for one in self._done]
        found = first_difference(effects, done, tick=self.tick, entry=line.n)
        if found is not None and not found.npc:
            # A frame does not say whose it is; it is of the one that the entry was about.
            found = msgspec.structs.replace(found, npc=", ".join(self._pictures.of(line.n)))
        return found

    def apart(self, line: records.Entry, recorded: str, replayed: str) -> Divergence:
        """Return a divergence of an entry itself."""
        npc = getattr(line, "npc", "") or getattr(line, "owner", "")
        kind = str(type(line).__struct_config__.tag)
        return Divergence(self.tick, line.n, npc, kind, recorded, replayed)


class _Picture(records.Line, frozen=True, tag="seen"):
    """Makes a line of what a frame saw, to be compared like one."""

    npc: str
    picture: records.Seen | None


def _seen(npc: str, n: int, state: NpcState) -> records.Seen:
    return records.Seen(
        npc,
        n,
        state.turn_epoch,
        state.phase,
        state.speech_epoch,
        0,
        state.speech,
        list(state.open_calls),
        state.barge_ins,
    )
