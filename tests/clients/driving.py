"""Lets a client that others wrote carry out a plan against a gateway, and tells what it made of it.

A client runs in an environment of its own (:mod:`tools.clients`), as a script that has nothing of
ours beside it: it finds the server and the key where the client looks for them, reads the plan from
its standard input and writes one line of JSON.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands.programs import ROOT, Served, clean_environment, finish
from tools.clients.install import MissingError, installed

Json = dict[str, Any]

HERE = Path(__file__).parent

KEY = "the-key-of-this-test"

_WORK = re.compile(r"context +(\d+) items +(\d+) tokens +processed +(\d+) items +(\d+) tokens")

RULES = f"rules?data={(HERE / 'minds').relative_to(ROOT).as_posix()}&ttft_ms=0&tokens_per_s=0"
"""The mind that does what ``minds/common.toml`` says."""


def client(name: str) -> Path:
    """Return the folder of a client. Without it the test fails: a skip would go unnoticed."""
    try:
        return installed(name)
    except MissingError as missing:
        pytest.fail(str(missing), pytrace=False)


def run_script(*command: str, served: Served, plan: Json, **environment: str) -> Any:
    """Let a client carry out a plan; return what it says of it."""
    ended = finish(*command, said=json.dumps(plan), env=environment_of(served, **environment))
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def let(python: str, script: str, served: Served, plan: Json, **environment: str) -> Any:
    """Let a script of this folder carry out a plan, with the client of an interpreter."""
    return run_script(*program(python, script), served=served, plan=plan, **environment)


def program(python: str, script: str) -> tuple[str, ...]:
    """Return the command that runs a script; ours cannot be imported there, and warnings count."""
    return python, "-I", "-W", "error", str(HERE / script)


def environment_of(served: Served, **more: str) -> dict[str, str]:
    """Return where official clients look for their server and their key."""
    return clean_environment(OPENAI_BASE_URL=served.url, OPENAI_API_KEY=served.token, **more)


def tool(name: str, *arguments: str) -> Json:
    return {
        "type": "function",
        "name": name,
        "parameters": {
            "type": "object",
            "properties": {argument: {"type": "string"} for argument in arguments},
            "required": [*arguments],
            "additionalProperties": False,
        },
        "strict": True,
    }


def work(served: Served, responses: int) -> Iterator[tuple[int, int, int, int]]:
    """What a gateway with ``--stats`` says that each response took: items and tokens in all, and
    items and tokens that were new."""
    for _ in range(responses):
        found = _WORK.search(served.program.line())
        assert found is not None
        context_items, context_tokens, new_items, new_tokens = map(int, found.groups())
        yield context_items, context_tokens, new_items, new_tokens
