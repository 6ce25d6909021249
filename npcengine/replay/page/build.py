"""Puts the page together: template, style, scripts and data in one file, and no way out of it.

Whatever stands in a recording is data to the page. It is written as JSON in which no ``<`` is left
to end its element, it is only ever shown as text, and a policy in the page's head lets run nothing
but our own script, by its digest, and load nothing at all.
"""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files

import msgspec

from npcengine.replay.analysis.misses import Slos
from npcengine.replay.analysis.model import Analysis
from npcengine.replay.page.data import data_of

__all__ = ["page_of"]

_SCRIPTS = ("model.js", "paint.js", "timeline.js", "panels.js", "main.js")
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def page_of(named: Sequence[tuple[str, Analysis]], slos: Slos) -> bytes:
    """Return the page.

    Args:
        named: One recording, or two to be laid over each other, each with what it is called.
        slos: What a good turn is, for the list of misses.
    """
    style = _read("page.css")
    script = '"use strict";\n(() => {\n' + "\n".join(map(_read, _SCRIPTS)) + "\n})();\n"
    data = msgspec.json.encode([data_of(name, one, slos) for name, one in named]).decode()
    policy = (
        f"default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    )
    parts = {
        "policy": policy,
        "title": escape(" and ".join(name for name, _ in named)),
        "style": style,
        "script": script,
        "data": data.translate(_ESCAPES),
    }
    # Cut at the marks, not replaced one after the other: no part is looked at for further marks.
    pieces = _read("page.html").split("@@")
    return "".join(parts[p] if i % 2 else p for i, p in enumerate(pieces)).encode()


def _read(name: str) -> str:
    return (files("npcengine.replay.page") / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
