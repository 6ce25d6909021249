"""``npcengine serve --upstream`` as people start it, with a gateway of ours as the server below."""

import socket

import pytest

import npcengine
from npcengine.testing import wait_until
from tests.commands.asking import ask, socket_to, stats
from tests.commands.programs import (
    NPCENGINE,
    QUICK,
    clean_environment,
    finish,
    serving,
    serving_upstream,
)

pytestmark = pytest.mark.sockets

KEY = "sk-kept-to-itself"


def test_a_server_over_http_becomes_one_over_a_websocket_and_its_key_stays_a_secret() -> None:
    with serving("--mind", QUICK, NPCENGINE_TOKEN=KEY) as below:
        options = ("--upstream", below.url, "--upstream-key-env", "MODEL_KEY", "--stats")
        with serving_upstream(*options, MODEL_KEY=KEY) as (served, found):
            with socket_to(served) as client:
                first = ask(client, "Hello?")
                second = ask(client, "And?", previous_response_id=first["id"])
            counts = stats(served)
            served.program.process.terminate()
            ended = served.program.ended()

    assert second["status"] == "completed"
    assert f"{below.url}, asked at /responses" in found
    assert counts["upstream_requests"] == 2
    assert counts["new_items"] == 2
    assert '"upstream":{"prompt_tokens":' in ended.out
    assert KEY not in ended.out + ended.err
    assert KEY not in str(served.program.process.args)


def test_a_wrong_key_is_the_gateways_own_trouble_and_says_so() -> None:
    with serving("--mind", QUICK) as below:
        options = ("--mind", "upstream?api=responses", "--upstream", below.url)
        with (
            serving_upstream(*options) as (served, _),
            socket_to(served) as client,
            pytest.raises(AssertionError, match=r"refuses the gateway's key \(401\)"),
        ):
            ask(client, "Hello?")


def test_it_serves_also_before_there_is_anybody_to_ask() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with serving_upstream("--upstream", url) as (served, found):
            assert stats(served)["responses"] == 0

    assert f"nothing at {url}/v1 yet" in found


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--upstream", "http://h", "--mind", "rules"), "not for 'rules'"),
        (("--mind", "upstream"), "needs the address of a server"),
        (("--upstream", "http://h", "--upstream-key-env", "MODEL_KEY"), "MODEL_KEY: set it"),
        (("--upstream", "http://sk-1:@h"), "does not belong in a URL"),
        (("--model", "qwen3"), "not for 'practice'"),
    ],
)
def test_options_that_do_not_fit_are_wrong_usage(options: tuple[str, ...], says: str) -> None:
    ended = finish(*NPCENGINE, "serve", *options, env=clean_environment())

    assert ended.code == 2
    assert says in ended.err
    assert len(ended.err.splitlines()) == 1


def test_a_bridge_starts_one_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_KEY", KEY)

    with serving("--mind", QUICK, NPCENGINE_TOKEN=KEY) as below:
        spec = f"local:upstream?url={below.url}&key_env=MODEL_KEY"
        with npcengine.Bridge(spec) as bridge:
            mira = bridge.npc("Mira", persona="A baker.")
            mira.tell("Hello?", by="player")
            wait_until(
                lambda: bridge.stats.turns_completed,
                within_s=20,
                step=lambda: list(bridge.update(1 / 60)),
            )

            assert mira.speech


def test_a_server_cannot_be_asked_in_virtual_time() -> None:
    with pytest.raises(npcengine.UsageError, match="keeps its own time"):
        npcengine.Bridge("local:upstream?url=http://127.0.0.1:9", virtual=True)
