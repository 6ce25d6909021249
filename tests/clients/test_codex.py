"""Codex, as it comes, does what a gateway's mind asks of it: over WebSocket and over HTTP."""

import json
from pathlib import Path

import pytest

from tests.clients.driving import KEY, RULES, Json, client, work
from tests.commands.programs import Served, clean_environment, finish, serving

pytestmark = [pytest.mark.sockets, pytest.mark.clients]

CONFIG = """
model = "gpt-5.5"  # Codex looks up how to talk to a model; the gateway serves any name
model_provider = "npcengine"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.npcengine]
name = "npcengine"
base_url = "{url}"
wire_api = "responses"
env_key = "OUR_KEY"
supports_websockets = {websockets}
"""


def configured(served: Served, home: Path, *, websockets: bool) -> None:
    told = CONFIG.format(url=served.url, websockets=str(websockets).lower())
    (home / "config.toml").write_text(told)


def codex(served: Served, home: Path, *arguments: str) -> list[Json]:
    """Let Codex do one thing; return what it tells of it, item by item."""
    program = client("codex") / "node_modules" / ".bin" / "codex"
    said = "Print the lantern."
    command = (str(program), "exec", *arguments, "--skip-git-repo-check", "--json", said)
    environment = clean_environment(HOME=str(home), CODEX_HOME=str(home), OUR_KEY=served.token)
    ended = finish(*command, env=environment, at=home)
    assert ended.code == 0, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


def check_printed(told: list[Json]) -> None:
    items = [one["item"] for one in told if one["type"] == "item.completed"]
    assert [item["type"] for item in items] == [
        "agent_message", "command_execution", "agent_message",
    ]  # fmt: skip
    first, command, last = items
    assert first["text"] == "I will print it."
    assert (command["aggregated_output"], command["exit_code"]) == ("lantern-42\n", 0)
    assert last["text"].startswith("It is printed.")
    assert told[-1]["type"] == "turn.completed"


def test_codex_warms_up_runs_a_command_and_goes_on_over_a_websocket(tmp_path: Path) -> None:
    with serving("--stats", "--mind", RULES, NPCENGINE_TOKEN=KEY) as served:
        configured(served, tmp_path, websockets=True)
        told = codex(served, tmp_path)
        warm, _, last = work(served, 3)
        again = codex(served, tmp_path, "resume", "--last")

    check_printed(told)
    check_printed(again)
    assert warm[0] == warm[2] == 1, "what it begins with, and no answer"
    assert last[2] == 1, "nothing but the output of its command"
    usage = told[-1]["usage"]
    assert usage["cached_input_tokens"] > usage["input_tokens"] / 2


def test_codex_does_the_same_over_http(tmp_path: Path) -> None:
    with serving("--mind", RULES, NPCENGINE_TOKEN=KEY) as served:
        configured(served, tmp_path, websockets=False)
        told = codex(served, tmp_path)

    check_printed(told)
    assert told[-1]["usage"]["cached_input_tokens"] == 0
