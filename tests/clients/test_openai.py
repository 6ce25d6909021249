"""The official SDK, as it comes, talks to ``npcengine serve``, as it comes."""

import json
from itertools import groupby, pairwise

import pytest

from tests.clients.driving import KEY, Json, let, tool, work
from tests.commands.programs import QUICK, Served, serving

pytestmark = [pytest.mark.sockets, pytest.mark.slow]

SCRIPT = "openai_conversation.py"
HTTP_SCRIPT = "openai_http.py"

TEXT = [
    "ResponseOutputItemWsAdded",
    "ResponseContentPartWsAdded",
    "ResponseTextWsDelta",
    "ResponseTextWsDone",
    "ResponseContentPartWsDone",
    "ResponseOutputItemWsDone",
]
CALL = [
    "ResponseOutputItemWsAdded",
    "ResponseFunctionCallArgumentsWsDelta",
    "ResponseFunctionCallArgumentsWsDone",
    "ResponseOutputItemWsDone",
]


def converse(sdk: str, served: Served, plan: Json) -> list[Json]:
    """Let the SDK hold a conversation; return what it says of each response."""
    told: list[Json] = let(sdk, SCRIPT, served, plan)
    return told


def kinds(told: Json) -> list[str]:
    """The SDK's types for the events of a response, in their order, deltas counted once."""
    return [kind for kind, _ in groupby(told["kinds"])]


def calls(told: Json) -> list[tuple[str, Json]]:
    return [
        (item["name"], json.loads(item["arguments"]))
        for item in told["response"]["output"]
        if item["type"] == "function_call"
    ]


def check_one_chain(told: list[Json]) -> None:
    """Check what has to hold whatever was talked about."""
    assert told[0]["response"]["previous_response_id"] is None
    for before, after in pairwise(told):
        assert after["response"]["previous_response_id"] == before["response"]["id"]
    assert len({one["response"]["id"] for one in told}) == len(told)
    for one in told:
        assert one["response"]["status"] == "completed"
        assert one["numbers"] == list(range(len(one["numbers"])))
        assert one["spoken"] == one["text"]
        if one["argued"]:
            ((_, arguments),) = calls(one)
            assert json.loads(one["argued"]) == arguments


def check_usage(told: list[Json], worked: list[tuple[int, int, int, int]]) -> None:
    """Check that a continuation cost what was new, as the client and the gateway both say."""
    assert [new_items for _, _, new_items, _ in worked] == [1] * len(told)
    items = 0
    for one, (context_items, context_tokens, _, new_tokens) in zip(told, worked, strict=True):
        assert context_items == items + 1
        items = context_items + len(one["response"]["output"])
        usage = one["response"]["usage"]
        assert usage["input_tokens"] == context_tokens
        assert usage["input_tokens_details"]["cached_tokens"] == context_tokens - new_tokens
        assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
        assert usage["output_tokens"] > 0
    for before, after in pairwise(one["response"]["usage"] for one in told):
        assert after["input_tokens_details"]["cached_tokens"] >= before["input_tokens"]


def test_the_official_sdk_holds_two_turns_with_calls_against_the_practice_mind(sdk: str) -> None:
    plan = {
        "request": {"model": "practice", "store": False, "tools": [tool("weather", "city")]},
        "outputs": {"weather": "22 degrees and sunny"},
        "turns": ["What is the weather in Paris?", "And tomorrow?"],
    }

    with serving("--stats", "--mind", QUICK, NPCENGINE_TOKEN=KEY) as served:
        told = converse(sdk, served, plan)
        worked = list(work(served, len(told)))

    asked, answered, asked_again, answered_again = told
    for one in (asked, asked_again):
        ((name, arguments),) = calls(one)
        assert (name, list(arguments)) == ("weather", ["city"])
        assert kinds(one) == [
            "ResponseWsCreated", "ResponseInWsProgress", *TEXT, *CALL, "ResponseWsCompleted",
        ]  # fmt: skip
    for one in (answered, answered_again):
        assert one["text"].startswith("weather: 22 degrees and sunny.")
        assert kinds(one) == [
            "ResponseWsCreated", "ResponseInWsProgress", *TEXT, "ResponseWsCompleted",
        ]  # fmt: skip
    check_one_chain(told)
    check_usage(told, worked)


def test_the_official_sdk_hears_a_villager_look_before_it_speaks_and_not_repeat_itself(
    sdk: str,
) -> None:
    seen = {"known": True, "where": "at the well", "seen_ms_ago": 70_000, "is_gone": False}
    question = 'player says: "Have you seen the ladder?"'
    plan = {
        "request": {
            "model": "rules",
            "store": False,
            "instructions": "You are Tomas. You guard the gate.",
            "tools": [tool("where_is", "thing")],
        },
        "outputs": {"where_is": json.dumps({"value": seen, "grade": "fresh"})},
        "turns": [question, question],
    }
    mind = "rules?data=assets/minds&ttft_ms=0&tokens_per_s=0"

    with serving("--stats", "--mind", mind, NPCENGINE_TOKEN=KEY) as served:
        told = converse(sdk, served, plan)
        worked = list(work(served, len(told)))

    asked, answered, asked_again, answered_again = told
    for one in (asked, asked_again):
        assert calls(one) == [("where_is", {"thing": "ladder"})]
    for one in (answered, answered_again):
        assert "at the well" in one["text"]
        assert "a minute ago" in one["text"]
    assert answered["text"] != answered_again["text"], "it remembers the turn before"
    check_one_chain(told)
    check_usage(told, worked)


def test_the_official_sdk_steers_a_response_and_is_given_a_successor(sdk: str) -> None:
    plan = {
        "request": {"model": "practice", "store": False},
        "turns": ["What is the weather in Paris?"],
        "steer": "Keep it short.",
        "steer_at": "response.created",
    }

    with serving("--mind", "practice?ttft_ms=1000", NPCENGINE_TOKEN=KEY) as served:
        told = converse(sdk, served, plan)

    kinds_told = [kind for kind, _ in groupby(one["kind"] for one in told)]
    assert kinds_told == [
        "ResponseWsCreated", "ResponseInWsProgress", "ResponseSteerAcceptedEvent",
        "ResponseWsIncomplete", "ResponseWsCreated", "ResponseInWsProgress", *TEXT,
        "ResponseWsCompleted",
    ]  # fmt: skip
    first, last = told[0]["response"], told[-1]["response"]
    assert last["previous_response_id"] == first["id"]


def test_the_official_sdk_fills_in_the_stubs_of_a_steer_that_waits(sdk: str) -> None:
    plan = {
        "request": {"model": "practice", "store": False, "tools": [tool("weather", "city")]},
        "turns": ["What is the weather in Paris?"],
        "outputs": {"weather": "22 degrees and sunny"},
        "steer": [{"role": "user", "type": "message", "content": "Keep it short."}],
        "steer_at": "response.function_call_arguments.delta",
    }

    with serving("--mind", "practice?ttft_ms=0&tokens_per_s=5", NPCENGINE_TOKEN=KEY) as served:
        told = converse(sdk, served, plan)

    assert [one["kind"] for one in told if "Steer" in one["kind"]] == [
        "ResponseSteerAcceptedEvent", "ResponseSteerPendingEvent",
    ]  # fmt: skip
    call = next(one["item"] for one in told if one.get("item", {}).get("arguments"))
    (pending,) = (one for one in told if one["type"] == "response.steer.pending")
    assert pending["required_input"] == [
        {"type": "function_call_output", "call_id": call["call_id"], "name": "weather"}
    ]
    assert told[-1]["response"]["previous_response_id"] == told[0]["response"]["id"]


# --- over HTTP --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def over_http(sdk: str) -> Json:
    """What the SDK says of one tool loop over HTTP, streamed and not, and of what was kept."""
    plan = {
        "how": "talk",
        "mind": "practice",
        "request": {"model": "practice", "tools": [tool("weather", "city")]},
        "outputs": {"weather": "22 degrees and sunny"},
        "input": "What is the weather in Paris?",
    }
    with serving("--mind", QUICK, NPCENGINE_TOKEN=KEY) as served:
        told: Json = let(sdk, HTTP_SCRIPT, served, plan)
    return told


def test_the_official_sdk_streams_a_tool_loop_over_http(over_http: Json) -> None:
    asked, answered = over_http["streamed"]

    for events in (asked, answered):
        assert [event["sequence_number"] for event in events] == list(range(len(events)))
        assert [event["type"] for event in events[:2]] == [
            "response.created",
            "response.in_progress",
        ]
        assert events[-1]["type"] == "response.completed"
    assert asked[-1]["response"]["output"][-1]["name"] == "weather"
    spoken = "".join(e["delta"] for e in answered if e["type"] == "response.output_text.delta")
    assert spoken.startswith("weather: 22 degrees and sunny.")


def test_the_official_sdk_gets_the_same_loop_whole(over_http: Json) -> None:
    streamed = [events[-1]["response"] for events in over_http["streamed"]]

    for one, other in zip(streamed, over_http["whole"], strict=True):
        kinds = [[item["type"] for item in response["output"]] for response in (one, other)]
        assert kinds[0] == kinds[1]
        assert one["usage"]["input_tokens"] == other["usage"]["input_tokens"]
    assert over_http["collected"]


def test_the_official_sdk_finds_what_is_kept_until_it_deletes_it(over_http: Json) -> None:
    assert over_http["retrieved"] == over_http["whole"][-1]
    assert over_http["deleted"] is None
    assert [item["type"] for item in over_http["items"]] == [
        "message", "message", "function_call", "function_call_output",
    ]  # fmt: skip
    assert over_http["errors"] == {
        "gone": {"kind": "NotFoundError", "status": 404, "code": None},
        "ended": {"kind": "BadRequestError", "status": 400, "code": None},
        "continued": {
            "kind": "BadRequestError", "status": 400, "code": "previous_response_not_found",
        },
        "stranger": {"kind": "AuthenticationError", "status": 401, "code": "invalid_api_key"},
    }  # fmt: skip


def test_the_official_sdk_counts_compacts_and_goes_on_from_there(over_http: Json) -> None:
    assert over_http["counted"]["input_tokens"] == over_http["charged"] > 0
    (item,) = over_http["folded"]["output"]
    assert item["type"] == "compaction"
    assert over_http["again"]["status"] == "completed"
    before = over_http["folded"]["usage"]["input_tokens"]
    assert over_http["again"]["usage"]["input_tokens"] > before, "all of it is there again"


def test_the_official_sdk_lists_the_mind_as_a_model(over_http: Json) -> None:
    assert [model["id"] for model in over_http["models"]] == ["practice"]
    assert over_http["model"] == over_http["models"][0]


def test_the_official_sdk_cancels_a_response_that_it_is_streaming(sdk: str) -> None:
    plan = {"how": "cancel", "request": {"model": "practice"}, "input": "What is the weather?"}

    with serving("--mind", "practice?ttft_ms=60000", NPCENGINE_TOKEN=KEY) as served:
        told = let(sdk, HTTP_SCRIPT, served, plan)

    assert told["end"]["type"] == "response.incomplete"
    assert told["end"]["response"] == told["stopped"]
    assert told["stopped"]["status"] == "cancelled"


def test_the_official_sdk_raises_what_each_refusal_means(sdk: str) -> None:
    plan = {"how": "refusals", "request": {"model": "practice"}, "input": "Hello?"}

    limits = ("--limit", "exchanges=1")
    with serving("--mind", "practice?ttft_ms=60000", *limits, NPCENGINE_TOKEN=KEY) as served:
        told = let(sdk, HTTP_SCRIPT, served, plan)

    assert told["busy"] == {"kind": "RateLimitError", "status": 429, "code": "rate_limit_exceeded"}
    assert told["page"] == {"kind": "PermissionDeniedError", "status": 403, "code": None}
    assert told["large"] == {"kind": "APIStatusError", "status": 413, "code": None}
    assert told["empty"] == {"kind": "BadRequestError", "status": 400, "code": None}
    assert "401" in told["at the door"]


def test_the_official_sdk_does_the_same_asynchronously(sdk: str) -> None:
    plan = {"how": "async", "request": {"model": "practice"}, "input": "Hello?"}

    with serving("--mind", QUICK, NPCENGINE_TOKEN=KEY) as served:
        told = let(sdk, HTTP_SCRIPT, served, plan)

    assert told["streamed"][-1]["type"] == "response.completed"
    assert [end["response"]["status"] for end in told["ends"]] == ["completed", "completed"]
    assert "resp_of_nobody" in told["message"]
