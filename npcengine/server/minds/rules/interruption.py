"""What a conversation is after somebody fell in: what was not heard was not said.

Words go out faster than they are heard. So when a mind learns that it was interrupted, its plan may
be long past the word at which it was stopped, or even over. The event tells what was heard and how
it would have gone on; the line that this falls into counts as said, those after it do not.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from npcengine.server.minds.rules.state import Frame, Spoken, State

__all__ = ["interrupted"]


def interrupted(state: State, event: Mapping[str, object], ack: Frame) -> State:
    """Return the state after an interruption: all that was under way is broken off.

    Args:
        state: Where the conversation was.
        event: ``heard`` and ``was_about_to_say``, either of which may be cut short or missing.
        ack: What is said about it before anything else.
    """
    unheard = _first_unheard(state, _text(event, "heard"), _text(event, "was_about_to_say"))
    said = state.said if unheard is None else unheard.said
    last = state.frames[-1] if state.frames else None
    resume = last if unheard is None else unheard.frame
    if resume is not None:
        # Its open call is void: whoever resumes makes it anew.
        resume = replace(resume, calling=None, waiting_for=None, tries=0)
    return replace(state, frames=(ack,), broken_off=resume, said=said)


def _first_unheard(state: State, heard: str, rest: str) -> Spoken | None:
    """Return the first line of which nothing was heard, if the break can be found."""
    whole = " ".join(line.text for line in state.spoken)
    found = whole.rfind(heard + rest) if rest else -1
    if found < 0:
        return None
    cut, begins = found + len(heard), 0
    for line in state.spoken:
        if begins >= cut:
            return line
        begins += len(line.text) + 1
    return None


def _text(event: Mapping[str, object], name: str) -> str:
    value = event.get(name)
    return value.replace("\n", " ") if isinstance(value, str) else ""
