"""What was stored with one token is nowhere for another."""

import json

import pytest

from tests.commands.asking import ask, bearer, http_request, socket_to
from tests.commands.programs import Served
from tests.hostile.siege import NORMAL, undisturbed

pytestmark = [pytest.mark.sockets, pytest.mark.slow]

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def stored(gateway: Served) -> str:
    """The id of a response that somebody decent has stored."""
    with socket_to(gateway, **bearer(NORMAL)) as client:
        return str(ask(client, "Hello?", store=True)["id"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/responses/ID"),
        ("DELETE", "/v1/responses/ID"),
        ("GET", "/v1/responses/ID/input_items"),
        ("POST", "/v1/responses/ID/cancel"),
    ],
)
def test_nobody_sees_or_forgets_it(gateway: Served, stored: str, method: str, path: str) -> None:
    path = path.replace("ID", stored)
    with undisturbed(gateway, grows_mb=5):
        status, said = http_request(gateway, method, path, bearer(gateway.token))
        still, _ = http_request(gateway, "GET", f"/v1/responses/{stored}", bearer(NORMAL))

    assert (status, still) == (404, 200)
    assert stored in said["error"]["message"]


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/responses/compact"])
def test_nobody_goes_on_from_it_over_http(gateway: Served, stored: str, path: str) -> None:
    body = json.dumps({"model": "m", "input": "Hi", "previous_response_id": stored})
    with undisturbed(gateway, grows_mb=5):
        headers = JSON | bearer(gateway.token)
        status, said = http_request(gateway, "POST", path, headers, body)

    assert (status, said["error"]["code"]) == (400, "previous_response_not_found")


def test_nobody_goes_on_from_it_on_a_socket_nor_steers_nor_stops_it(
    gateway: Served, stored: str
) -> None:
    with (
        undisturbed(gateway, grows_mb=5),
        socket_to(gateway, **bearer(gateway.token)) as client,
    ):
        client.send(
            json.dumps({"type": "response.create", "model": "m", "previous_response_id": stored})
        )
        continued = json.loads(client.recv(timeout=10))
        client.send(
            json.dumps({"type": "response.steer", "previous_response_id": stored, "input": "Hi"})
        )
        steered = json.loads(client.recv(timeout=10))
        client.send(json.dumps({"type": "response.cancel", "response_id": stored}))
        assert ask(client, "Still there?")["status"] == "completed"

    assert continued["error"]["code"] == "previous_response_not_found"
    assert steered["error"]["code"] == "response_not_found"
