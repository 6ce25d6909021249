"""Filters over what NPCs say, before anybody can see it: moderation, a swear jar, a translation.

A filter sees the whole speech as far as it has come and returns what may be shown of it: all, a
shorter beginning to hold the rest back until it is clear what it will be, or other words. It runs
in ``update``, once for each NPC whose speech has grown. One that breaks shows nothing at all.
"""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from npcengine.session.outside import NpcState

if TYPE_CHECKING:
    from npcengine.bridge.npc import Npc

__all__ = ["SpeechFilter", "SpeechFilters"]

SpeechFilter: TypeAlias = Callable[["Npc", str, bool], str]
"""Takes who speaks, all that was said so far, and whether it is over; returns what is shown."""

log = logging.getLogger("npcengine")


class SpeechFilters:
    """The filters of one bridge, each over what the one before lets through (frame thread)."""

    def __init__(self) -> None:
        self._filters: list[SpeechFilter] = []
        self._faulty: set[SpeechFilter] = set()
        self.fault: Exception | None = None
        """What a filter raised, for a strict bridge to raise further on."""

    def add(self, speech_filter: SpeechFilter) -> None:
        """Add one behind the others."""
        self._filters.append(speech_filter)

    def shown(self, npc: "Npc", state: NpcState) -> str:
        """Return what may be shown of an NPC's speech."""
        text = state.speech
        is_over = state.phase in ("idle", "offline") or state.speech_epoch < state.turn_epoch
        for speech_filter in self._filters:
            try:
                text = speech_filter(npc, text, is_over)
            except Exception as error:
                self.fault = self.fault or error
                if speech_filter not in self._faulty:
                    self._faulty.add(speech_filter)
                    log.exception("a speech filter failed; it is logged once")
                return ""
        return text
