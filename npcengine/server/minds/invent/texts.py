"""Makes up texts: of a format, of a pattern, or words of the right length."""

import string
from collections.abc import Callable, Iterator, Mapping
from random import Random
from uuid import UUID

from npcengine.server.minds.invent.budget import TRIES, Budget, UnfitError
from npcengine.server.minds.invent.demands import Demands
from npcengine.server.minds.invent.patterns import Pattern, parse_pattern

__all__ = ["texts"]

_WORDS = ("well", "gate", "ladder", "bread", "Mira", "Tomas", "lantern", "north", "home", "key")


def _date(random: Random) -> str:
    return f"20{random.randint(10, 39)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"


def _time(random: Random) -> str:
    return f"{random.randint(0, 23):02}:{random.randint(0, 59):02}:{random.randint(0, 59):02}Z"


def _uuid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))


def _host(random: Random) -> str:
    return f"{random.choice(_WORDS).lower()}.example"


_FORMATS: Mapping[str, Callable[[Random], str]] = {
    "date": _date,
    "time": _time,
    "date-time": lambda random: f"{_date(random)}T{_time(random)}",
    "duration": lambda random: f"PT{random.randint(1, 59)}M",
    "email": lambda random: f"{random.choice(_WORDS).lower()}@{_host(random)}",
    "hostname": _host,
    "ipv4": lambda random: f"192.0.2.{random.randint(1, 254)}",
    "ipv6": lambda random: f"2001:db8::{random.randint(1, 0xFFFF):x}",
    "uri": lambda random: f"https://{_host(random)}/{random.choice(_WORDS).lower()}",
    "uuid": _uuid,
}
_SAME_FORMATS = {
    "idn-email": "email",
    "uri-reference": "uri",
    "url": "uri",
    "uuid4": "uuid",
}


def texts(demands: Demands, random: Random, budget: Budget, path: str) -> Iterator[str]:
    """Yield texts of the right length that are of the format, or else match the pattern.

    A format with a pattern (some write both) is met first by the usual texts of the format; whoever
    takes them checks the pattern.
    """
    least, most = demands.counts("minLength", "maxLength")
    if most is not None and most < least:
        raise UnfitError(path, f"no text has at least {least} and at most {most} characters")
    makers = [_FORMATS[name] for text in demands.texts("format") if (name := _known(text))]
    written = demands.texts("pattern")
    patterns = [pattern for text in written if (pattern := parse_pattern(text)) is not None]
    if written and not patterns and not makers:
        raise UnfitError(path, f"the pattern {written[0]!r:.80} is beyond what can be made up")
    for attempt in range(TRIES):
        if makers and (attempt < TRIES // 2 or not patterns):
            text = makers[0](random)
        elif patterns:
            text = _matching(patterns[0], least, random, budget, path)
        else:
            text = _words(least, most, random, budget, path)
        budget.spend(len(text), path)
        if len(text) >= least and (most is None or len(text) <= most):
            yield text


def _known(name: str) -> str | None:
    name = _SAME_FORMATS.get(name, name)
    return name if name in _FORMATS else None


def _matching(pattern: Pattern, least: int, random: Random, budget: Budget, path: str) -> str:
    def spend(repeats: int) -> None:
        budget.spend(repeats, path)

    text = pattern.make(random, random.randint(0, 2), spend)
    return text if len(text) >= least else pattern.make(random, least - len(text), spend)


def _words(least: int, most: int | None, random: Random, budget: Budget, path: str) -> str:
    word = random.choice(_WORDS)
    if len(word) < least:
        budget.spend(least, path)
        word += "".join(random.choices(string.ascii_lowercase, k=least - len(word)))
    return word[:most]
