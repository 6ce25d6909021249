"""What a game adds to the recording of its bridge; without one, all of it does nothing."""

from pathlib import Path

from npcengine.bridge.npc import Npc
from npcengine.bridge.recorder import Recorder
from npcengine.bridge.switches import Switches
from npcengine.errors import UsageError

__all__ = ["Recorded"]


class Recorded(Switches):
    """The part of a bridge that is for recordings."""

    _recorder: Recorder | None
    _tick: int

    def input(self, value: object) -> None:
        """Record what the player did, before the ``update`` of its frame.

        ``npc-replay exact --game`` gives it back, in that frame, to the game that is run again.

        Args:
            value: Anything that msgspec can write as JSON.
        """
        self._check("Bridge.input")
        if self._recorder is not None:
            self._recorder.input(self._tick, value)

    def checkpoint(self, world_hash: str) -> None:
        """Record what the game's world has come to: a digest of the game's own making.

        Every some ticks, say once a second: a re-run with the game says where the two part.
        """
        self._check("Bridge.checkpoint")
        if self._recorder is not None:
            self._recorder.checkpoint(self._tick, world_hash)

    def mark(self, name: str, *, npc: Npc | None = None, value: object = None) -> None:
        """Record something to be found again.

        ``mark("reaction", npc=npc)`` says that an NPC visibly reacts, as with a reflex: reports
        count it as its first visible reaction to what it was told.

        Args:
            name: What it is.
            npc: Whom it concerns.
            value: Anything that msgspec can write as JSON.
        """
        self._check("Bridge.mark")
        if self._recorder is not None:
            self._recorder.mark(self._tick, name, "" if npc is None else npc.name, value)

    @property
    def recording_error(self) -> str | None:
        """Why the recording, or a part of it, could not be written; ``None`` while all is well."""
        return None if self._recorder is None else self._recorder.error

    def keep_recording(self, path: str | Path) -> None:
        """Make a file of a recording in memory, from the beginning on, and write on there.

        It is written in the background; :attr:`recording_error` says if that fails.

        Raises:
            UsageError: There is no recording in memory: ``Bridge(record=Recording())`` has one.
        """
        self._check("Bridge.keep_recording")
        if self._recorder is None or not self._recorder.is_journal:
            raise UsageError("there is nothing to keep: open with Bridge(record=Recording())")
        self._recorder.keep(Path(path))

    def end_recording(self) -> None:
        """End the file of :meth:`keep_recording`; in memory the recording goes on."""
        self._check("Bridge.end_recording")
        if self._recorder is not None and self._recorder.is_journal:
            self._recorder.release()
