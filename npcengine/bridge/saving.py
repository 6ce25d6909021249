"""Saving a game and going back to a save: the part between the frame thread and the files.

A save is one moment of everything: where the game is, how far it has come with what its NPCs say
and do, and what they remember at just that point. Rules:

1. No file is touched on the frame thread or on the loop, but in virtual time: there it is done
   inside ``update``, so that runs are alike.
2. From :meth:`Saves.load` on, nothing of a mind reaches the game, and nothing that the game says
   reaches a mind. Then either the file is good: what was on its way never was, and what the game
   has said since comes behind it. Or it is not, and everything goes on as if nothing had been.
3. Both end inside ``update`` and in no other place.
"""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from npcengine.bridge.npc import Npc
from npcengine.bridge.outbox import Outbox
from npcengine.errors import SaveError, UsageError
from npcengine.memory.memory import Memories, Save
from npcengine.memory.slots import Slot, read_slot, write_slot
from npcengine.session.inbox import Loaded, Saved

__all__ = ["Files", "Loading", "Saves", "Saving"]

_T = TypeVar("_T")
_H = TypeVar("_H", bound="Saving")

log = logging.getLogger("npcengine")

_IS_LOADING = "a save is being loaded: try again when that is done"


class Saving:
    """A save on its way to its file; changes inside ``Bridge.update`` and at no other time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_done = False
        self.error: SaveError | None = None
        """Why the file is as it was before, if it could not be written."""

    def __repr__(self) -> str:
        how = "under way" if not self.is_done else "done" if self.error is None else "failed"
        return f"<{type(self).__name__} {str(self.path)!r} {how}>"

    def end(self, error: SaveError | None) -> None:
        """For the bridge: it is done, or will never be."""
        self.is_done, self.error = True, error


class Loading(Saving):
    """A save on its way back; when it is done without an error, the game has to go back as well."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.game: bytes | None = None
        """What the game had put into the save."""
        self.game_version = ""
        """What the game had called its version then."""


class _Written(msgspec.Struct):
    """A save that somebody waits for."""

    handle: Saving
    game: bytes
    game_version: str
    future: Future[None] | None = None
    """Set by the loop, when it has the moment."""


class _Read(msgspec.Struct):
    handle: Loading
    future: Future[Slot] | None = None


class Files:
    """Reads and writes slots one after the other, in the order in which it is asked to."""

    def __init__(self, *, threaded: bool) -> None:
        """Begin with nothing to do.

        Args:
            threaded: Do it on a thread of its own; otherwise it waits for :meth:`work`.
        """
        self._threaded = threaded
        self._executor: ThreadPoolExecutor | None = None
        self._waiting: deque[Callable[[], None]] = deque()

    def begin(self, work: Callable[[], _T]) -> Future[_T]:
        """Begin to read or write (loop thread)."""
        if self._threaded:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(1, thread_name_prefix="npcengine-saves")
            return self._executor.submit(work)
        future: Future[_T] = Future()
        self._waiting.append(lambda: _run(work, future))
        return future

    def work(self) -> None:
        """Do what there is to do, if nobody else does (frame thread)."""
        while self._waiting:
            self._waiting.popleft()()

    def close(self) -> None:
        """Take nothing more; what was begun is done all the same, before the process ends."""
        self.work()
        if self._executor is not None:
            self._executor.shutdown(wait=False)


class Saves:
    """The saves and the load that are under way (frame thread, but for :meth:`keep`)."""

    def __init__(
        self,
        files: Files,
        outbox: Outbox,
        npcs: Mapping[str, Npc],
        call: Callable[..., None],
    ) -> None:
        """Begin with none.

        Args:
            files: Does the work.
            outbox: Leads to the loop.
            npcs: All NPCs by name.
            call: Runs a function on the loop, behind everything that went there before.
        """
        self._files = files
        self._outbox = outbox
        self._npcs = npcs
        self._call = call
        self._written: dict[int, _Written] = {}
        self._count = 0
        self._refused: list[Saving] = []
        self._read: _Read | None = None
        self.ended: list[Saving] = []
        """Those whose files were done with in the newest :meth:`resolve`, in their order."""

    @property
    def is_loading(self) -> bool:
        """Whether nothing may pass between the game and its minds."""
        return self._read is not None

    def save(self, path: str | Path, game: bytes, game_version: str) -> Saving:
        """Begin to save.

        Raises:
            UsageError: The game's part is too much, or not what it should be.
        """
        if not isinstance(game, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise UsageError(f"the game's part of a save is bytes, not {type(game).__name__}")
        Memories().save(at_ms=0, game=game, game_version=game_version)  # refused here or nowhere
        handle = Saving(Path(path).absolute())
        if self.is_loading:
            return self._refuse(handle)
        self._count += 1
        self._written[self._count] = _Written(handle, game, game_version)
        shown = {name: npc.barge_in.shown() for name, npc in self._npcs.items()}
        self._outbox.send(Saved(self._count, shown))
        return handle

    def load(self, path: str | Path) -> Loading:
        """Begin to load."""
        handle = Loading(Path(path).absolute())
        if self.is_loading:
            return self._refuse(handle)
        self._outbox.hold()
        read = self._read = _Read(handle)
        self._call(self._begin_to_read, read)
        return handle

    def keep(self, number: int, save: Save) -> None:
        """Write a moment down (loop thread)."""
        written = self._written[number]
        whole = msgspec.structs.replace(save, game=written.game, game_version=written.game_version)
        path = written.handle.path
        written.future = self._files.begin(lambda: write_slot(path, whole))

    def resolve(self) -> Loading | None:
        """End what has come to its end; return a load that everybody has to go back for."""
        self._files.work()
        self.ended = []
        for number, written in list(self._written.items()):
            if written.future is not None and written.future.done():
                del self._written[number]
                written.handle.end(_error(written.handle, written.future))
                self.ended.append(written.handle)
        refused, self._refused = self._refused, []
        for handle in refused:
            handle.end(SaveError(str(handle.path), _IS_LOADING))
        read = self._read
        if read is None or read.future is None or not read.future.done():
            return None
        self._read = None
        error = _error(read.handle, read.future)
        read.handle.end(error)
        self.ended.append(read.handle)
        if error is not None:
            self._outbox.release()
            return None
        slot = read.future.result()
        read.handle.game, read.handle.game_version = slot.game, slot.game_version
        numbers = {name: npc.barge_in.unmake() for name, npc in self._npcs.items()}
        self._outbox.restart(Loaded(slot.memories, slot.at_ms, numbers))
        return read.handle

    def close(self) -> None:
        """Let what is under way be done without anybody who waits for it."""
        self._files.close()

    def _begin_to_read(self, read: _Read) -> None:
        path = read.handle.path
        read.future = self._files.begin(lambda: read_slot(path))

    def _refuse(self, handle: _H) -> _H:
        self._refused.append(handle)
        return handle


def _run(work: Callable[[], _T], future: Future[_T]) -> None:
    try:
        future.set_result(work())
    except Exception as error:  # noqa: BLE001 - as an executor does
        future.set_exception(error)


def _error(handle: Saving, future: Future[_T]) -> SaveError | None:
    error = future.exception()
    if error is None or isinstance(error, SaveError):
        return error
    log.error("saves failed in a way that nobody thought of", exc_info=error)
    return SaveError(str(handle.path), repr(error))
