"""How the way to the minds is, in one word and one line."""

from typing import Literal, TypeAlias

import msgspec

from npcengine.session.outside import LinkState

__all__ = ["LinkPhase", "Status", "status_of"]

LinkPhase: TypeAlias = Literal["idle", "connecting", "connected", "down", "refused", "closed"]


class Status(msgspec.Struct, frozen=True):
    """How the way to the minds is."""

    link: LinkPhase
    """``refused`` means that trying again is pointless until settings change."""
    detail: str = ""
    """Why it is not ``connected``, in one line for people."""


def status_of(state: LinkState) -> Status:
    """Return what an open bridge says of its connections."""
    if state.refused:
        return Status("refused", state.detail)
    if not state.wanted:
        return Status("idle")
    if state.connected == state.wanted:
        return Status("connected")
    return Status("down" if state.detail else "connecting", state.detail)
