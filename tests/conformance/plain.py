"""Plain HTTP for the suite, by the standard library."""

import http.client
import json
from typing import Any

from tests.conformance.talk import HELLO, Json, as_object
from tests.conformance.target import Target


class Reply:
    """A whole answer."""

    def __init__(self, status: int, content_type: str, body: bytes) -> None:
        self.status = status
        self.content_type = content_type
        self.body = body

    @property
    def json(self) -> Json:
        return as_object(self.body)

    @property
    def good(self) -> Json:
        """What came, which has to be good."""
        assert self.status == 200, f"status {self.status}: {self.body[:300]!r}"
        return self.json

    @property
    def error(self) -> Json:
        """The error that came."""
        assert 400 <= self.status < 500, f"status {self.status}: {self.body[:300]!r}"
        error: Json = self.json["error"]
        assert isinstance(error, dict), f"the error is no object: {error!r}"
        return error

    @property
    def blocks(self) -> list[dict[str, str]]:
        """The fields of each server-sent event."""
        found: list[dict[str, str]] = []
        for block in self.body.decode().replace("\r\n", "\n").split("\n\n"):
            fields = [line.partition(":") for line in block.split("\n") if line]
            if fields:
                found.append({name: value.removeprefix(" ") for name, _, value in fields})
        return found

    @property
    def events(self) -> list[Json]:
        return [json.loads(block["data"]) for block in self.blocks if block["data"] != "[DONE]"]


def request(target: Target, method: str, path: str, body: Any = None) -> Reply:
    """Send one request, its body as JSON unless it is bytes."""
    kind = http.client.HTTPSConnection if target.is_secure else http.client.HTTPConnection
    link = kind(*target.place, timeout=target.within_s)
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    headers = (
        target.headers if data is None else target.headers | {"Content-Type": "application/json"}
    )
    try:
        link.request(method, target.path + path, data, headers)
        answer = link.getresponse()
        return Reply(answer.status, answer.headers.get("Content-Type", ""), answer.read())
    finally:
        link.close()


def post(target: Target, words: Any = HELLO, **more: Any) -> Reply:
    """Ask for a response."""
    body = {"model": target.model, "input": words, "store": False, **more}
    return request(target, "POST", "/responses", body)
