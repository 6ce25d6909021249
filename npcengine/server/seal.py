"""Compaction items: a whole conversation as one opaque string, which only its maker can open.

The string is ``npc1.`` and, in URL-safe Base64, an HMAC-SHA256 followed by the items as
zlib-compressed JSON. It is signed and not encrypted: whoever has it can read what it says, which is
what they said themselves. The key comes from the client's token, so any gateway with that token
opens it again, and nobody else can make or change one.

Opening gives the very items that were folded, so a mind loses nothing. What is saved is bytes on
the wire; the context is as long as before.
"""

import base64
import hashlib
import hmac
import secrets
import zlib
from collections.abc import Sequence

import msgspec

from npcengine.errors import RemoteProtocolError
from npcengine.protocol.items import Compaction, Item, encode_item, read_item_list
from npcengine.server.faults import RequestError

__all__ = ["Seal", "unfolded"]

_PREFIX = "npc1."
_DIGEST_BYTES = 32


class Seal:
    """Folds and unfolds conversations for the holders of one token."""

    def __init__(self, token: str | None) -> None:
        """Make the key.

        Args:
            token: What clients bring; ``None`` makes a key that is gone with this process.
        """
        secret = secrets.token_bytes(32) if token is None else token.encode()
        self._key = hashlib.sha256(b"npcengine compaction\0" + secret).digest()

    def fold(self, items: Sequence[Item]) -> str:
        """Return the items as an opaque string."""
        packed = zlib.compress(msgspec.json.encode([encode_item(item) for item in items]))
        return _PREFIX + base64.urlsafe_b64encode(self._sign(packed) + packed).decode()

    def unfold(self, sealed: str, path: str) -> list[Item]:
        """Return the items in a string that was made by :meth:`fold`.

        Raises:
            RequestError: It was not, or not with this key; ``path`` is named.
        """
        try:
            # Only what we folded is unpacked, so it is no larger than a conversation may be.
            return read_item_list(zlib.decompress(self._open(sealed)))
        except (ValueError, zlib.error, RemoteProtocolError) as error:
            raise RequestError(
                "this compaction was not made here, or not for this token",
                code="invalid_compaction",
                param=path,
            ) from error

    def _open(self, sealed: str) -> bytes:
        """Return what we signed; raise ``ValueError`` if we did not."""
        opened = base64.urlsafe_b64decode(sealed.removeprefix(_PREFIX).encode("ascii"))
        digest, packed = opened[:_DIGEST_BYTES], opened[_DIGEST_BYTES:]
        if not sealed.startswith(_PREFIX) or not hmac.compare_digest(digest, self._sign(packed)):
            raise ValueError("not signed by us")
        return packed

    def _sign(self, packed: bytes) -> bytes:
        return hmac.digest(self._key, packed, "sha256")


def unfolded(items: Sequence[Item], seal: Seal) -> tuple[tuple[Item, ...], tuple[int, ...]]:
    """Return a request's items with compactions opened, and where each stood in the request.

    Raises:
        RequestError: A compaction cannot be opened.
    """
    whole: list[Item] = []
    places: list[int] = []
    for place, item in enumerate(items):
        if isinstance(item, Compaction):
            opened = seal.unfold(item.encrypted_content, f"input[{place}].encrypted_content")
        else:
            opened = [item]
        whole += opened
        places += [place] * len(opened)
    return tuple(whole), tuple(places)
