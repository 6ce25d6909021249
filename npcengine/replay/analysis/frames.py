"""What the frame thread saw: the frames, and in which of them each thing of a turn was there.

What a frame saw is taken to be there when the frame began, or when it came to be if that was later:
in virtual time everything within a frame happens after its beginning.
"""

from npcengine.replay.analysis.model import FrameSeen, Mark, Sign, StepTaken, Turn
from npcengine.replay.analysis.sessions import Sessions
from npcengine.trace import records

__all__ = ["REACTION", "Frames"]

REACTION = "reaction"
"""Name of the mark by which a game says that an NPC visibly reacts."""

_MAX_TEXT = 200


class Frames:
    """Follows the frame thread's lines."""

    def __init__(self, sessions: Sessions) -> None:
        self.frames: list[FrameSeen] = []
        self.marks: list[Mark] = []
        self._sessions = sessions
        self._chars: dict[str, int] = {}
        """How much of its speech each NPC was last seen with."""

    def frame(self, frame: records.Frame) -> None:
        """Take what an update saw."""
        self.frames.append(
            FrameSeen(
                frame.tick,
                frame.t_ns,
                frame.dt,
                frame.took_ns,
                frame.edges,
                len(frame.answered),
            )
        )
        for seen in frame.seen:
            self._seen(frame, seen)
        for npc, call_id in frame.answered:
            question = self._sessions.question(npc, call_id)
            if question is not None:
                question.tick, question.frame_ns = frame.tick, frame.t_ns
        for fate in frame.fates:
            self._fate(frame, fate)

    def mark(self, mark: records.Mark) -> None:
        """Take what the game wants to find again."""
        text = bytes(mark.value).decode("utf-8", "replace")
        text = "" if text == "null" else text[:_MAX_TEXT]
        self.marks.append(Mark(mark.name, mark.npc, mark.tick, mark.t_ns, text))

    def _seen(self, frame: records.Frame, seen: records.Seen) -> None:
        before = self._chars.get(seen.npc, 0)
        chars = self._chars[seen.npc] = min(seen.keeps, before) + len(seen.speech)
        if not seen.speech:
            return
        turn = self._sessions.turn(seen.npc, seen.speech_epoch)
        if turn is None:
            return
        t_ns = max(frame.t_ns, self._made_ns(turn))
        if not turn.speech:
            turn.signs.append(Sign("speech", frame.tick, t_ns, self._made_ns(turn)))
        turn.speech.append((frame.tick, t_ns, chars))

    def _made_ns(self, turn: Turn) -> int:
        """Return when the newest of what a turn's server wrote was read."""
        reads = turn.exchanges[-1].reads_ns if turn.exchanges else []
        return reads[-1] if reads else turn.start_ns

    def _fate(self, frame: records.Frame, fate: records.Fate) -> None:
        intended = self._sessions.intended(fate.npc, fate.call_id)
        waiting = _waiting([] if intended is None else intended.steps, fate.step)
        if intended is None or waiting is None:
            return
        waiting.tick, waiting.seen_ns = frame.tick, max(frame.t_ns, waiting.made_ns)
        waiting.fate, waiting.reason = fate.fate, fate.reason
        turn = self._sessions.turn(fate.npc, intended.turn)
        if turn is None or fate.fate != "delivered":
            return
        if fate.step == "hint" or fate.step == "commit":
            turn.signs.append(Sign(fate.step, frame.tick, waiting.seen_ns, waiting.made_ns))


def _waiting(steps: list[StepTaken], step: records.Step) -> StepTaken | None:
    """Return the step that a fate is of: the first that has none, or is held back."""
    return next((one for one in steps if one.step == step and one.fate in ("", "held")), None)
