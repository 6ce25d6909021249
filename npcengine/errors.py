"""Everything npcengine raises, sorted by whose fault it is.

::

    NpcEngineError
    +-- UsageError                the caller's code or settings are wrong: fix them
    |   +-- WrongThreadError      a frame-thread method was called from another thread
    |   +-- BridgeClosedError     used after close()
    +-- ProtocolError             somebody broke the wire contract
    |   +-- LocalProtocolError    we did
    |   +-- RemoteProtocolError   the other end did; carries a path and a reason
    +-- LinkError                 the network; carries ``retryable``
    |   +-- ConnectError          no connection came about
    |   +-- HandshakeError        the server answered, and refused us
    |   +-- LinkLostError         an open connection ended
    +-- SaveError                 a save slot; nothing was changed, neither file nor game
    +-- TraceError                a recording; carries a path and a reason
    +-- QueryRetry                raised by a query's author: ask again differently
    +-- QueryFailed               raised by a query's author: no, and do not repeat

A :class:`LinkError` or a :class:`RemoteProtocolError` is never raised by ``Bridge.update()``: a
frame must not fail because a packet did. They show in ``bridge.status`` instead.
"""

__all__ = [
    "BridgeClosedError",
    "ConnectError",
    "HandshakeError",
    "LinkError",
    "LinkLostError",
    "LocalProtocolError",
    "NpcEngineError",
    "ProtocolError",
    "QueryFailed",
    "QueryRetry",
    "RemoteProtocolError",
    "SaveError",
    "TraceError",
    "UsageError",
    "WrongThreadError",
]


class NpcEngineError(Exception):
    """The root: catch this to catch everything that is ours."""


class UsageError(NpcEngineError):
    """The caller's code or settings are wrong; the text says what to change."""


class WrongThreadError(UsageError):
    """A method that belongs to the frame thread ran on another thread."""

    def __init__(self, method: str, owner: str, current: str) -> None:
        super().__init__(
            f"{method} belongs to the thread {owner!r} that made the bridge, "
            f"but was called from {current!r}"
        )
        self.method = method
        self.owner = owner
        self.current = current


class BridgeClosedError(UsageError):
    """A bridge was used after ``close()``."""

    def __init__(self, method: str) -> None:
        super().__init__(f"{method} was called on a bridge that is closed")
        self.method = method


class ProtocolError(NpcEngineError):
    """Somebody broke the contract of the wire."""


class LocalProtocolError(ProtocolError):
    """We did, or were about to: nothing was sent."""


class RemoteProtocolError(ProtocolError):
    """The other end sent something that cannot be accepted.

    ``path`` says where in the frame, in the form ``$.response.output[0].name``.
    """

    def __init__(self, reason: str, *, path: str = "$") -> None:
        super().__init__(f"{reason} (at {path})")
        self.reason = reason
        self.path = path


class LinkError(NpcEngineError):
    """The network failed us."""

    retryable: bool = True
    """Whether trying again later can help, with nothing changed."""


class ConnectError(LinkError):
    """No connection came about: refused, unreachable, name unknown or too slow."""

    def __init__(self, url: str, reason: str, *, retryable: bool = True) -> None:
        super().__init__(f"no connection to {url}: {reason}")
        self.url = url
        self.reason = reason
        self.retryable = retryable
        self.was_reached = False
        """Whether something took the connection, and it came to nothing only then."""


class HandshakeError(LinkError):
    """The server answered the upgrade request with something other than 101."""

    def __init__(self, url: str, status: int, reason: str, *, hint: str = "") -> None:
        """Say what the status means.

        Args:
            url: Where.
            status: The HTTP status.
            reason: The server's words for it.
            hint: What is more to the point than what the status means in general.
        """
        hint = hint or {
            401: "the token is missing or wrong",
            403: "the token may not be used here",
            404: "there is no Responses endpoint at this path",
            426: "this server speaks HTTP only",
        }.get(status, reason)
        super().__init__(f"{url} refused the connection with HTTP {status}: {hint}")
        self.url = url
        self.status = status
        self.retryable = status in {408, 425, 429} or status >= 500


class LinkLostError(LinkError):
    """An open connection ended without our asking."""

    def __init__(self, reason: str, *, code: int = 1006) -> None:
        super().__init__(f"connection lost: {reason} (close code {code})")
        self.reason = reason
        self.code = code


class SaveError(NpcEngineError):
    """A save slot could not be read or written; the file is as it was, and so is the game."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"the save {path}: {reason}")
        self.path = path
        self.reason = reason


class TraceError(NpcEngineError):
    """A recording cannot be written or read; the text is one line that says why."""

    def __init__(self, path: str, reason: str, *, line: int | None = None) -> None:
        super().__init__(f"{path}: {reason}" if line is None else f"{path}:{line}: {reason}")
        self.path = path
        self.reason = reason
        self.line = line
        """Of the file, from 1, where one is to blame."""


class QueryRetry(NpcEngineError):  # noqa: N818 - an answer to the mind, not a fault
    """Raise in a query: the question cannot be answered as asked; say how to ask instead."""


class QueryFailed(NpcEngineError):  # noqa: N818 - an answer to the mind, not a fault
    """Raise in a query: there is no answer, and asking again will not help."""
