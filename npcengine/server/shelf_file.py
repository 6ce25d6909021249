"""The SQLite file of a store: made, checked, opened.

It is in WAL mode: several gateways may use it at once, and a crash loses nothing that was
committed. Only a loss of power may take the last few responses along.
"""

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from npcengine.errors import UsageError

__all__ = ["open_file", "writing"]

APPLICATION_ID = 0x6E706365
"""``npce``, in SQLite's header: which program a file belongs to."""

VERSION = 2

BUSY_WITHIN_S = 5.0
"""How long another gateway on the same file may hold it."""

_SCHEMA = """
CREATE TABLE piece (
    id INTEGER PRIMARY KEY,
    parent INTEGER,
    items BLOB NOT NULL
);
CREATE INDEX piece_parent ON piece (parent);
CREATE TABLE response (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    created_s INTEGER NOT NULL,
    body BLOB NOT NULL,
    piece INTEGER NOT NULL,
    outputs INTEGER NOT NULL,
    continues INTEGER NOT NULL,
    UNIQUE (owner, id)
);
CREATE INDEX response_piece ON response (piece);
CREATE TABLE item (
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    piece INTEGER NOT NULL,
    place INTEGER NOT NULL
);
CREATE INDEX item_id ON item (owner, id);
CREATE INDEX item_piece ON item (piece);
CREATE TABLE total (responses INTEGER NOT NULL, bytes INTEGER NOT NULL);
INSERT INTO total VALUES (0, 0);
CREATE TRIGGER piece_added AFTER INSERT ON piece
    BEGIN UPDATE total SET bytes = bytes + length(NEW.items); END;
CREATE TRIGGER piece_gone AFTER DELETE ON piece
    BEGIN
        UPDATE total SET bytes = bytes - length(OLD.items);
        DELETE FROM item WHERE piece = OLD.id;
    END;
CREATE TRIGGER response_added AFTER INSERT ON response
    BEGIN UPDATE total SET responses = responses + 1, bytes = bytes + length(NEW.body); END;
CREATE TRIGGER response_gone AFTER DELETE ON response
    BEGIN UPDATE total SET responses = responses - 1, bytes = bytes - length(OLD.body); END;
"""


def open_file(path: str | None) -> sqlite3.Connection:
    """Return a connection to a store, which may go from thread to thread.

    Args:
        path: The file, made if it is not there; ``None`` is a store in memory.

    Raises:
        UsageError: The file cannot be opened, is damaged, or is something else; it is left as it
            was.
    """
    try:
        if path is not None:  # what people say is nobody else's business
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        db = sqlite3.connect(
            path or ":memory:",
            timeout=BUSY_WITHIN_S,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            _prepare(db)
        except BaseException:
            db.close()
            raise
    except (sqlite3.Error, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{path} cannot be used as a store: {reason}") from error
    return db


@contextmanager
def writing(db: sqlite3.Connection) -> Generator[None]:
    """Commit what is done in the block, or nothing of it."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # some errors have rolled back already
            db.execute("ROLLBACK")
        raise


def _prepare(db: sqlite3.Connection) -> None:
    _check_ours(db)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA secure_delete = ON")
    with writing(db):
        if not _check_ours(db):  # now that no other gateway can be making it
            for statement in _statements(_SCHEMA):
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {VERSION}")
    if (said := _value(db, "PRAGMA quick_check(1)")) != "ok":
        raise sqlite3.DatabaseError(str(said).splitlines()[0])


def _check_ours(db: sqlite3.Connection) -> bool:
    """Return whether the file is one of ours already; raise if it is anybody else's."""
    if not _value(db, "SELECT count(*) FROM sqlite_master"):
        return False
    if _value(db, "PRAGMA application_id") != APPLICATION_ID:
        raise sqlite3.DatabaseError("it belongs to another program")
    if (version := _value(db, "PRAGMA user_version")) != VERSION:
        raise sqlite3.DatabaseError(f"it is of version {version}, and this is {VERSION}")
    return True


def _value(db: sqlite3.Connection, statement: str) -> Any:
    return db.execute(statement).fetchone()[0]


def _statements(script: str) -> Generator[str]:
    """Return the statements of a script; ``executescript`` would end the transaction."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
