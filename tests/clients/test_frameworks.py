"""Frameworks that bring a client of their own, as they come, on a real gateway."""

import shutil

import pytest

from tests.clients.driving import HERE, KEY, RULES, Json, client, let, run_script
from tests.commands.programs import serving
from tools.clients.install import python_in

pytestmark = [pytest.mark.sockets, pytest.mark.clients]

RAIN = "It is raining cats on Paris in Paris."


def test_the_ai_sdk_names_what_is_stored_and_sends_what_is_not() -> None:
    command = (shutil.which("node") or "node", str(HERE / "ai_sdk_runs.mjs"))
    with serving("--mind", RULES, NPCENGINE_TOKEN=KEY) as served:
        told: Json = run_script(*command, str(client("ai-sdk")), served=served, plan={})

    for one in told.values():
        assert (one["text"], one["steps"]) == (RAIN, 2)
    for one in (told["streamed"], told["unstored"]):
        assert one["errors"] == []
        assert {"text-delta", "tool-input-delta", "tool-call", "tool-result"} <= set(one["kinds"])


def test_litellm_holds_a_tool_loop_as_responses_and_as_chat() -> None:
    quiet = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    python = str(python_in(client("litellm")))
    with serving("--mind", RULES, NPCENGINE_TOKEN=KEY) as served:
        told: Json = let(python, "litellm_runs.py", served, {}, **quiet)

    assert told["loop"]["said"] == told["chat"]["said"] == "It is raining in Paris."
    assert told["loop"]["kinds"][-1] == "response.completed"
    assert (told["loop"]["seen"], told["loop"]["deleted"]) == ("completed", True)
    assert told["chat"]["finish"] == "stop"


def test_livekit_holds_a_tool_loop_on_a_socket_and_over_http() -> None:
    python = str(python_in(client("livekit")))
    with serving("--mind", RULES, NPCENGINE_TOKEN=KEY) as served:
        told: Json = let(python, "livekit_runs.py", served, {})

    for heard in (told["socket"], told["http"]):
        assert heard == [
            {"said": "Let me see.", "called": ["weather"]},
            {"said": RAIN, "called": []},
        ]


def test_pipecat_cancels_what_is_interrupted_and_hears_the_next_answer_whole() -> None:
    # Not as the others are run: its own imports warn.
    command = (str(python_in(client("pipecat"))), "-I", str(HERE / "pipecat_runs.py"))
    mind = RULES.replace("tokens_per_s=0", "tokens_per_s=4")
    with serving("--mind", mind, NPCENGINE_TOKEN=KEY) as served:
        cut, whole = run_script(*command, served=served, plan={})

    assert cut != "Let me see."
    assert "Let me see.".startswith(cut)
    assert whole == "Go on."
