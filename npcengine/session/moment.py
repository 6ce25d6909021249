"""An NPC's conversation at the moment of a save: as if it had been interrupted just then.

What the game has not come to by then never was: the words that were not heard, and the actions that
it has not begun. A mind may be ahead of its game by a frame or by a second; the save is the game's.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Raw

from npcengine.protocol.changes import Call
from npcengine.protocol.items import assistant_text
from npcengine.protocol.output import output_of
from npcengine.session.inbox import Shown
from npcengine.session.line import Line
from npcengine.session.said import Said, break_off
from npcengine.session.turn import CallState, OpenCall, Turn
from npcengine.world.answers import action_output, refusal, written_detail
from npcengine.world.percepts import action_ended
from npcengine.world.queries import QuerySpec

__all__ = ["Moment", "moment"]

_WHY = "the game was saved before it began"


class Moment(msgspec.Struct, frozen=True):
    """What there is to save of one NPC's mind, besides what it remembers already."""

    conversation: tuple[Raw, ...]
    heard: tuple[tuple[int, str], ...]
    """Of its newest turns, oldest first, what was heard of their speech."""


def moment(
    line: Line, turn: Turn | None, said: Said, lasting: Mapping[str, Call], shown: Shown
) -> Moment:
    """Return the moment; nothing of the arguments is changed.

    Args:
        line: What was told and said.
        turn: The turn that is under way, if one is.
        said: What the newest turn that has ended said.
        lasting: Actions that outlived their calls, by the ids that the game knows.
        shown: How far the game has come.
    """
    chain = line.chain.copy()
    speeches = [(said.copy(), ""), *([(turn.said.copy(), line.words)] if turn is not None else ())]
    heard = [
        (one.epoch, _heard(one.whole(words), shown, one.epoch, grows=one.epoch != said.epoch))
        for one, words in speeches
        if one.epoch <= shown.speech_epoch
    ]
    _, _, current = break_off(speeches, shown.speech_epoch, shown.heard_chars, chain.rewrite)
    if turn is not None:
        calls = [one for one in turn.calls.values() if one.state is not CallState.GROWING]
        outputs = [
            output_of(open_call.call.item, open_call.output or _output(open_call, shown))
            for open_call in calls
        ]
        if line.lane.phase.is_running:
            words = (assistant_text(current),) if current else ()
            chain.failed((*words, *turn.acted_on(())))
        chain.answer(outputs)
    for id, call in lasting.items():
        if id not in shown.running:
            why = written_detail(_WHY)
            chain.add(action_ended(call.name, call.call_id, "dropped", why))
    return Moment(chain.everything, tuple(heard))


def _output(open_call: OpenCall, shown: Shown) -> str:
    """Return what a call is answered with that nobody has answered."""
    if isinstance(open_call.tool, QuerySpec):
        return refusal("the game was saved before there was an answer", again=True)
    if open_call.id in shown.running:
        return action_output("started")
    return action_output("dropped", written_detail(_WHY))


def _heard(speech: str, shown: Shown, epoch: int, *, grows: bool) -> str:
    """Return what was heard of a turn's speech, without a word that goes on behind it, or may."""
    if epoch < shown.speech_epoch or (shown.heard_chars >= len(speech) and not grows):
        return speech
    heard = speech[: shown.heard_chars]
    return heard[: heard.rfind(" ") + 1]
