"""The openai SDK reconnects by itself: when the gateway is killed, and when a connection is old."""

import json
from pathlib import Path

import pytest

from tests.clients.driving import KEY, Json, environment_of, let, program
from tests.commands.programs import QUICK, running, serving

pytestmark = [pytest.mark.sockets, pytest.mark.slow]


def test_a_gateway_that_is_killed_and_started_again_is_gone_on_with(
    sdk: str, tmp_path: Path
) -> None:
    options = ("--mind", QUICK, "--store", str(tmp_path / "minds.db"))
    plan = {"how": "killed", "request": {"model": "practice"}}

    with serving(*options, NPCENGINE_TOKEN=KEY) as served:
        script = running(*program(sdk, "openai_reconnect.py"), env=environment_of(served))
        with script as client:
            client.send_line(json.dumps(plan))
            first: Json = json.loads(client.line())
            served.program.process.kill()
            served.program.process.wait()
            with serving(*options, "--port", str(served.port), NPCENGINE_TOKEN=KEY):
                told: Json = json.loads(client.line())
                ended = client.ended()

    assert told["code"] == 1006
    assert told["after"]["type"] == "response.completed"
    assert told["after"]["response"]["previous_response_id"] == first["id"]
    assert (ended.code, ended.err) == (0, "")


def test_a_connection_that_is_too_old_says_so_and_is_replaced(sdk: str) -> None:
    limits = ("--limit", "age_s=1", "--limit", "grace_s=1")
    plan = {"how": "too old", "request": {"model": "practice", "store": False}}

    with serving("--mind", "practice?ttft_ms=100", *limits, NPCENGINE_TOKEN=KEY) as served:
        told: Json = let(sdk, "openai_reconnect.py", served, plan)

    assert told["turns"] >= 1
    assert told["error"]["error"]["code"] == "websocket_connection_limit_reached"
    assert told["codes"] == [1001]
    assert told["after"]["type"] == "response.completed"
