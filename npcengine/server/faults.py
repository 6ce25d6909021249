"""What a request can be refused with: the wrapped error that official clients read."""

from collections.abc import Mapping

from msgspec import UNSET

from npcengine.errors import RemoteProtocolError
from npcengine.protocol.incoming import ErrorBody, ErrorEvent
from npcengine.transport.http import HttpReply, json_error

__all__ = ["MindError", "RequestError"]


class RequestError(Exception):
    """A request that never becomes a response."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.param = param
        self.status = status
        self.headers = headers

    @classmethod
    def unreadable(cls, error: RemoteProtocolError, *, code: str | None = None) -> "RequestError":
        """Return the refusal of something that could not be read, naming where."""
        return cls(error.reason, code=code, param=error.path.removeprefix("$.") or None)

    @property
    def kind(self) -> str:
        """What clients know the error's type as."""
        if self.status == 429:
            return "rate_limit_error"
        return "server_error" if self.status >= 500 else "invalid_request_error"

    def event(self, stream_id: str | None) -> ErrorEvent:
        """Return the frame; with headers in both places, since clients look in either."""
        headers = dict(self.headers) if self.headers else None
        body = ErrorBody(
            message=self.message, type=self.kind, code=self.code, param=self.param, headers=headers
        )
        return ErrorEvent(
            status=self.status,
            error=body,
            headers=headers or UNSET,
            stream_id=UNSET if stream_id is None else stream_id,
        )

    def reply(self) -> HttpReply:
        """Return the same error as an HTTP answer."""
        return json_error(
            self.status,
            self.message,
            code=self.code,
            param=self.param,
            kind=self.kind,
            headers=self.headers,
        )


class MindError(Exception):
    """A mind broke in the middle of a response; raised by minds."""

    def __init__(self, message: str, *, code: str = "server_error") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
