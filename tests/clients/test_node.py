"""The openai SDK for Node.js, as it comes, on a real gateway."""

import shutil

import pytest

from tests.clients.driving import HERE, KEY, RULES, Json, client, run_script, tool
from tests.commands.programs import serving

pytestmark = [pytest.mark.sockets, pytest.mark.clients]

EVENTS_OF_A_CALL = [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
]


def told(how: str, *limits: str) -> Json:
    plan = {
        "how": how,
        "request": {"model": "rules", "tools": [tool("weather", "city")]},
        "input": "What is the weather in Paris?",
        "outputs": {"weather": '{"value": "raining cats"}'},
    }
    node = shutil.which("node") or "node"
    command = (node, str(HERE / "node_runs.mjs"), str(client("node")))
    with serving("--mind", RULES, *limits, NPCENGINE_TOKEN=KEY) as served:
        said: Json = run_script(*command, served=served, plan=plan)
        return said


def check_loop(responses: list[Json]) -> None:
    asked, answered = responses
    assert asked["events"][:5] == EVENTS_OF_A_CALL
    assert asked["events"][-1] == answered["events"][-1] == "response.completed"
    (call,) = (item for item in asked["response"]["output"] if item["type"] == "function_call")
    assert (call["name"], call["arguments"]) == ("weather", '{"city":"Paris"}')
    (message,) = answered["response"]["output"]
    assert message["content"][0]["text"] == "It is raining cats in Paris."
    assert answered["response"]["previous_response_id"] == asked["response"]["id"]


def test_a_tool_loop_on_a_socket_and_an_error_that_can_be_told() -> None:
    said = told("overSocket")

    check_loop(said["responses"])
    assert said["error"]["code"] == "previous_response_not_found"


def test_a_tool_loop_over_http_and_all_that_is_kept_of_it() -> None:
    said = told("overHttp")

    check_loop(said["responses"])
    assert said["whole"]["id"] == said["responses"][-1]["response"]["id"]
    assert said["items"] == ["message", "message", "function_call", "function_call_output"]
    assert "function_call" in said["collected"]
    assert said["counted"] > 0
    assert (said["folded"], said["models"]) == (["compaction"], ["rules"])
    assert said["gone"] == {"kind": "NotFoundError", "status": 404}


def test_it_connects_again_when_it_was_sent_away() -> None:
    said = told("reconnect", "--limit", "age_s=1", "--limit", "grace_s=0")

    assert said["codes"] == [1001]
    assert len(set(said["ids"])) == 2
