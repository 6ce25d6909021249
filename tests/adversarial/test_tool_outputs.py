"""What the world's own answers may hold, since people write on walls: it stays inside them."""

from typing import Any

import pytest

from npcengine import Action, Bridge, Commit, UsageError
from npcengine.testing import ScriptedServer
from tests.adversarial.packs import Case, params
from tests.adversarial.sound import outputs
from tests.bridge.acts import FRAME, Json, call, done, says


class Read(Action, frozen=True):
    """Read aloud what is written somewhere."""


def answered(value: object, *, by: str) -> tuple[Json, list[str], list[Json]]:
    """Return a call's output, its text's lines, and every request, for a value of the game's."""
    server = ScriptedServer()
    name = "writing" if by == "query" else "read"
    server.answer(done(call(name, "{}")))
    for number in range(2, 5):
        server.answer(done(says("I see."), number=number))
    commits: list[Commit] = []
    with Bridge(server, virtual=True) as bridge:

        @bridge.query
        def writing() -> Any:
            """What is written here."""
            return value

        tomas = bridge.npc("Tomas", persona="A guard.", actions=[Read])
        tomas.tell("What is written here?", by="player")
        for _ in range(8):
            for intention in bridge.update(FRAME):
                if isinstance(intention, Commit):
                    commits.append(intention)
                    (intention.succeed if by == "success" else intention.fail)(value)
    assert len(commits) == (by != "query"), "an answer is no act"
    (item,) = [i for i in server.requests[1]["input"] if i["type"] == "function_call_output"]
    return outputs(server.requests[1])["call_1"], item["output"].splitlines(), server.requests


@pytest.mark.parametrize("by", ["query", "success", "failure"])
@pytest.mark.parametrize("case", params("tool_outputs"))
def test_what_the_game_says_is_read_back_exactly_from_one_output_of_one_line(
    case: Case, by: str
) -> None:
    output, lines, requests = answered(case["value"], by=by)

    if by == "query":
        assert output == {"value": case["value"], "grade": "fresh", "as_of_tick": 1, "age_ms": 0}
    else:
        status = "succeeded" if by == "success" else "failed"
        assert output == {"status": status, "detail": case["value"]}
    assert len(lines) == 1
    assert [item["type"] for item in requests[1]["input"]] == ["function_call_output"]


def loop() -> list[object]:
    circle: list[object] = []
    circle.append(circle)
    return circle


CANNOT_BE_SAID = [
    pytest.param("look: \ud83d", id="half a character"),
    pytest.param({"\udc00": 1}, id="half a character as a key"),
    pytest.param("x" * 20_000, id="too long"),
    pytest.param(loop(), id="itself"),
    pytest.param(object(), id="an object of the game"),
]


@pytest.mark.parametrize("value", CANNOT_BE_SAID)
def test_what_cannot_be_said_is_a_refusal_of_one_line(value: object) -> None:
    output, lines, _ = answered(value, by="query")

    assert output["grade"] == "refused"
    assert len(lines) == 1
    assert len(lines[0]) < 1_200


@pytest.mark.parametrize("value", CANNOT_BE_SAID)
def test_what_cannot_be_said_of_an_action_is_the_game_s_own_mistake(value: object) -> None:
    with pytest.raises(UsageError, match="said of an action"):
        answered(value, by="success")
