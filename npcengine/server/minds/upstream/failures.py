"""What an upstream says when it will not, in the words that clients of the gateway know.

A client can act on what is its own doing (a request that is too long, a model that is not there)
and on being too early (429 and 503 with their ``retry-after``). What is between the gateway and its
upstream, such as a key that is refused, is neither: to a client that is a bad gateway, since a 401
would tell it that its own token is wrong.
"""

from collections.abc import Mapping

import msgspec

from npcengine.server.faults import MindError, RequestError

__all__ = ["fault_of", "refusal_of", "unreachable"]

MAX_WORDS = 500
"""Characters of an upstream's reason that are passed on."""

_TOO_LONG = ("exceed_context_size_error", "context_length_exceeded")

_PASSED_ON = {400, 404, 413, 422, 429, 503}
"""Statuses that mean to the client what they mean to us."""


class _Error(msgspec.Struct):
    message: str = ""
    type: str | None = None
    code: str | int | None = None
    param: str | None = None


class _Body(msgspec.Struct):
    error: _Error | str | None = None
    message: str | None = None
    detail: object = None


_body = msgspec.json.Decoder(_Body)
_error = msgspec.json.Decoder(_Error | str)


def unreachable(shown: str, reason: str, *, status: int = 503) -> RequestError:
    """Return the refusal when there is no answer from the upstream."""
    return RequestError(
        f"the upstream at {shown} does not answer: {reason}", code="server_error", status=status
    )


def refusal_of(status: int, headers: Mapping[str, str], body: bytes) -> RequestError:
    """Return the refusal that an upstream's answer means."""
    error = _read(body)
    words = error.message[:MAX_WORDS] or "no reason given"
    retry_after = headers.get("retry-after")
    if status in (401, 403):
        return RequestError(
            f"the upstream refuses the gateway's key ({status}): {words}",
            code="server_error",
            status=502,
        )
    is_known = status in _PASSED_ON
    if error.type in _TOO_LONG or error.code in _TOO_LONG:
        code: str | None = "context_length_exceeded"
    elif status == 429:
        code = "rate_limit_exceeded"
    elif status >= 500 or not is_known:
        code = "server_error"
    else:
        code = error.code if isinstance(error.code, str) else None
    return RequestError(
        f"the upstream refuses ({status}): {words}",
        code=code,
        param=error.param,
        status=status if is_known else 502,
        headers={"retry-after": retry_after} if retry_after is not None else None,
    )


def fault_of(error: bytes) -> MindError:
    """Return the failure that an error in the middle of an answer means."""
    try:
        said = _error.decode(error)
    except (msgspec.DecodeError, RecursionError):
        said = ""
    known = _Error(said) if isinstance(said, str) else said
    words = known.message[:MAX_WORDS] or "no reason given"
    is_busy = "rate_limit_exceeded" in (known.code, known.type) or known.code == 429
    code = "rate_limit_exceeded" if is_busy else "server_error"
    return MindError(f"the upstream failed: {words}", code=code)


def _read(body: bytes) -> _Error:
    try:
        said = _body.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _Error()
    if isinstance(said.error, _Error):
        return said.error
    plain = said.error or said.message
    if plain is None and isinstance(said.detail, str):
        plain = said.detail
    return _Error(plain or "")
