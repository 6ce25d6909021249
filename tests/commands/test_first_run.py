"""``npc-demo`` with minds from elsewhere, for the first time: what is missing is said in a line."""

import sys

import pytest

from tests.commands.programs import Ended, clean_environment, finish
from tests.commands.quirks import Quirks, quirky

pytestmark = [pytest.mark.sockets, pytest.mark.slow]

OPENAI = "wss://api.openai.com/v1/responses"


def demo(*arguments: str, **environment: str) -> Ended:
    command = (sys.executable, "-m", "demo_game", "--headless", "--autoplay")
    return finish(*command, *arguments, env=clean_environment(**environment))


@pytest.mark.parametrize(
    ("arguments", "environment", "says"),
    [
        ((), {}, "OpenAI wants a key, and OPENAI_API_KEY is not set: get one from https://"),
        ((), {"OPENAI_API_KEY": "k"}, "OpenAI wants the name of a model (such as gpt-6-luna)"),
        (("--model", "m"), {"OPENAI_API_KEY": "a b"}, "what OPENAI_API_KEY holds cannot be a key"),
    ],
)
def test_what_is_missing_is_said_and_the_village_goes_on(
    arguments: tuple[str, ...], environment: dict[str, str], says: str
) -> None:
    ended = demo("--frames", "1", "--mind", OPENAI, *arguments, **environment)

    first, last = ended.err.splitlines()
    assert ended.code == 0
    assert first.startswith(f"npc-demo: {says}")
    assert first.endswith("The village goes on by itself.")
    assert last.startswith("npc-demo: 1 frames")


def test_minds_that_can_be_reached_and_never_answer_say_why() -> None:
    with quirky(Quirks(has_model=False)) as url:
        ended = demo("--frames", "240", "--mind", url, "--model", "no-such-model")

    assert ended.code == 0
    assert "npc-demo: no mind has answered yet: model_not_found: no." in ended.err
    assert ended.err.count("no mind has answered yet") == 1
