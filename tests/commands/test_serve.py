"""``npcengine serve`` as people start it: its token, its port, its words and its end."""

import contextlib
import json
import re
import signal
import socket
import sys
from pathlib import Path

import pytest

from npcengine.__main__ import main
from npcengine.testing import wait_until
from tests.commands.asking import (
    ask,
    bearer,
    close_of,
    http_request,
    mute_socket_to,
    refusal,
    socket_to,
    stats,
)
from tests.commands.programs import (
    NPCENGINE,
    QUICK,
    STRICT,
    Served,
    clean_environment,
    finish,
    running,
    serving,
)

pytestmark = pytest.mark.sockets

JSON = {"Content-Type": "application/json"}

WORK = re.compile(
    r"response +(\d+) +context +(\d+) items +(\d+) tokens"
    r" +processed +(\d+) items +(\d+) tokens \([ \d.]+ %\) +wrote +(\d+) tokens"
    r" +in +[\d.]+ ms, +[\d.]+ of them the mind's"
)

posix_signals = pytest.mark.skipif(
    sys.platform == "win32", reason="there are no such signals between processes"
)


# --- who is let in ----------------------------------------------------------------------------


def test_the_token_from_the_environment_lets_in_and_is_never_printed() -> None:
    token = "kept-to-itself"
    with serving("--stats", "--mind", QUICK, NPCENGINE_TOKEN=token) as served:
        with socket_to(served, Authorization=f"Bearer {token}") as client:
            answer = ask(client, "Hello?")
        refused, _ = refusal(served, Authorization="Bearer another")
        served.program.process.terminate()
        ended = served.program.ended()

    assert answer["status"] == "completed"
    assert refused == 401
    assert "token: the one in NPCENGINE_TOKEN" in ended.out
    assert token not in ended.out + ended.err


def test_without_a_token_one_is_made_and_printed_and_nobody_gets_in_without_it() -> None:
    with serving("--mind", QUICK) as served:
        accepted, _ = refusal(served, Authorization=f"Bearer {served.token}")
        refused, _ = refusal(served, Authorization="Bearer ")

    assert len(served.token) >= 32
    assert (accepted, refused) == (101, 401)


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        pytest.param({"X-Nothing": "1"}, "/v1/responses", 401, id="no token"),
        pytest.param(bearer("wrong"), "/v1/responses", 401, id="wrong token"),
        pytest.param(bearer(""), "/v1/responses", 401, id="empty token"),
        pytest.param({"Authorization": "Basic TOKEN"}, "/v1/responses", 401, id="another scheme"),
        pytest.param(bearer("wrong"), "/v1/elsewhere", 401, id="wrong token, unknown path"),
        pytest.param(
            {**bearer("TOKEN"), "Origin": "http://a.page"}, "/v1/responses", 403, id="a web page"
        ),
        pytest.param(bearer("TOKEN"), "/v1/elsewhere", 404, id="unknown path"),
        pytest.param(bearer("TOKEN"), "/v1/responses?model=m", 101, id="with a query"),
        pytest.param(bearer("TOKEN"), "/responses", 101, id="without the version"),
        pytest.param({"Authorization": "bearer TOKEN"}, "/v1/responses", 101, id="small letters"),
    ],
)
def test_a_socket_opens_for_the_right_token_and_path_and_for_no_web_page(
    gateway: Served, headers: dict[str, str], path: str, status: int
) -> None:
    given = {name: text.replace("TOKEN", gateway.token) for name, text in headers.items()}

    answered, body = refusal(gateway, path, **given)

    assert answered == status
    if status != 101:
        assert body["error"]["type"] == "invalid_request_error"
        assert body["error"]["message"]
        assert body["error"]["code"] == ("invalid_api_key" if status == 401 else None)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/responses", 400),
        ("GET", "/v1/responses/resp_1", 404),
        ("POST", "/v1/responses/resp_1/cancel", 404),
        ("GET", "/", 404),
        ("GET", "/v1/chat/completions", 404),
        ("POST", "/stats", 405),
    ],
)
def test_plain_http_gets_an_error_in_the_shape_of_the_api(
    gateway: Served, method: str, path: str, status: int
) -> None:
    body = '{"input":"hi, nobody in particular"}' if method == "POST" else None

    answered, said = http_request(gateway, method, path, JSON | bearer(gateway.token), body)

    assert answered == status
    assert set(said["error"]) == {"message", "type", "param", "code"}
    assert said["error"]["type"] == "invalid_request_error"


def test_one_port_answers_on_sockets_and_over_http_and_each_knows_what_the_other_said(
    gateway: Served,
) -> None:
    headers = JSON | bearer(gateway.token)
    with socket_to(gateway) as client:
        first = ask(client, "Hello?", store=True)
        body = {"model": "m", "input": "And you?", "previous_response_id": first["id"]}
        status, second = http_request(gateway, "POST", "/v1/responses", headers, json.dumps(body))
        third = ask(client, "And now?", previous_response_id=second["id"])

    assert (status, second["previous_response_id"]) == (200, first["id"])
    assert second["usage"]["input_tokens"] > first["usage"]["input_tokens"]
    assert third["usage"]["input_tokens"] > second["usage"]["input_tokens"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 401, id="no token"),
        pytest.param(bearer("wrong"), 401, id="wrong token"),
        pytest.param({**bearer("TOKEN"), "Origin": "http://a.page"}, 403, id="a web page"),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/stats"), ("GET", "/v1/models"), ("POST", "/v1/responses"), ("GET", "/nowhere")],
)
def test_plain_http_needs_the_token_as_well_and_comes_from_no_web_page(
    gateway: Served, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    given = {name: text.replace("TOKEN", gateway.token) for name, text in headers.items()}

    answered, said = http_request(gateway, method, path, JSON | given, '{"model":"m"}')

    assert answered == status
    assert said["error"]["type"] == "invalid_request_error"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is nobody's address")
def test_nothing_but_this_machine_is_listened_to_unless_asked_for(gateway: Served) -> None:
    with socket.socket() as stranger:
        assert gateway.host == "127.0.0.1"
        assert stranger.connect_ex(("127.0.0.2", gateway.port)) != 0


def _has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no ::1")
def test_an_address_of_colons_is_printed_as_urls_have_it() -> None:
    with serving("--host", "::1", "--mind", QUICK) as served:
        assert served.host == "[::1]"
        assert refusal(served)[0] == 101


# --- what it counts ---------------------------------------------------------------------------


def test_stats_over_http_count_what_was_worked_on_and_who_is_connected(gateway: Served) -> None:
    wait_until(lambda: stats(gateway)["connections"] == 0)
    before = stats(gateway)
    with socket_to(gateway) as client:
        first = ask(client, "Hello?")
        ask(client, "And you?", previous_response_id=first["id"])
        during = stats(gateway)

    grown = {name: during[name] - before[name] for name in during}
    assert grown["connections"] == 1
    assert grown["responses"] == 2
    assert (grown["context_items"], grown["new_items"]) == (1 + 3, 1 + 1)
    assert grown["context_tokens"] > grown["new_tokens"] > 0
    assert grown["output_tokens"] > 0


def test_printed_stats_say_that_a_continuation_took_only_what_was_new() -> None:
    long = "What do you know of the mill? " * 40
    with serving("--stats", "--mind", QUICK) as served:
        with socket_to(served) as client:
            first = ask(client, long)
            ask(client, "And the well?", previous_response_id=first["id"])
        lines = [served.program.line() for _ in range(2)]
        served.program.process.terminate()
        ended = served.program.ended()

    found = [WORK.fullmatch(line) for line in lines]
    one, two = ([int(number) for number in work.groups()] for work in found if work)
    number, items, tokens, new_items, new_tokens, wrote = one
    assert (number, items, new_items) == (1, 1, 1)
    assert tokens == new_tokens > 200
    assert two[:2] == [2, 3]
    assert two[2] > tokens + wrote / 2, "the whole context, with what was answered before"
    assert two[3] == 1
    assert two[4] < 30
    if sys.platform != "win32":
        processed = rf"2 of 4 items and {new_tokens + two[4]:,} of {tokens + two[2]:,} tokens"
        assert ended.out.splitlines()[-1].startswith(f"2 responses: {processed} processed (")


def test_for_programs_every_line_is_one_json_object() -> None:
    with running(*NPCENGINE, "serve", "--stats", "--json", "--mind", QUICK) as program:
        ready = json.loads(program.line())
        with socket_to(Served(program, ready["url"], ready["token"])) as client:
            ask(client, "Hello?")
        work = json.loads(program.line())
        program.process.terminate()
        ended = program.ended()

    assert ready["mind"] == QUICK
    assert (work["number"], work["context_items"], work["new_items"]) == (1, 1, 1)
    assert set(work["ms"]) == {"parse", "recall", "render", "mind", "keep", "total"}
    assert work["ms"]["total"] >= work["ms"]["mind"] > 0
    if sys.platform != "win32":
        sums = json.loads(ended.out.splitlines()[-1])
        assert (sums["responses"], sums["new_tokens"]) == (1, work["new_tokens"])


# --- what it keeps ----------------------------------------------------------------------------


def test_the_next_gateway_on_the_same_store_goes_on_where_one_was_killed(tmp_path: Path) -> None:
    options = ("--store", str(tmp_path / "minds.db"), "--mind", QUICK)
    with serving(*options, NPCENGINE_TOKEN="kept") as served:
        with socket_to(served) as client:
            first = ask(client, "Hello?", store=True)
        served.program.process.kill()
    with serving(*options, NPCENGINE_TOKEN="kept") as served, socket_to(served) as client:
        status, seen = http_request(served, "GET", f"/v1/responses/{first['id']}", bearer("kept"))
        second = ask(client, "And you?", previous_response_id=first["id"])

    assert (status, seen) == (200, first)
    assert second["previous_response_id"] == first["id"]


def test_a_store_under_a_token_that_was_made_says_how_to_find_it_again(tmp_path: Path) -> None:
    path = str(tmp_path / "minds.db")
    with serving("--store", path, "--mind", QUICK) as made:
        pass
    with serving("--store", path, "--mind", QUICK, NPCENGINE_TOKEN="kept") as given:
        pass

    warned, quiet = (
        next(line for line in one.program.ended().out.splitlines() if line.startswith("store: "))
        for one in (made, given)
    )
    assert warned == f"store: {path}; to find it again, set NPCENGINE_TOKEN yourself"
    assert quiet == f"store: {path}"


def test_a_file_that_is_no_store_gives_one_line_and_code_2(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("bread\n" * 1_000)

    ended = finish(*STRICT, "serve", "--store", str(path))

    (line,) = ended.err.splitlines()
    assert line == f"npcengine: {path} cannot be used as a store: file is not a database"
    assert (ended.code, ended.out) == (2, "")
    assert path.read_text() == "bread\n" * 1_000


# --- how it ends, or does not begin -----------------------------------------------------------


@posix_signals
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_a_word_to_its_clients_and_code_0(number: signal.Signals) -> None:
    with serving("--mind", "practice?ttft_ms=0&tokens_per_s=5") as served:
        with socket_to(served) as client:
            client.send(json.dumps({"type": "response.create", "model": "m", "input": "Hello?"}))
            client.recv(timeout=10)
            served.program.process.send_signal(number)
            close = close_of(client)
        ended = served.program.ended()

    assert close is not None
    assert close.code == 1001
    assert ended.code == 0
    assert ended.err == ""


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("lanes=3", "there is no limit 'lanes'; there are: head_within_s, body_within_s, "),
        ("running", "a limit is NAME=NUMBER: Expected `int`"),
        ("running=two", "a limit is NAME=NUMBER: Expected `int`, got `str`"),
        ("age_s=nan", "the limit age_s cannot be nan"),
        ("queued=-1", "the limit queued cannot be -1"),
    ],
)
def test_a_limit_that_cannot_be_gives_one_line_and_code_2(change: str, says: str) -> None:
    ended = finish(*STRICT, "serve", "--limit", change)

    (line,) = ended.err.splitlines()
    assert line.startswith(f"npcengine: {says}")
    assert (ended.code, ended.out) == (2, "")


def test_limits_are_what_they_were_said_to_be() -> None:
    limits = ("--limit", "connections=0", "--limit", "tools=1")
    tool = {"type": "function", "name": "a"}
    body = json.dumps({"model": "m", "input": "x", "tools": [tool, {**tool, "name": "b"}]})
    with serving("--mind", QUICK, *limits) as served:
        upgrade, _ = refusal(served)
        headers = JSON | bearer(served.token)
        posted, said = http_request(served, "POST", "/v1/responses", headers, body)

    assert (upgrade, posted) == (426, 400)
    assert said["error"]["param"] == "tools"


def test_a_port_in_use_gives_one_line_and_code_2() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        ended = finish(*STRICT, "serve", "--port", str(port))

    (line,) = ended.err.splitlines()
    assert line.startswith(f"npcengine: port {port} on 127.0.0.1 cannot be had: ")
    assert (ended.code, ended.out) == (2, "")


@pytest.mark.parametrize(
    ("mind", "says"),
    [
        ("thoughtful", "there is no mind 'thoughtful'; there are: practice, rules"),
        ("practice?speed=9", "the mind 'practice' has no option 'speed'; it has: seed, ttft_ms"),
    ],
)
def test_a_mind_that_cannot_be_had_gives_one_line_and_code_2(mind: str, says: str) -> None:
    ended = finish(*STRICT, "serve", "--mind", mind)

    (line,) = ended.err.splitlines()
    assert line.startswith(f"npcengine: {says}")
    assert (ended.code, ended.out) == (2, "")


def test_a_limit_that_there_is_not_gives_one_line_and_code_2() -> None:
    ended = finish(*STRICT, "serve", "--limit", "connections=64", "--limit", "speed=9")

    (line,) = ended.err.splitlines()
    assert line.startswith("npcengine: there is no limit 'speed'; there are: head_within_s, ")
    assert (ended.code, ended.out) == (2, "")


def test_a_port_that_cannot_be_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def serve(*_: object, **__: object) -> int:
        return 0

    monkeypatch.setattr("npcengine.server.serve.serve", serve)

    with pytest.raises(SystemExit, match="2"):
        main(["serve", "--port", "70000"])

    assert "70000" in capsys.readouterr().err


# --- as the child of a game -------------------------------------------------------------------


CHILD = (*NPCENGINE, "serve", "--child", "--mind", QUICK)


def test_a_child_takes_its_token_from_its_input_and_ends_with_it() -> None:
    token = "from-the-parent"
    with running(*CHILD, env=clean_environment(NPCENGINE_TOKEN="not-this-one")) as child:
        child.send_line(token)
        port = json.loads(child.line())["port"]
        served = Served(child, f"http://127.0.0.1:{port}/v1", token)
        with socket_to(served) as client:
            answer = ask(client, "Hello?")
            refused, _ = refusal(served, Authorization="Bearer not-this-one")
            if sys.platform != "win32":
                child.process.send_signal(signal.SIGINT)
            counted = stats(served)  # Ctrl-C is the game's business
            child.close_input()
            ended = child.ended()

    assert answer["status"] == "completed"
    assert refused == 401
    assert (counted["responses"], counted["connections"]) == (1, 1)
    assert ended.code == 0
    assert ended.out == f'{{"port": {port}}}\n', "nothing but its port"
    assert ended.err == ""


def test_a_child_without_a_token_gives_one_line_and_code_2() -> None:
    ended = finish(*STRICT, "serve", "--child", said="\n")

    (line,) = ended.err.splitlines()
    assert "expects a token on standard input" in line
    assert (ended.code, ended.out) == (2, "")


# --- where warnings are errors, as in a game's own tests --------------------------------------

WARY = {"PYTHONWARNINGS": "error", "NPCENGINE_TOKEN": "a-token"}


@pytest.mark.slow
def test_a_child_leaves_nothing_open_as_it_ends() -> None:
    with running(*CHILD, env=clean_environment(**WARY)) as child:
        child.send_line("from-the-parent")
        assert "port" in child.line()
        child.close_input()

        assert child.ended(within_s=3.0).code == 0


@posix_signals
@pytest.mark.slow
def test_a_client_that_does_not_answer_a_close_is_not_left_open_either() -> None:
    with serving("--mind", QUICK, **WARY) as served, mute_socket_to(served):
        served.program.process.send_signal(signal.SIGINT)
        ended = served.program.ended(within_s=5.0)

    assert (ended.code, ended.err) == (0, "")
