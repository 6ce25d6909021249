"""``npcengine doctor``: what it finds, in words and as JSON, and the code it ends with."""

import importlib.metadata
import json
import re
import socket
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from npcengine.__main__ import main
from tests.commands.programs import (
    NPCENGINE,
    QUICK,
    STRICT,
    Ended,
    Served,
    clean_environment,
    finish,
)

pytestmark = pytest.mark.sockets

Findings = dict[str, tuple[str, str]]

SIGNS = {"  ok ": "ok", "note ": "note", "BAD  ": "bad"}


def in_words(printed: str) -> Findings:
    """Read what is printed for people."""
    found: Findings = {}
    for line in printed.splitlines():
        sign, topic, text = line[:5], line[6:18].strip(), line[19:]
        assert topic not in found
        found[topic] = (SIGNS[sign], text)
    return found


def as_json(printed: str) -> tuple[bool, Findings]:
    (line,) = printed.splitlines()
    report = json.loads(line)
    found = {one["topic"]: (one["verdict"], one["text"]) for one in report["findings"]}
    assert len(found) == len(report["findings"])
    return report["ok"], found


def bad(found: Findings) -> dict[str, str]:
    return {topic: text for topic, (verdict, text) in found.items() if verdict == "bad"}


class Doctor:
    """Runs the command in this process, which costs no interpreter's start."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch = monkeypatch
        self._capsys = capsys
        self.token("")

    def token(self, token: str) -> None:
        self.monkeypatch.setenv("NPCENGINE_TOKEN", token)

    def looks(self, *arguments: str) -> Ended:
        code = main(["doctor", *arguments])
        printed = self._capsys.readouterr()
        assert printed.err == ""
        return Ended(code, printed.out, printed.err)


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    return Doctor(monkeypatch, capsys)


def test_this_machine_is_told_in_words_and_as_json_alike() -> None:
    words, report = finish(*STRICT, "doctor"), finish(*STRICT, "doctor", "--json")

    found = in_words(words.out)
    assert (words.code, words.err, report.code, report.err) == (0, "", 0, "")
    assert as_json(report.out) == (True, found)
    assert found["npcengine"][1].startswith(importlib.metadata.version("npcengine"))
    assert ".".join(map(str, sys.version_info[:3])) in found["python"][1]
    for name in ("msgspec", "websockets", "h11"):
        assert found[name] == ("ok", importlib.metadata.version(name))
    assert {"event loop", "threads", "pygame"} <= set(found)


def test_our_own_gateway_is_started_tried_and_found_good() -> None:
    ended = finish(*NPCENGINE, "doctor", f"local:{QUICK}")

    found = in_words(ended.out)
    assert (ended.code, ended.err, bad(found)) == (0, "", {})
    assert re.fullmatch(rf"{re.escape(f'local:{QUICK}')} in \d+ ms", found["connect"][1])
    assert re.fullmatch(r"\d+ ms", found["first token"][1])
    assert re.fullmatch(r"response\.completed after \d+ ms", found["answer"][1])
    assert found["lanes"] == ("ok", "yes: many NPCs share a connection")
    assert "key" not in found, "there is none to be had"


def test_a_mind_that_is_not_there_is_one_bad_finding_and_code_1() -> None:
    ended = finish(*STRICT, "doctor", "--json", "local:thoughtful")

    ok, found = as_json(ended.out)
    assert (ended.code, ended.err, ok) == (1, "", False)
    ((topic, text),) = bad(found).items()
    assert topic == "endpoint"
    assert "there is no mind 'thoughtful'; there are: practice, rules" in text


def test_a_gateway_that_runs_answers_to_its_token(gateway: Served) -> None:
    token = clean_environment(NPCENGINE_TOKEN=gateway.token)

    ended = finish(*NPCENGINE, "doctor", gateway.url, env=token)

    found = in_words(ended.out)
    assert (ended.code, ended.err, bad(found)) == (0, "", {})
    assert found["key"] == ("ok", "NPCENGINE_TOKEN is set")
    assert found["connect"][1].startswith(f"ws://127.0.0.1:{gateway.port}/v1/responses in ")
    assert found["answer"][1].startswith("response.completed after ")
    assert found["lanes"][1].startswith("yes")
    assert gateway.token not in ended.out


def test_nothing_is_left_open_at_the_end(gateway: Served) -> None:
    token = clean_environment(NPCENGINE_TOKEN=gateway.token)

    assert finish(*STRICT, "doctor", gateway.url, env=token).err == ""


@pytest.mark.parametrize(
    ("token", "key", "hint"),
    [
        (
            "",
            ("note", "NPCENGINE_TOKEN is not set; fine if the server asks for none"),
            "it wants a key, and NPCENGINE_TOKEN is not set",
        ),
        (
            "not-the-token",
            ("ok", "NPCENGINE_TOKEN is set"),
            "it does not take the key in NPCENGINE_TOKEN",
        ),
    ],
)
def test_a_token_that_is_missing_or_wrong_is_said_so(
    doctor: Doctor, gateway: Served, token: str, key: tuple[str, str], hint: str
) -> None:
    doctor.token(token)

    ended = doctor.looks(gateway.url)

    found = in_words(ended.out)
    url = f"ws://127.0.0.1:{gateway.port}/v1/responses"
    assert ended.code == 1
    assert found["key"] == key
    assert bad(found) == {"connect": f"{url} refused the connection with HTTP 401: {hint}"}
    assert not token or token not in ended.out


def test_a_path_with_no_endpoint_is_said_so(doctor: Doctor, gateway: Served) -> None:
    doctor.token(gateway.token)

    ended = doctor.looks(f"{gateway.url}/chat")

    assert ended.code == 1
    (text,) = bad(in_words(ended.out)).values()
    assert text.endswith("HTTP 404: there is no Responses endpoint at this path")


def test_a_port_where_nobody_listens_is_said_so(doctor: Doctor) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))  # and never listens, so nobody else can either
        url = f"ws://127.0.0.1:{holder.getsockname()[1]}/v1/responses"
        ended = doctor.looks(url)

    assert ended.code == 1
    assert bad(in_words(ended.out)) == {
        "connect": f"no connection to {url}: refused, no server is listening there"
    }


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("127.0.0.1:8000", "needs to begin with ws://, wss://, http:// or https://"),
        ("off:", "needs to begin with ws://, wss://, http:// or https://"),
        ("ws://", "names no host"),
        ("ws://127.0.0.1:port/v1", "is not a URL"),
        ("ws://me:secret@127.0.0.1/v1", "a key does not belong in a URL"),
    ],
)
def test_a_url_that_cannot_be_used_is_one_bad_finding(doctor: Doctor, url: str, says: str) -> None:
    ended = doctor.looks(url)

    ((topic, text),) = bad(in_words(ended.out)).items()
    assert ended.code == 1
    assert topic == "endpoint"
    assert says in text
    assert "secret" not in ended.out


def test_what_cannot_be_a_key_is_refused_and_not_shown(doctor: Doctor) -> None:
    doctor.token("two words")

    ended = doctor.looks("ws://127.0.0.1:9/v1")

    (text,) = bad(in_words(ended.out)).values()
    assert ended.code == 1
    assert "what NPCENGINE_TOKEN holds cannot be a key" in text
    assert "two words" not in ended.out


def some_pygame(*, whole: bool) -> ModuleType:
    """A module of that name; where one of two was uninstalled, there is nothing in it."""
    module = ModuleType("pygame")
    module.__spec__ = ModuleSpec("pygame", None)
    if whole:
        vars(module)["init"] = list
    return module


@pytest.mark.parametrize(
    ("installed", "whole", "verdict", "says"),
    [
        (["pygame"], True, "ok", "pygame 9"),
        (["pygame-ce"], True, "ok", "pygame-ce 9"),
        (["pygame", "pygame-ce"], True, "note", "pygame 9 and pygame-ce 9: the one installed last"),
        (["pygame-ce"], False, "bad", "pygame-ce 9 is installed but broken: pip uninstall"),
        ([], False, "note", "not installed: the demo needs it, the library does not"),
    ],
)
def test_which_pygame_is_there_decides_what_is_said_of_it(
    doctor: Doctor, installed: list[str], whole: bool, verdict: str, says: str
) -> None:
    def version(distribution: str) -> str | None:
        return "9" if distribution in installed or "pygame" not in distribution else None

    doctor.monkeypatch.setattr("npcengine.doctor.machine._version", version)
    doctor.monkeypatch.setitem(sys.modules, "pygame", some_pygame(whole=whole))

    ended = doctor.looks()

    found = in_words(ended.out)["pygame"]
    assert ended.code == (1 if verdict == "bad" else 0)
    assert found[0] == verdict
    assert found[1].startswith(says)


def test_a_package_that_is_missing_is_bad_and_named(doctor: Doctor) -> None:
    def version(distribution: str) -> str | None:
        return "9" if distribution != "websockets" else None

    doctor.monkeypatch.setattr("npcengine.doctor.machine._version", version)

    ended = doctor.looks()

    assert ended.code == 1
    assert bad(in_words(ended.out)) == {"websockets": "missing: pip install websockets"}


# --- servers that are not ours ----------------------------------------------------------------

CREATED = {"type": "response.created", "sequence_number": 0, "response": {"id": "resp_1"}}


def ends_with(kind: str, **more: Any) -> dict[str, Any]:
    response: dict[str, Any] = {
        "id": "resp_1",
        "status": kind.partition(".")[2],
        "output": [],
        **more,
    }
    return {"type": kind, "sequence_number": 1, "response": response}


@contextmanager
def answering(*events: dict[str, Any] | str) -> Generator[str]:
    """Run a server that gives every request the same answer and hangs up; yield its URL."""

    def handle(connection: ServerConnection) -> None:
        connection.recv(timeout=10)
        for event in events:
            connection.send(event if isinstance(event, str) else json.dumps(event))

    with serve(handle, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/v1"
        finally:
            server.shutdown()
            thread.join(10)


Answer = Sequence[dict[str, Any] | str]


def test_a_server_without_lanes_is_good_and_said_to_have_none() -> None:
    with answering(CREATED, ends_with("response.completed")) as url:
        ended = finish(*NPCENGINE, "doctor", url)

    found = in_words(ended.out)
    assert (ended.code, bad(found)) == (0, {})
    assert found["lanes"] == ("ok", "no: one connection an NPC")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(
            [{"type": "error", "status": 429, "error": {"code": "slow_down", "message": "Wait."}}],
            "slow_down",
            id="an error",
        ),
        pytest.param([CREATED], "connection lost", id="the end"),
        pytest.param(["{"], "a frame that cannot be read", id="no JSON"),
        pytest.param(
            [CREATED, ends_with("response.failed", error={"code": "c", "message": "It broke."})],
            "It broke.",
            id="a failure",
        ),
    ],
)
def test_anything_but_an_answer_is_one_bad_finding(answer: Answer, says: str) -> None:
    with answering(*answer) as url:
        ended = finish(*NPCENGINE, "doctor", url)

    ((found, text),) = bad(in_words(ended.out)).items()
    assert ended.code == 1
    assert found == "answer"
    assert says in text
