"""Lines of a recording, turned back into what once entered the sessions' inbox."""

from typing import cast

import msgspec
from msgspec import UNSET

from npcengine.errors import TraceError
from npcengine.memory.memory import Memories, Save
from npcengine.policy.attention import Tier
from npcengine.policy.wallet import Budget
from npcengine.protocol.items import Message
from npcengine.replay.recorded_tools import recorded_toolbox
from npcengine.session import inbox
from npcengine.session.remembering import Learnt, Lived
from npcengine.trace import records
from npcengine.world.actions import OnInterrupt

__all__ = ["entered_of", "read_entry"]

_message = msgspec.json.Decoder(Message)
_budget = msgspec.json.Decoder(Budget)
_save = msgspec.json.Decoder(Save)


def read_entry(line: records.Entry, *, name: str) -> inbox.Entered:
    """Return what an entry's line is of, in the recording called ``name``.

    Raises:
        TraceError: Something in it does not have the form that it had.
    """
    try:
        return entered_of(line)
    except (msgspec.DecodeError, ValueError) as error:
        reason = f"entry {line.n} does not hold what it should: {error}"
        raise TraceError(name, reason) from error


def entered_of(line: records.Entry) -> inbox.Entered:
    """Return what an entry's line is of.

    Raises:
        msgspec.DecodeError: Something in it does not have the form that it had.
    """
    match line:
        case records.Frames(connection=connection, frames=frames):
            return inbox.FramesArrived(connection, [frame.encode() for frame in frames])
        case records.Ticked(tick=tick, dt=dt):
            return inbox.Ticked(tick, dt)
        case records.TimerFired(kind=kind, owner=owner, detail=detail):
            return inbox.TimerFired(inbox.TimerKey(kind, owner, detail))
        case records.LinkOpened():
            return inbox.LinkOpened(line.connection, line.keeps_contexts)
        case records.ConnectFailed():
            return inbox.ConnectFailed(line.connection, line.reason, line.retryable)
        case records.LinkLost():
            return inbox.LinkLost(line.connection, line.reason)
        case records.Defined(npc=npc, instructions=instructions, tools=tools, groups=groups):
            budget = None if line.budget is UNSET else _budget.decode(line.budget)
            toolbox = recorded_toolbox(tools)
            return inbox.Defined(npc, instructions, toolbox, tuple(groups), budget)
        case records.Perceived(npc=npc, item=item, wake=wake, what=what, lived=lived):
            return inbox.Perceived(npc, _message.decode(item), wake, what, _lived(lived))
        case records.Settled(npc=npc, call_id=call_id, status=status):
            given = None if line.detail is UNSET else line.detail
            return inbox.Settled(npc, call_id, status, given, line.wake, _lived(line.lived))
        case records.Answered(npc=npc, call_id=call_id, output=output, grade=grade):
            return inbox.Answered(npc, call_id, output, grade, line.took_ms, line.query)
        case records.Interrupted():
            return inbox.Interrupted(
                line.npc,
                line.number,
                line.reason,
                line.speech_epoch,
                line.heard_chars,
                cast("dict[str, OnInterrupt]", dict(line.running)),
            )
        case records.Learnt(scope=scope, subject=subject, text=text):
            return Learnt(scope, subject, text)
        case records.Saved(number=number, shown=shown):
            return inbox.Saved(number, {npc: _shown(one) for npc, one in shown.items()})
        case records.Loaded(memories=memories, at_ms=at_ms, numbers=numbers):
            return inbox.Loaded(Memories(_save.decode(memories)), at_ms, numbers)
        case records.Prewarmed(npc=npc):
            return inbox.Prewarmed(npc)
        case records.Attended(npc=npc, tier=tier, in_dialogue=in_dialogue):
            return inbox.Attended(npc, Tier(tier), in_dialogue)
        case records.Rerouted():
            return inbox.Rerouted()
        case records.Switched(off_because=reason):
            return inbox.Switched(reason)
        case records.Paused(is_paused=is_paused):
            return inbox.Paused(is_paused)


def _lived(lived: records.Lived | None) -> Lived | None:
    if lived is None:
        return None
    return msgspec.convert(msgspec.structs.asdict(lived), Lived)


def _shown(shown: records.ShownLine) -> inbox.Shown:
    return inbox.Shown(shown.speech_epoch, shown.heard_chars, frozenset(shown.running))
