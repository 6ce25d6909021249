"""What the game says by itself: when it said it, and as it said it where that can be.

Somebody falls in at the moment at which they did. What they fell into may be at another word by
then, and doing something else; that is told as it is now.
"""

from npcengine.replay.entries import entered_of
from npcengine.replay.whatif.agenda import Rank
from npcengine.replay.whatif.counterparts import STORM
from npcengine.replay.whatif.run import Run
from npcengine.session.inbox import Interrupted, Loaded, Perceived, Saved, Shown
from npcengine.trace import records
from npcengine.world.percepts import noticed

__all__ = ["Stimuli"]


class Stimuli:
    """See the top of this file."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._rest = iter(run.recorded.stimuli)
        self._npcs: dict[str, None] = {}
        """All that there are, in order."""

    def start(self) -> None:
        """Put the first one on the agenda, and each storm."""
        self._next()
        for since_ns in self._run.changes.storms_ns:
            self._run.agenda.at(self._run.start_ns + since_ns, Rank.GAME, self._storm)

    def _next(self) -> None:
        if (stimulus := next(self._rest, None)) is not None:
            line, behind_ns = stimulus.line, stimulus.behind_ns
            rank = Rank.GAME if line.t_ns > behind_ns else Rank.BEHIND
            at_ns = max(line.t_ns, behind_ns)
            self._run.agenda.at(at_ns, rank, self._say, line, order=line.n)

    def _say(self, line: records.Entry) -> None:
        what = entered_of(line)
        match what:
            case Interrupted():
                what = self._interrupted(what)
            case Saved(number=number, shown=shown):
                what = Saved(number, {npc: self._shown(npc, one) for npc, one in shown.items()})
            case Loaded(numbers=numbers):
                for npc, number in numbers.items():
                    self._run.bodies[npc].restart(number)
            case _:
                pass
        if isinstance(line, records.Defined):
            self._npcs[line.npc] = None
        is_by_itself = not isinstance(line, records.Settled)
        self._run.enter(what, by_game=True, stimulus=line.n if is_by_itself else None)
        self._next()

    def _storm(self) -> None:
        """Wake everybody; how they are kept from all asking at once is what one wants to see."""
        self._run.counterparts.had_storm = True
        for npc in self._npcs:
            self._run.enter(Perceived(npc, noticed(STORM, {}), wake=True, what=STORM), by_game=True)

    def _shown(self, npc: str, recorded: Shown) -> Shown:
        heard_of = self._run.epoch_of(npc, recorded.speech_epoch)
        return self._run.bodies[npc].shown(recorded.heard_chars, heard_of)

    def _interrupted(self, recorded: Interrupted) -> Interrupted:
        run, npc = self._run, recorded.npc
        heard_of = run.epoch_of(npc, recorded.speech_epoch)
        now = run.bodies[npc].interrupt(recorded, heard_of)
        was_doing = {run.known_ids.get(id, id) for id in now.running}
        is_there = heard_of in (0, now.speech_epoch) and now.heard_chars == recorded.heard_chars
        if not (is_there and was_doing == set(recorded.running)):
            reason = f"somebody fell in when it was elsewhere ({recorded.reason})"
            run.marks.worsen_all(npc, "suspect", reason)
        return now
