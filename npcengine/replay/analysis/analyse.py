"""Works out what a recording shows, in one pass over its lines."""

from bisect import bisect_right
from collections.abc import Iterable

from npcengine.replay.analysis.frames import REACTION, Frames
from npcengine.replay.analysis.model import Analysis, FrameSeen, Mark, Question, Sign, Turn
from npcengine.replay.analysis.sessions import Sessions
from npcengine.replay.analysis.wire import Wire
from npcengine.trace import records

__all__ = ["analyse"]


def analyse(header: records.Header, lines: Iterable[records.Record]) -> Analysis:
    """Return what a recording shows.

    Args:
        header: Its first line.
        lines: All others, in order.

    Raises:
        TraceError: From ``lines``, where they are read from a damaged file.
    """
    wire = Wire()
    sessions = Sessions(wire)
    frames = Frames(sessions)
    analysis = Analysis(header, begin_ns=header.t_ns, end_ns=header.t_ns, is_torn=True)
    validity: list[records.Validity] = []
    for line in lines:
        match line:
            case records.Frame():
                frames.frame(line)
            case records.Mark():
                frames.mark(line)
            case records.Validity():
                validity.append(line)
            case records.End(lost=lost):
                analysis.is_torn, analysis.lost = False, lost
            case records.Input() | records.Checkpoint() | records.Header():
                pass
            case records.AnyEntry():
                sessions.enter(line)
            case _:
                sessions.effect(line)
    sessions.end()
    analysis.turns, analysis.others = sessions.turns, sessions.others
    analysis.frames = frames.frames
    analysis.connections = list(sessions.connections.values())
    analysis.marks = sorted([*frames.marks, *sessions.marks], key=lambda mark: mark.t_ns)
    analysis.npcs = sessions.npcs
    analysis.paused_ns = sessions.paused_ns
    analysis.unread = wire.unread
    newest = [sessions.t_ns, *(frame.t_ns for frame in analysis.frames[-1:])]
    analysis.end_ns = max(header.t_ns, *newest)
    _add_reactions(analysis)
    for turn in analysis.turns:
        turn.signs.sort(key=lambda sign: sign.t_ns)
        for question in turn.questions:
            _add_next_token(turn, question)
    _add_validity(analysis.turns, validity)
    return analysis


def _add_reactions(analysis: Analysis) -> None:
    """Give each mark of a reaction to the turn whose cause it follows."""
    began = {frame.tick: frame for frame in analysis.frames}
    by_npc: dict[str, list[Turn]] = {}
    for turn in analysis.turns:
        if turn.stimulus is not None:
            by_npc.setdefault(turn.npc, []).append(turn)
    for mark in analysis.marks:
        if mark.name != REACTION:
            continue
        turns = by_npc.get(mark.npc, [])
        starts = [_earliest_ns(turn, began) for turn in turns]
        place = bisect_right(starts, mark.t_ns) - 1
        if place >= 0:
            _react(turns[place], mark)


def _earliest_ns(turn: Turn, began: dict[int, FrameSeen]) -> int:
    """Return when a turn's cause was there at the earliest.

    The sessions learn of it a little later than the game said it, and the game may have shown a
    reflex by then.
    """
    stimulus = turn.stimulus
    assert stimulus is not None
    frame = began.get(stimulus.tick)
    return stimulus.t_ns if frame is None else min(frame.t_ns, stimulus.t_ns)


def _react(turn: Turn, mark: Mark) -> None:
    if any(sign.kind == "mark" for sign in turn.signs):
        return
    t_ns = max(mark.t_ns, turn.start_ns)
    turn.signs.append(Sign("mark", mark.tick, t_ns, t_ns))


def _add_next_token(turn: Turn, question: Question) -> None:
    for exchange in turn.exchanges:
        if question.written_ns is not None and exchange.sent_ns >= question.written_ns:
            question.next_token_ns = exchange.first_token_ns
            return


def _add_validity(turns: list[Turn], marks: list[records.Validity]) -> None:
    by_key = {(turn.npc, turn.number): turn for turn in turns}
    for mark in marks:
        if (turn := by_key.get((mark.npc, mark.turn))) is not None:
            turn.mark, turn.mark_reason = mark.mark, mark.reason
