"""How a bad frame is refused: with a path and a reason, and never with a third party's error."""

import re
from collections.abc import Generator
from contextlib import contextmanager

import msgspec

from npcengine.errors import RemoteProtocolError

# msgspec ends its texts with the path in backquotes; ours join it to the path of the outer frame.
_AT_PATH = re.compile(r"^(?P<reason>.*?) - at `(?:key` in `)?\$(?P<path>[^`]*)`$", re.DOTALL)


@contextmanager
def refused(path: str = "$") -> Generator[None]:
    """Turn a decoding error inside the block into a :class:`RemoteProtocolError` at ``path``.

    Raises:
        RemoteProtocolError: What was decoded is not JSON, not of the declared shape, not UTF-8,
            or nested too deeply to be worth reading.
    """
    try:
        yield
    except msgspec.ValidationError as error:
        reason, inner = str(error), ""
        if (match := _AT_PATH.match(reason)) is not None:
            reason, inner = match["reason"], match["path"]
        raise RemoteProtocolError(reason, path=path + inner) from error
    except msgspec.DecodeError as error:
        raise RemoteProtocolError(str(error), path=path) from error
    except UnicodeDecodeError as error:
        raise RemoteProtocolError("text that is not UTF-8", path=path) from error
    except RecursionError as error:
        raise RemoteProtocolError("nested too deeply", path=path) from error
