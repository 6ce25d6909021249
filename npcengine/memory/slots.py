"""Save slots: one SQLite file each, which holds one moment of a game. The only module with I/O.

Rules:

1. A slot is written in one transaction. Whatever happens in the middle, it holds the moment before
   or the new one, whole. Between two calls no file is open, and it stands alone: it can be copied.
2. What the file has already is not written again, whichever timeline it is from; it is compared
   byte for byte, so that a save is also good over a file that has gone bad.
3. A moment is read whole and checked whole before anybody sees it. The digests hold off accidents,
   not people: who edits a save on purpose can make them fit. Types and sizes are held all the same.
4. A file that is not ours is never written to.

Both functions block; call them on a worker thread. Two at once on one file wait for each other.
"""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from npcengine.errors import SaveError
from npcengine.memory.history import GameMs, Kept, Kind, Mark, Record
from npcengine.memory.memory import MAX_GAME_BYTES, MAX_NPCS, Memories, Save

__all__ = ["SCHEMA_VERSION", "Slot", "read_slot", "write_slot"]

SCHEMA_VERSION = 1
"""Moved on when an older npcengine could not read what a newer one writes."""
APPLICATION_ID = 0x4E504345
"""Tells our files from others: "NPCE", in SQLite's header."""
MAX_SLOT_BYTES = 512 * 1024 * 1024
"""The largest file; it is refused both ways."""
MAX_VALUE_BYTES = MAX_GAME_BYTES + 1024 * 1024
"""The largest single value, with room for a row around a game's own state."""
WAIT_S = 5.0
"""How long another writer is waited for."""

_KNOWN = ""
"""The owner of what is known; NPCs have names."""

_TABLES = [
    """\
CREATE TABLE moment (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at_ms INTEGER NOT NULL,
    game_version TEXT NOT NULL,
    game BLOB NOT NULL,
    fingerprint BLOB NOT NULL
)""",
    """\
CREATE TABLE owner (
    name TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    digest BLOB NOT NULL
) WITHOUT ROWID""",
    """\
CREATE TABLE record (
    owner TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    digest BLOB NOT NULL,
    after BLOB NOT NULL,
    kind TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (owner, sequence)
) WITHOUT ROWID""",
]
"""In the order of their names."""

_NEWER = "made by a newer npcengine (schema {}): update npcengine to load it"
_FOREIGN = "this is not a save of npcengine: choose another path"
_DAMAGED = "the file is damaged ({}): load another save, or delete this one to save here again"
_BUSY = "another program or thread is using it: try again when that is done"
_FULL = "there is no room: free some of the disk, or save less"
_CLOSED = "it cannot be opened or written: check the folder, the disk and their permissions"

# SQLite's primary result codes, which the bits above the first eight refine.
_REASONS = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_CANTOPEN: _CLOSED,
    sqlite3.SQLITE_IOERR: _CLOSED,
    sqlite3.SQLITE_PERM: _CLOSED,
    sqlite3.SQLITE_READONLY: _CLOSED,
}


class Slot(msgspec.Struct, frozen=True):
    """What a slot held, ready to be played on from; whoever reads it owns it."""

    memories: Memories
    at_ms: int
    game: bytes
    game_version: str


class _DamagedError(Exception):
    """What the file says cannot be; the text says why."""


_Name = Annotated[str, Meta(max_length=80)]
_Sequence = Annotated[int, Meta(ge=0, le=2**53)]
_MomentRow = tuple[GameMs, Annotated[str, Meta(max_length=200)], bytes, bytes]
_OwnerRow = tuple[_Name, _Sequence, bytes]
_RecordRow = tuple[_Name, _Sequence, bytes, bytes, Kind, bytes]


def write_slot(path: str | Path, save: Save) -> None:
    """Make the slot at ``path`` hold ``save``; it is made if there is none, with its folder.

    Raises:
        SaveError: It could not be written, or is not ours to write; it is as it was.
    """
    path = Path(path).absolute()
    with _faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _opened(path) as db:
            # Before anything is written, and as one picture: another may be making the file.
            db.execute("BEGIN")
            _check_header(path, db)
            db.execute("ROLLBACK")
            # Readers see the old moment until the new one is there. Where the file system cannot
            # do it, SQLite stays with a journal, which is as safe.
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            page_bytes = db.execute("PRAGMA page_size").fetchone()[0]
            db.execute(f"PRAGMA max_page_count = {MAX_SLOT_BYTES // page_bytes}")
            db.execute("BEGIN IMMEDIATE")
            if _check_header(path, db):
                _create(db)
            _write(db, save)
            # Nothing of what was there before may have been in the way of what is there now.
            if (sound := db.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
                raise _DamagedError(sound)
            db.execute("COMMIT")


def read_slot(path: str | Path) -> Slot:
    """Return the moment that the slot at ``path`` holds.

    Raises:
        SaveError: There is none, or it cannot be read; the reason says what to do.
    """
    path = Path(path).absolute()
    with _faults(path):
        if not path.is_file():
            raise SaveError(str(path), "there is no save here")
        if path.stat().st_size > MAX_SLOT_BYTES:
            raise SaveError(str(path), f"a save has at most {MAX_SLOT_BYTES} bytes: " + _FOREIGN)
        with _opened(path) as db:
            db.execute("PRAGMA query_only = ON")
            db.execute("BEGIN")
            if _check_header(path, db):
                raise SaveError(str(path), "there is no save in this file")
            save = _read(db)
        return Slot(Memories(save), save.at_ms, save.game, save.game_version)


@contextmanager
def _faults(path: Path) -> Generator[None]:
    """Turn what goes wrong inside the block into a :class:`SaveError` that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        reason = _REASONS.get(_code(error)) or _DAMAGED.format(error)
        raise SaveError(str(path), reason) from error
    except (_DamagedError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SaveError(str(path), _DAMAGED.format(error)) from error
    except OSError as error:
        raise SaveError(str(path), _CLOSED) from error


def _code(error: sqlite3.Error) -> int:
    # Some errors are the module's own and carry no code: all of them come from odd content.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF


@contextmanager
def _opened(path: Path) -> Generator[sqlite3.Connection]:
    """Open a file, and close it behind the block; a transaction that is still open is undone."""
    with closing(sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)) as db:
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
        # A file can bring views, triggers and functions along; ours has none, and none is run.
        db.execute("PRAGMA trusted_schema = OFF")
        db.execute("PRAGMA cell_size_check = ON")
        yield db


def _check_header(path: Path, db: sqlite3.Connection) -> bool:
    """Refuse what is not ours; return whether nothing was ever written here."""
    try:
        tables = [sql for (sql,) in db.execute("SELECT sql FROM sqlite_master ORDER BY name")]
    except sqlite3.DatabaseError as error:
        if _code(error) == sqlite3.SQLITE_NOTADB:
            raise SaveError(str(path), _FOREIGN) from error
        raise
    application_id = db.execute("PRAGMA application_id").fetchone()[0]
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if not tables and application_id == 0 and version == 0:
        return True
    if application_id != APPLICATION_ID:
        raise SaveError(str(path), _FOREIGN)
    if version > SCHEMA_VERSION:
        raise SaveError(str(path), _NEWER.format(version))
    if version != SCHEMA_VERSION or tables != _TABLES:
        raise _DamagedError("it has other tables")
    return False


def _create(db: sqlite3.Connection) -> None:
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    for table in _TABLES:
        db.execute(table)


def _write(db: sqlite3.Connection, save: Save) -> None:
    """Change what differs."""
    owners = {_KNOWN: save.known, **save.npcs}
    marks = [(name, kept.mark.sequence, kept.mark.digest) for name, kept in owners.items()]
    db.execute("DELETE FROM owner")
    db.executemany("INSERT INTO owner VALUES (?, ?, ?)", marks)
    db.execute("DELETE FROM record WHERE owner NOT IN (SELECT name FROM owner)")
    for name, kept in owners.items():
        have = set(db.execute("SELECT * FROM record WHERE owner = ?", (name,)))
        want = {_row(name, record) for record in kept.records}
        db.executemany(
            "DELETE FROM record WHERE owner = ? AND sequence = ?",
            [(name, row[1]) for row in have - want],
        )
        db.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)", sorted(want - have))
    db.execute("DELETE FROM moment")
    db.execute(
        "INSERT INTO moment VALUES (1, ?, ?, ?, ?)",
        (save.at_ms, save.game_version, save.game, save.fingerprint()),
    )


def _row(owner: str, record: Record) -> tuple[str, int, bytes, bytes, Kind, bytes]:
    mark = record.mark
    return owner, mark.sequence, mark.digest, record.after, record.kind, record.body


def _read(db: sqlite3.Connection) -> Save:
    """Return what the file holds, once it is sure that it is what was written."""
    moments = db.execute("SELECT at_ms, game_version, game, fingerprint FROM moment").fetchall()
    if len(moments) != 1:
        raise _DamagedError("it holds no moment")
    at_ms, game_version, game, fingerprint = msgspec.convert(moments[0], _MomentRow)
    marks: dict[str, Mark] = {}
    for row in db.execute("SELECT name, sequence, digest FROM owner"):
        name, sequence, digest = msgspec.convert(row, _OwnerRow)
        marks[name] = Mark(sequence, digest)
    if len(marks) > MAX_NPCS + 1:
        raise _DamagedError("it has too many NPCs")
    records: dict[str, list[Record]] = {name: [] for name in marks}
    for row in db.execute("SELECT owner, sequence, digest, after, kind, body FROM record"):
        owner, sequence, digest, after, kind, body = msgspec.convert(row, _RecordRow)
        record = Record(kind, body, after, Mark(sequence, digest))
        if owner not in marks or sequence > marks[owner].sequence or not record.is_sound:
            raise _DamagedError(f"record {sequence} of {owner!r} does not fit")
        records[owner].append(record)
    npcs = {name: Kept(mark, tuple(records[name])) for name, mark in marks.items()}
    save = Save(at_ms, npcs, npcs.pop(_KNOWN, Kept()), game, game_version)
    if save.fingerprint() != fingerprint:
        raise _DamagedError("its parts do not fit together")
    return save
