"""What the game sees of a mind: one picture, made from where its turn stands."""

from npcengine.session.outside import NpcState, Phase
from npcengine.session.said import Said
from npcengine.session.turn import CallState, Turn

__all__ = ["picture"]


def picture(
    turn: Turn | None, said: Said, current: str, *, epoch: int, barge_ins: int, is_offline: bool
) -> NpcState:
    """Return what there is to see.

    Args:
        turn: The turn that is under way, if one is.
        said: What the newest turn that has ended said, if it was not silent. Words stay to be read
            until there are others: a turn that says nothing wipes nothing away.
        current: The words of the running response.
        epoch: Number of the newest turn.
        barge_ins: How many interruptions the mind knows of.
        is_offline: Whether it wants to ask and cannot.
    """
    if turn is None:
        return NpcState(epoch, "idle", said.whole(), (), said.epoch, barge_ins)
    speech, speech_epoch = said.whole(), said.epoch
    if words := turn.said.whole(current):
        speech, speech_epoch = words, turn.epoch
    phase: Phase = "speaking" if current else "thinking"
    if is_offline:
        phase = "offline"
    elif not turn.is_answered:
        phase = "asking"
    names = tuple(c.call.name for c in turn.calls.values() if c.state is not CallState.ANSWERED)
    return NpcState(epoch, phase, speech, names, speech_epoch, barge_ins)
