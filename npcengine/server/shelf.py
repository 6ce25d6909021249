"""Stored responses in SQLite. Blocking: :mod:`npcengine.server.store` decides on which thread.

A conversation is stored in pieces, one a response: the items that were new, and those it gave. A
piece points at the one before, so a long chain is not written again with every turn, and a fork
shares what it has in common. A piece goes with the last response that needs it; so a response may
be deleted or evicted, and what was continued from it goes on.
"""

import sqlite3
from typing import Any

import msgspec

from npcengine.errors import RemoteProtocolError
from npcengine.protocol.items import Item, encode_item, read_item_list
from npcengine.server.context import Context
from npcengine.server.limits import Limits
from npcengine.server.shelf_file import open_file, writing

__all__ = ["Kept", "Shelf"]

_CHAIN = """
WITH RECURSIVE chain (parent, items, back) AS (
    SELECT parent, items, 0 FROM piece WHERE id = ?
    UNION ALL
    SELECT piece.parent, piece.items, back + 1 FROM piece JOIN chain ON piece.id = chain.parent
)
SELECT items FROM chain ORDER BY back DESC
"""

_encode = msgspec.json.Encoder().encode


def _read(items: bytes) -> list[Item]:
    try:
        return read_item_list(items)
    except RemoteProtocolError as error:
        raise sqlite3.DatabaseError(f"a conversation in it cannot be read: {error}") from error


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A response that is to be stored."""

    owner: str
    id: str
    created_s: int
    body: bytes
    """The response object, as the client had it."""
    parent_id: str | None
    inputs: tuple[Item, ...]
    """What the request brought."""
    outputs: tuple[Item, ...]
    """What the response gave."""
    context: Context
    """The whole conversation with the inputs, for when the parent is not stored."""
    continues: bool
    """Whether it can be continued; one that failed cannot."""


class Shelf:
    """An open store, used by one thread at a time."""

    def __init__(self, path: str | None, limits: Limits) -> None:
        """Open a file, or make one.

        Args:
            path: The file; ``None`` keeps everything in memory.
            limits: How much is kept.

        Raises:
            UsageError: The file cannot be opened, is damaged, or is something else.
        """
        self._limits = limits
        self._db = open_file(path)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def keep(self, kept: Kept) -> None:
        """Store a response, and let go of the oldest ones that are too much."""
        with writing(self._db):
            parent = self._piece_of(kept.owner, kept.parent_id)
            inputs = kept.inputs if parent is not None else kept.context.history()
            items = (*inputs, *kept.outputs)
            encoded = _encode([encode_item(item) for item in items])
            piece = self._db.execute(
                "INSERT INTO piece (parent, items) VALUES (?, ?)", (parent, encoded)
            ).lastrowid
            self._db.executemany(
                "INSERT INTO item (owner, id, piece, place) VALUES (?, ?, ?, ?)",
                [
                    (kept.owner, id, piece, place)
                    for place, item in enumerate(items)
                    if (id := getattr(item, "id", None))
                ],
            )
            self._db.execute(
                "INSERT INTO response (owner, id, created_s, body, piece, outputs, continues)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(kept.owner, kept.id, kept.created_s, kept.body),
                    *(piece, len(kept.outputs), kept.continues),
                ),
            )
            self._evict(kept.created_s)

    def conversation(self, owner: str, id: str) -> tuple[Item, ...] | None:
        """Return all items up to a response and of it; ``None`` if it cannot be continued."""
        piece = self._piece_of(owner, id)
        return None if piece is None else self._chain(piece)

    def inputs(self, owner: str, id: str) -> tuple[Item, ...] | None:
        """Return all items that a response was made from."""
        row = self._one("SELECT piece, outputs FROM response WHERE owner = ? AND id = ?", owner, id)
        if row is None:
            return None
        items = self._chain(row[0])
        return items[: len(items) - row[1]]

    def item(self, owner: str, id: str) -> Item | None:
        """Return the item of an id, the newest of those that a client may have given it to."""
        row = self._one(
            "SELECT piece.items, place FROM item JOIN piece ON piece.id = item.piece"
            " WHERE owner = ? AND item.id = ? ORDER BY item.rowid DESC LIMIT 1",
            *(owner, id),
        )
        if row is None:
            return None
        place: int = row[1]
        return _read(row[0])[place]

    def body(self, owner: str, id: str) -> bytes | None:
        """Return a response as the client had it."""
        row = self._one("SELECT body FROM response WHERE owner = ? AND id = ?", owner, id)
        return None if row is None else row[0]

    def delete(self, owner: str, id: str) -> bool:
        """Forget a response; return whether it was there."""
        with writing(self._db):
            row = self._one(
                "SELECT number, piece FROM response WHERE owner = ? AND id = ?", owner, id
            )
            if row is not None:
                self._remove(*row)
        return row is not None

    # --- inside -------------------------------------------------------------------------------

    def _piece_of(self, owner: str, id: str | None) -> int | None:
        row = self._one(
            "SELECT piece FROM response WHERE owner = ? AND id = ? AND continues", owner, id
        )
        return None if row is None else row[0]

    def _chain(self, piece: int) -> tuple[Item, ...]:
        rows = self._db.execute(_CHAIN, (piece,)).fetchall()
        return tuple(item for (items,) in rows for item in _read(items))

    def _evict(self, now_s: int) -> None:
        limits = self._limits
        while True:
            oldest = self._one(
                "SELECT number, piece, created_s FROM response ORDER BY number LIMIT 1"
            )
            if oldest is None:
                return
            responses, size = self._db.execute("SELECT responses, bytes FROM total").fetchone()
            if (
                responses <= limits.stored_responses
                and size <= limits.stored_bytes
                and oldest[2] >= now_s - limits.stored_age_s
            ):
                return
            self._remove(oldest[0], oldest[1])

    def _remove(self, number: int, piece: int | None) -> None:
        """Remove a response, and the pieces that nothing else needs."""
        self._db.execute("DELETE FROM response WHERE number = ?", (number,))
        while piece is not None:
            used = (
                "SELECT 1 FROM response WHERE piece = ? UNION SELECT 1 FROM piece WHERE parent = ?"
            )
            if self._one(used, piece, piece) is not None:
                return
            parent = self._number("SELECT parent FROM piece WHERE id = ?", piece)
            self._db.execute("DELETE FROM piece WHERE id = ?", (piece,))
            piece = parent

    def _one(self, statement: str, *values: object) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._db.execute(statement, values).fetchone()
        return row

    def _number(self, statement: str, *values: object) -> Any:
        return (self._one(statement, *values) or (None,))[0]
