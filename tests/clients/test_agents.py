"""openai-agents on its WebSocket transport, as it comes, on a real gateway."""

import pytest

from tests.clients.driving import KEY, RULES, Json, let
from tests.commands.programs import serving

pytestmark = [pytest.mark.sockets, pytest.mark.clients]

LOOP = ["message_output_item", "tool_call_item", "tool_call_output_item", "message_output_item"]
HANDOFF = [
    "handoff_call_item",
    "handoff_output_item",
    "tool_call_item",
    "tool_call_output_item",
    "message_output_item",
]
SAID = "It is raining cats on Paris in Paris."


def told(agents: str, how: str) -> Json | list[Json]:
    with serving("--mind", RULES, NPCENGINE_TOKEN=KEY) as served:
        quiet = {"OPENAI_AGENTS_DISABLE_TRACING": "1"}
        said: Json | list[Json] = let(agents, "agents_runs.py", served, {"how": how}, **quiet)
        return said


def check_loops(runs: list[Json]) -> None:
    for run in runs:
        assert (run["said"], run["by"], run["items"]) == (SAID, "clerk", LOOP)
        assert len(set(run["responses"])) == 2


def check_handoff(run: Json) -> None:
    assert run["said"] == f"Bram here. {SAID}"
    assert (run["by"], run["items"]) == ("bram", HANDOFF)


def check_streamed(run: Json) -> None:
    assert run["spoken"] == f"Let me see.{SAID}"
    assert "raw_response_event" in run["kinds"]


def test_runs_in_a_session_share_a_socket_and_what_it_keeps(agents: str) -> None:
    runs = told(agents, "in a session")
    assert isinstance(runs, list)
    first, again, passed_on, aloud = runs

    check_loops([first, again, aloud])
    check_handoff(passed_on)
    check_streamed(aloud)
    assert all(tokens > 0 for tokens in again["cached_tokens"]), "all that was said before"
    assert again["input_tokens"][0] > first["input_tokens"][-1]


def test_runs_on_sockets_of_their_own_go_on_from_what_is_stored(agents: str) -> None:
    runs = told(agents, "plainly")
    assert isinstance(runs, list)
    first, again, chained, whole, passed_on, aloud = runs

    check_loops([first, again, chained, whole, aloud])
    check_handoff(passed_on)
    check_streamed(aloud)
    assert again["cached_tokens"][0] == 0, "on another socket"
    assert again["input_tokens"] == whole["input_tokens"], "by id or told again, it is the same"
    assert chained["cached_tokens"][1] > first["cached_tokens"][1], "the second round is continued"


def test_a_run_from_what_is_nowhere_fails_and_the_session_goes_on(agents: str) -> None:
    refused = told(agents, "refused")
    assert isinstance(refused, dict)

    assert refused["kind"] == "ResponsesWebSocketError"
    assert "previous_response_not_found" in refused["said"]
    check_loops([refused["after"]])
