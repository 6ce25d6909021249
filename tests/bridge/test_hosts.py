"""Servers that are known by their host: their limits, and what a first run has to be told."""

import pytest

from npcengine import Bridge, Capabilities, UsageError
from npcengine.bridge.endpoints import RemoteEndpoint
from npcengine.bridge.hosts import MODEL_VARIABLE, host_for
from npcengine.protocol.capabilities import SERIAL

KNOWN = {
    "wss://api.openai.com/v1/responses": "OPENAI_API_KEY",
    "wss://API.OpenAI.com/v1": "OPENAI_API_KEY",
    "wss://api.x.ai/v1/responses": "XAI_API_KEY",
    "wss://ai-gateway.vercel.sh/v1/responses": "AI_GATEWAY_API_KEY",
    "wss://tavern.openai.azure.com/openai/v1/responses": "AZURE_OPENAI_API_KEY",
    "https://tavern.services.ai.azure.com/openai/v1": "AZURE_OPENAI_API_KEY",
}
OTHERS = [
    "ws://127.0.0.1:9/v1",
    "wss://openai.com/v1",
    "wss://api.openai.com.example/v1",
    "wss://openai.azure.com.example/v1",
]


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (*KNOWN.values(), "NPCENGINE_TOKEN", MODEL_VARIABLE, "MY_KEY"):
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize(("url", "variable"), KNOWN.items())
def test_a_key_that_a_known_server_wants_is_named_before_anything_is_opened(
    url: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match=rf"wants a key, and {variable} is not set: get one from "):
        Bridge(url, model="m")

    monkeypatch.setenv(variable, "k")
    assert RemoteEndpoint(url).has_key


@pytest.mark.parametrize("url", ["ws://api.openai.com/v1", "http://api.x.ai/v1/responses"])
def test_a_key_is_not_shown_to_a_known_server_where_anybody_can_read_it(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("XAI_API_KEY", "k")

    with pytest.raises(UsageError, match="say wss:// or https://"):
        Bridge(url, model="m")


@pytest.mark.parametrize(("url", "variable"), KNOWN.items())
def test_a_model_that_a_known_server_wants_is_asked_for_in_every_way_to_give_it(
    url: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "k")

    with pytest.raises(UsageError) as caught:
        Bridge(url)

    for way in ("Bridge(model=...)", "--model NAME (npc-demo, ", MODEL_VARIABLE):
        assert way in str(caught.value)


def test_a_model_is_the_one_that_was_given_or_else_the_environments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    openai = host_for("api.openai.com")
    monkeypatch.setenv(MODEL_VARIABLE, "of-the-environment")

    assert openai.model("given") == "given"
    assert openai.model(None) == openai.model("") == "of-the-environment"


@pytest.mark.parametrize("url", OTHERS)
def test_any_other_server_may_do_without_a_key_and_a_model(url: str) -> None:
    endpoint = RemoteEndpoint(url)

    assert (endpoint.has_key, endpoint.key_variable) == (False, "NPCENGINE_TOKEN")
    assert endpoint.host.model(None) == "npcengine"
    assert endpoint.capabilities == SERIAL


def test_a_variable_that_was_named_for_the_key_has_to_be_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(UsageError, match="MY_KEY, which is not set"):
        RemoteEndpoint(OTHERS[0], key_env="MY_KEY")

    monkeypatch.setenv("MY_KEY", "k")
    assert RemoteEndpoint(OTHERS[0], key_env="MY_KEY").has_key


@pytest.mark.parametrize("key", ["two words", "\u00e9", "a\tb"])
def test_what_cannot_be_a_key_is_refused_and_not_repeated(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPCENGINE_TOKEN", key)

    with pytest.raises(UsageError, match="NPCENGINE_TOKEN holds cannot be a key") as caught:
        RemoteEndpoint(OTHERS[0])
    assert key not in str(caught.value)


def test_the_limits_of_known_servers_are_kept_without_being_told() -> None:
    def of(host: str) -> tuple[int, float]:
        known = host_for(host).capabilities
        return known.npcs_per_connection, known.age_limit_s

    assert of("api.openai.com") == (16, 3_600)
    assert of("api.x.ai") == (1, 1_500)
    assert of("tavern.openai.azure.com") == of("ai-gateway.vercel.sh") == (1, 3_600)


def test_limits_that_are_given_count_more_than_what_is_known() -> None:
    given = Capabilities(lanes=128, running=64, warm_up=False)

    assert RemoteEndpoint(OTHERS[0], capabilities=given).capabilities is given


def test_a_key_is_shown_the_way_that_a_server_looks_for_it() -> None:
    assert host_for("127.0.0.1").headers("") == {}
    assert host_for("api.openai.com").headers("k") == {"Authorization": "Bearer k"}
    azure = host_for("tavern.openai.azure.com").headers("k")
    assert azure == {"Authorization": "Bearer k", "api-key": "k"}
