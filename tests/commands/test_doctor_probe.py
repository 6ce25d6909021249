"""``npcengine doctor URL`` finds out what a server is like, whatever it is like."""

import json
import re
from typing import Any

import pytest

from npcengine import Capabilities
from npcengine.__main__ import main
from npcengine.bridge.hosts import host_for
from npcengine.doctor import probe, wire
from npcengine.doctor.advice import advise
from npcengine.doctor.server import Counted, Server
from npcengine.doctor.trials import manners
from npcengine.doctor.trials.lanes import Overlap
from npcengine.doctor.wire import Timed
from npcengine.protocol.capabilities import GATEWAY, SERIAL
from npcengine.server.minds.registry import make_mind
from tests.bridge.http_only import HttpOnly, served
from tests.commands.programs import QUICK
from tests.commands.quirks import Quirks, quirky

pytestmark = pytest.mark.sockets

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPCENGINE_TOKEN", "a-token")
    monkeypatch.delenv("NPCENGINE_MODEL", raising=False)
    monkeypatch.setattr(manners, "SILENCE_S", 0.3)


def look_at(
    quirks: Quirks, capsys: pytest.CaptureFixture[str], *options: str
) -> tuple[Json, Json, Json]:
    """Return what is found of such a server, what is advised, and all that is said."""
    with quirky(quirks) as url:
        code = main(["doctor", url, "--json", *options])
    printed = capsys.readouterr()
    report: Json = json.loads(printed.out)
    said = {finding["topic"]: finding["text"] for finding in report["findings"]}
    warning = "" if said["cost"].endswith("cost nothing") else f"npcengine doctor: {said['cost']}\n"
    assert printed.err == warning
    assert (code, report["ok"]) == (0, True), report
    return report["server"], report["advice"], said


GOOD: Json = {
    "transport": "websocket",
    "wants_key": False,
    "sequence_numbers": True,
    "usage": True,
    "calls": "in pieces",
    "continues": True,
    "older": False,
    "elsewhere_unstored": False,
    "elsewhere_stored": True,
    "unknown_ids_refused": True,
    "remembers": True,
    "warm_up": "reads",
    "lanes_echoed": True,
    "lanes": {"number": 12, "is_limit": True},
    "running": {"number": 3, "is_limit": True},
    "steering": "takes",
    "cancelling": "stops",
    "errors": "wrapped",
    "error_status": True,
    "bad_json_keeps_socket": True,
    "binary_keeps_socket": True,
}
"""Of a server without any quirk."""


def test_a_server_as_it_should_be_is_found_to_be_one(capsys: pytest.CaptureFixture[str]) -> None:
    found, advice, said = look_at(Quirks(), capsys)

    assert {field: found[field] for field in GOOD} == GOOD
    assert found["first_token_ms"] > 0
    assert 20 < found["tokens_per_s"] <= 400
    assert found["unknown"] == {}
    assert advice["capabilities"] == {
        "lanes": 12, "running": 3, "age_limit_s": 3600.0, "contexts": True, "warm_up": True,
        "steering": True,
    }  # fmt: skip
    settings = "Capabilities(lanes=12, running=3, steering=True)"
    assert advice["call"] == f'Bridge("{found["url"]}", capabilities={settings})'
    assert said["lanes"] == "yes: many NPCs share a connection"


@pytest.mark.parametrize(
    ("quirks", "changed"),
    [
        (Quirks(names=None), {"lanes_echoed": False, "lanes": None, "running": None}),
        (Quirks(names=200), {"lanes": {"number": 40, "is_limit": False}}),
        (Quirks(running=50), {"running": {"number": 4, "is_limit": False}}),
        (Quirks(running=50, admits=2), {"running": {"number": 2, "is_limit": True}}),
        (Quirks(knows="all"), {"older": True}),
        (
            Quirks(knows="nothing", stores=False),
            {
                "continues": False,
                "older": None,
                "elsewhere_unstored": None,
                "elsewhere_stored": False,
                "unknown_ids_refused": None,
                "remembers": False,
            },
        ),
        (
            Quirks(knows="nothing", refuses_ids=False, stores=False),
            {
                "older": True,
                "elsewhere_unstored": True,
                "unknown_ids_refused": False,
                "remembers": False,
            },
        ),
        (Quirks(stores=False), {"elsewhere_stored": False}),
        (Quirks(warm_up="answers"), {"warm_up": "answers", "lanes": None}),
        (Quirks(warm_up="refuses"), {"warm_up": "refuses", "lanes": None}),
        (Quirks(steer="refuses"), {"steering": "refuses"}),
        (Quirks(steer="unknown event"), {"steering": "unknown event"}),
        (Quirks(steer="silence"), {"steering": "silence"}),
        (Quirks(cancel="refuses"), {"cancelling": "refuses"}),
        (Quirks(cancel="goes on"), {"cancelling": "goes on"}),
        (Quirks(is_flat=True), {"errors": "flat"}),
        (Quirks(status=False), {"error_status": False}),
        (Quirks(numbers=False), {"sequence_numbers": False}),
        (Quirks(counts=False), {"usage": False}),
        (Quirks(pieces=1), {"calls": "in one piece"}),
        (Quirks(pieces=0), {"calls": None}),
        (Quirks(json_closes=True), {"bad_json_keeps_socket": False}),
        (Quirks(binary_closes=True), {"binary_keeps_socket": False}),
        (Quirks(refuses_key=True), {"wants_key": True}),
    ],
    ids=lambda value: repr(value)[7:60] if isinstance(value, Quirks) else "",
)
def test_each_quirk_is_found_out_and_nothing_else_is_made_of_it(
    quirks: Quirks, changed: Json, capsys: pytest.CaptureFixture[str]
) -> None:
    found, _, _ = look_at(quirks, capsys)

    assert {field: found[field] for field in GOOD} == GOOD | changed


def test_limits_that_are_high_are_found_by_those_who_ask_for_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found, _, _ = look_at(Quirks(names=100, running=64, admits=64), capsys, "--thorough")

    assert found["lanes"] == {"number": 100, "is_limit": True}
    assert found["running"] == {"number": 64, "is_limit": True}


def test_what_it_may_cost_is_said_before_anything_is_asked_and_kept_to(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found, _, said = look_at(
        Quirks(knows="all", refuses_ids=False), capsys, "--model", "gpt-6-luna"
    )

    topics = list(said)
    assert topics.index("cost") < topics.index("connect")
    answers, warm_ups = map(int, re.findall(r"(\d+) (?:short answers|warm-ups)", said["cost"]))
    assert found["requests"] <= answers
    assert found["warm_ups"] <= warm_ups
    assert re.search(r"[\d.]+ USD$", said["cost"])
    assert (
        said["asked"] == f"{found['requests']} requests and {found['warm_ups']} warm-ups were sent"
    )


def test_a_model_whose_price_nobody_knows_is_said_to_be_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, _, said = look_at(Quirks(), capsys, "--model", "a-model-of-my-own")

    assert said["cost"].endswith("what they cost is not known for this model")


@pytest.mark.parametrize("bound", ["trials", "one answer"])
def test_a_server_that_answers_once_and_never_again_is_left_within_a_time(
    bound: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if bound == "trials":
        monkeypatch.setattr(probe, "WITHIN_S", 0.2)
    else:
        monkeypatch.setattr(wire, "ANSWER_WITHIN_S", 0.1)

    found, advice, _ = look_at(Quirks(answers=1), capsys)

    why = {"trials": "not tried: 0.2 s were over", "one answer": "it left a request without"}
    assert found["first_token_ms"] is not None
    assert found["continues"] is found["lanes_echoed"] is None
    for field in ("continues", "elsewhere_stored", "warm_up", "lanes_echoed", "steering"):
        assert found["unknown"][field].startswith(why[bound])
    assert advice["call"] == f'Bridge("{found["url"]}")'


def test_where_only_http_is_to_be_had_that_is_tried_and_advised(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with served(lambda: HttpOnly(make_mind(QUICK))) as (gateway, port):
        code = main(["doctor", f"http://127.0.0.1:{port}/v1", "--json"])

    report: Json = json.loads(capsys.readouterr().out)
    found, advice = report["server"], report["advice"]
    assert (code, found["transport"]) == (0, "http")
    assert gateway.posts
    assert (found["continues"], found["elsewhere_stored"]) == (False, True)
    assert found["lanes_echoed"] is found["steering"] is None
    assert advice["transport"] == "http"
    assert advice["call"] == f'Bridge("http://127.0.0.1:{port}/v1", transport="http")'


@pytest.mark.parametrize(
    ("key", "model", "says"),
    [
        ("", "m", "OpenAI wants a key, and OPENAI_API_KEY is not set: get one from https://"),
        ("k", "", "OpenAI wants the name of a model (such as gpt-6-luna): give one with"),
    ],
)
def test_a_first_run_is_told_what_is_missing_before_anything_is_opened(
    key: str,
    model: str,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)

    code = main(["doctor", "wss://api.openai.com/v1/responses", "--model", model])

    last = capsys.readouterr().out.splitlines()[-1]
    assert code == 1
    assert last.startswith(f"BAD   endpoint     {says}")


# --- advice: pure ---------------------------------------------------------------------------------


def server(**found: Any) -> Server:
    return Server(url="ws://s", model="m", transport="websocket", **found)


def test_what_was_not_found_out_is_left_as_it_was_known() -> None:
    openai = host_for("api.openai.com").capabilities

    advice = advise(server(), openai)

    assert advice.capabilities == openai
    assert advice.call == 'Bridge("ws://s")'


@pytest.mark.parametrize(
    ("known", "lanes", "running", "expected"),
    [
        (SERIAL, Counted(12, True), Counted(3, True), (12, 3)),
        (SERIAL, Counted(40, False), Counted(4, False), (40, 4)),
        (SERIAL, None, None, (8, 4)),
        (GATEWAY, Counted(32, True), Counted(4, False), (32, 16)),
        (GATEWAY, Counted(12, True), Counted(3, True), (12, 3)),
        (GATEWAY, None, None, (32, 16)),
    ],
)
def test_a_limit_that_was_found_counts_and_a_number_that_was_only_reached_lowers_nothing(
    known: Capabilities,
    lanes: Counted | None,
    running: Counted | None,
    expected: tuple[int, int],
) -> None:
    found = advise(server(lanes_echoed=True, lanes=lanes, running=running), known).capabilities

    assert (found.lanes, found.running) == expected


def test_a_server_without_lanes_is_taken_for_a_serial_one_whatever_was_known() -> None:
    found = advise(server(lanes_echoed=False, steering="unknown event"), GATEWAY)

    assert found.capabilities == SERIAL
    assert found.call == 'Bridge("ws://s", capabilities=Capabilities())'


# --- counting what runs at once: pure -------------------------------------------------------------

MS = 1_000_000


def verdict(*events: tuple[int, str, str]) -> Counted:
    overlap = Overlap()
    for at_ms, lane, kind in events:
        overlap.take(Timed(at_ms * MS, {"type": kind, "stream_id": lane}))
    return overlap.verdict


BEGINS, ENDS, REFUSED = "response.in_progress", "response.completed", "error"


def test_what_begins_only_when_another_ends_is_kept_to_a_limit() -> None:
    assert verdict(
        (0, "a", BEGINS), (1, "b", BEGINS), (90, "a", ENDS), (91, "c", BEGINS),
        (95, "b", ENDS), (180, "c", ENDS),
    ) == Counted(2, is_limit=True)  # fmt: skip


def test_answers_that_are_over_before_the_last_begins_show_no_limit() -> None:
    assert verdict(
        (0, "a", BEGINS), (1, "b", BEGINS), (2, "a", ENDS), (3, "c", BEGINS),
        (4, "b", ENDS), (5, "c", ENDS),
    ) == Counted(2, is_limit=False)  # fmt: skip


def test_all_at_once_is_no_limit() -> None:
    assert verdict((0, "a", BEGINS), (1, "b", BEGINS), (50, "a", ENDS), (51, "b", ENDS)) == Counted(
        2, is_limit=False
    )


def test_what_is_refused_while_others_run_is_over_a_limit() -> None:
    assert verdict(
        (0, "a", BEGINS), (1, "c", REFUSED), (2, "b", BEGINS), (50, "a", ENDS), (51, "b", ENDS)
    ) == Counted(2, is_limit=True)


def test_an_answer_that_breaks_off_is_not_taken_for_a_refusal() -> None:
    assert verdict((0, "a", BEGINS), (1, "b", BEGINS), (50, "a", REFUSED), (51, "b", ENDS)) == (
        Counted(2, is_limit=False)
    )
