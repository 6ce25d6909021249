"""A client of the wire for the suite: one socket, what was sent on it, and what came back.

It shares nothing with npcengine's own client, so that no misunderstanding is on both ends.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.frames import Close
from websockets.sync.client import ClientConnection, connect

from tests.conformance.target import Target

Json = dict[str, Any]

TERMINALS = ("response.completed", "response.failed", "response.incomplete")

HELLO = "Say hello in one short sentence."


class Answer:
    """All events of one request."""

    def __init__(self, events: Sequence[Json]) -> None:
        self.events = list(events)

    @property
    def end(self) -> Json:
        """Its last event: a terminal one, or an error."""
        return self.events[-1]

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def of(self, kind: str) -> list[Json]:
        return [event for event in self.events if event["type"] == kind]

    @property
    def error(self) -> Json:
        """The error of a request that was refused."""
        assert self.end["type"] == "error", f"it was not refused, and ended {self.end['type']}"
        error: Json = self.end["error"]
        return error

    @property
    def _message(self) -> str:
        error: Json = self.end.get("error") or self.end
        return str(error.get("message"))

    @property
    def code(self) -> str | None:
        code: str | None = self.error.get("code")
        return code

    @property
    def response(self) -> Json:
        """The response as it ended."""
        assert self.end["type"] in TERMINALS, f"it was refused: {self._message}"
        response: Json = self.end["response"]
        return response

    @property
    def completed(self) -> Json:
        """The response, which has to have completed."""
        response = self.response
        assert self.end["type"] == "response.completed", f"it ended {self.end['type']}"
        return response

    @property
    def id(self) -> str:
        return str(self.response["id"])

    @property
    def lane(self) -> str | None:
        return self.end.get("stream_id")

    @property
    def calls(self) -> list[Json]:
        return [item for item in self.completed["output"] if item["type"] == "function_call"]

    @property
    def text(self) -> str:
        return text_in(self.response)


class Socket:
    """One connection."""

    def __init__(self, target: Target, *, query: str = "", **more: Any) -> None:
        self.target = target
        scheme = "wss" if target.is_secure else "ws"
        host, port = target.place
        headers = {**target.headers, **more.pop("headers", {})}
        self.link: ClientConnection
        self._connecting = connect(
            f"{scheme}://{host}:{port}{target.path}/responses{query}",
            additional_headers=headers,
            proxy=None,
            max_size=None,
            max_queue=None,
            open_timeout=target.within_s,
            close_timeout=1,
            **{"compression": None, **more},
        )
        self.events: list[Json] = []
        """All that has come, oldest first."""
        self._open: dict[str | None, list[Json]] = {}
        self._ended: list[Answer] = []

    def __enter__(self) -> "Socket":
        self.link = self._connecting.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._connecting.__exit__(*error)

    # --- sending ------------------------------------------------------------------------------

    def send(self, event: Json | str | bytes) -> None:
        self.link.send(json.dumps(event) if isinstance(event, dict) else event)

    def create(self, words: Any = HELLO, **more: Any) -> None:
        """Send a request, not to be stored unless ``more`` says so."""
        self.send(creation(self.target, words, **more))

    def steer(self, response_id: str, words: Any, **more: Any) -> None:
        self.send(
            {"type": "response.steer", "previous_response_id": response_id, "input": words, **more}
        )

    # --- receiving ----------------------------------------------------------------------------

    def event(self, within_s: float | None = None) -> Json:
        """Return the next event; raises ``TimeoutError`` and ``ConnectionClosed``."""
        frame = self.link.recv(timeout=within_s or self.target.within_s)
        assert isinstance(frame, str), "a binary frame came"
        event = as_object(frame)
        self.events.append(event)
        self._sort(event)
        return event

    def until(self, holds: Callable[[Json], object]) -> Json:
        """Read on to an event of some kind."""
        while not holds(event := self.event()):
            pass
        return event

    def begun(self, lane: str | None = None) -> str:
        """Read on to ``response.created`` of a lane, and return the id."""
        created = self.until(
            lambda e: e["type"] in ("response.created", "error") and e.get("stream_id") == lane
        )
        assert created["type"] == "response.created", f"it was refused: {created}"
        return str(created["response"]["id"])

    def answers(self, count: int) -> list[Answer]:
        """Read on until that many requests have ended, and return them in that order."""
        while len(self._ended) < count:
            self.event()
        taken, self._ended = self._ended[:count], self._ended[count:]
        return taken

    def left(self) -> list[Answer]:
        """Return what has ended and was not asked for."""
        taken, self._ended = self._ended, []
        return taken

    def ask(self, words: Any = HELLO, **more: Any) -> Answer:
        """Send a request and wait for its end."""
        self.create(words, **more)
        return self.answers(1)[0]

    def refused(self, event: Json | str | bytes) -> Answer:
        """Send something that is no proper request and return what ends it."""
        self.send(event)
        return self.answers(1)[0]

    def is_silent_for(self, seconds: float) -> bool:
        try:
            self.event(seconds)
        except TimeoutError:
            return True
        return False

    def end(self) -> Close | None:
        """Read to the end of the connection; return the close that came, if one did."""
        try:
            while True:
                self.event()
        except ConnectionClosed as closed:
            return closed.rcvd

    def _sort(self, event: Json) -> None:
        kind, lane = event["type"], event.get("stream_id")
        if kind.startswith("response.steer."):
            return
        self._open.setdefault(lane, []).append(event)
        if kind in TERMINALS or kind == "error":
            self._ended.append(Answer(self._open.pop(lane)))


def creation(target: Target, words: Any = HELLO, **more: Any) -> Json:
    """A request on a socket, not to be stored unless ``more`` says so."""
    return {
        "type": "response.create",
        "model": target.model,
        "input": words,
        "store": False,
        **more,
    }


def as_object(text: str | bytes) -> Json:
    """What a JSON text says, which has to be an object."""
    said: Json = json.loads(text)
    assert isinstance(said, dict), f"this is no object: {text[:100]!r}"
    return said


def text_in(response: Json) -> str:
    """What a response says."""
    return "".join(
        part.get("text", "")
        for item in response["output"]
        if item["type"] == "message"
        for part in item["content"]
    )


def user(text: str) -> Json:
    return {"role": "user", "content": text}


def output_of(call: Json, text: str = "sunny, 22 degrees") -> Json:
    return {"type": "function_call_output", "call_id": call["call_id"], "output": text}
