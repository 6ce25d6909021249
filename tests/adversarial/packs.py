"""Reads the packs: one case a line, as JSON. Texts that are long are written short in them.

``{"text_of": [["x", 3], ["y", 1]]}`` is ``"xxxy"``; ``{"many": …, "times": 3}`` is a list of three,
in each of which ``#`` in an id is its number.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import pytest

HERE = Path(__file__).parent

Case = dict[str, Any]


def cases(pack: str) -> list[Case]:
    """Return the cases of a pack."""
    lines = (HERE / f"{pack}.jsonl").read_text().splitlines()
    return [cast("Case", _written_out(json.loads(line))) for line in lines]


def params(pack: str) -> list[Any]:
    """Return the cases of a pack as parameters of a test."""
    return [pytest.param(case, id=_id(case)) for case in cases(pack)]


def params_across(pack: str, ways: Iterable[str]) -> list[Any]:
    """Return every case in every way, as parameters of a test."""
    return [
        pytest.param(case, way, id=f"{_id(case)}-{way}") for case in cases(pack) for way in ways
    ]


def _id(case: Case) -> str:
    return str(case["id"]).replace(" ", "_")


def _written_out(value: object) -> object:
    if isinstance(value, list):
        return [_written_out(inner) for inner in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    fields = cast("Case", value)
    if fields.keys() == {"text_of"}:
        return "".join(text * times for text, times in fields["text_of"])
    if fields.keys() == {"many", "times"}:
        one = json.dumps(fields["many"])
        return [json.loads(one.replace("_#", f"_{n}")) for n in range(fields["times"])]
    return {name: _written_out(inner) for name, inner in fields.items()}
