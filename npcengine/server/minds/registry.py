"""Minds by name: what ``--mind`` and ``local:`` may say, such as ``rules?data=assets/minds``."""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlencode

from npcengine.errors import UsageError
from npcengine.server.minds.mind import Mind
from npcengine.server.minds.options import Options
from npcengine.server.minds.practice import PracticeMind
from npcengine.server.minds.rules.mind import RulesMind

__all__ = ["MINDS", "make_mind", "spec_with"]


def _upstream(options: Options) -> Mind:
    from npcengine.server.minds.upstream.mind import UpstreamMind  # a game's own minds start sooner

    return UpstreamMind(options)


MINDS: dict[str, Callable[[Options], Mind]] = {
    "practice": PracticeMind,
    "rules": RulesMind,
    "upstream": _upstream,
}


def make_mind(spec: str) -> Mind:
    """Return the mind that ``NAME?OPTION=VALUE&…`` describes.

    Raises:
        UsageError: There is no such mind or option, or a value cannot be used.
    """
    name, _, query = spec.partition("?")
    if name not in MINDS:
        raise UsageError(f"there is no mind {name!r}; there are: {', '.join(MINDS)}")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError as error:
        raise UsageError(f"{spec!r}: options look like ?ttft_ms=250&seed=7") from error
    options = Options(name, dict(pairs))
    mind = MINDS[name](options)
    options.check_all_used()
    return mind


def spec_with(spec: str, more: Mapping[str, str]) -> str:
    """Return what describes a mind, with more options."""
    added = urlencode(more, safe=":/")
    return spec + ("&" if "?" in spec else "?") + added if added else spec
