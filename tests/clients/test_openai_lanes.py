"""The openai SDK's own helper for lanes on a real gateway: what it insists on, what it sees."""

from itertools import accumulate
from typing import Any

import pytest

from tests.clients.driving import KEY, Json, let
from tests.commands.programs import QUICK, serving

pytestmark = [pytest.mark.sockets, pytest.mark.slow]

REQUEST: Json = {"model": "practice", "store": False}


def told(sdk: str, how: str, mind: str = QUICK, **more: Any) -> Json:
    with serving("--mind", mind, NPCENGINE_TOKEN=KEY) as served:
        plan = {"how": how, "request": {**REQUEST, **more}}
        said: Json = let(sdk, "openai_lanes.py", served, plan)
        return said


def test_twenty_lanes_and_the_default_one_answer_side_by_side(sdk: str) -> None:
    said = told(sdk, "side by side", "practice?ttft_ms=1000&tokens_per_s=0")

    assert len(said["told"]) == 21
    for one in said["told"]:
        assert one["text"] == one["final"] != ""
    assert len({one["id"] for one in said["told"]}) == 21
    changes: list[int] = said["begun_and_ended"]
    running = list(accumulate(changes))
    assert max(running) >= 16, "as many as may run at once; the others waited for them"
    assert running[-1] == 0


def test_a_fork_leaves_its_source_able_to_go_on(sdk: str) -> None:
    said = told(sdk, "fork")

    assert said["source"]["status"] == said["branch"]["status"] == "completed"
    for one in (said["source"], said["branch"]):
        assert one["previous_response_id"] == said["first"]["id"]
        assert one["usage"]["input_tokens_details"]["cached_tokens"] > 0


def test_an_error_is_raised_on_its_lane_and_nowhere_else(sdk: str) -> None:
    said = told(sdk, "refused")

    assert said["error"]["error"]["code"] == "previous_response_not_found"
    assert (said["error"]["status"], said["error"]["stream_id"]) == (400, "bad")
    assert said["good"]["status"] == said["after"]["status"] == "completed"


def test_a_steer_on_a_lane_cuts_its_response_and_a_successor_follows(sdk: str) -> None:
    said = told(sdk, "steer", "practice?ttft_ms=1000")

    created, accepted, cut, successor, done = said["events"]
    assert accepted["steer"]["previous_response_id"] == created["response"]["id"]
    assert cut["response"]["incomplete_details"] == {"reason": "steered"}
    assert successor["response"]["previous_response_id"] == created["response"]["id"]
    assert done["response"]["id"] == successor["response"]["id"]
    assert {event["stream_id"] for event in said["events"]} == {"steered"}


def test_a_warm_up_is_no_answer_and_is_gone_on_from(sdk: str) -> None:
    said = told(sdk, "warm up")

    assert (said["warm"]["status"], said["warm"]["output"]) == ("completed", [])
    assert said["after"]["previous_response_id"] == said["warm"]["id"]
    assert said["after"]["output"][0]["type"] == "message"
