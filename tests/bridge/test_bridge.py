"""The bridge in virtual time, against a server whose every answer is written down."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

import npcengine
from npcengine import (
    Bridge,
    BridgeClosedError,
    Commit,
    Hint,
    Intention,
    Npc,
    Prepare,
    QueryFailed,
    QueryRetry,
    UsageError,
    WrongThreadError,
)
from npcengine.testing import ScriptedServer
from tests.bridge.acts import FRAME, Json, WalkTo, Wave, call, done, says


def frames(bridge: Bridge, count: int) -> list[Intention]:
    return [one for _ in range(count) for one in bridge.update(FRAME)]


def bridge_to(server: ScriptedServer, **more: Any) -> Bridge:
    return Bridge(server, virtual=True, **more)


def outputs(request: Json) -> list[Json]:
    return [
        json.loads(item["output"])
        for item in request["input"]
        if item["type"] == "function_call_output"
    ]


def test_words_reach_the_game_inside_update_and_at_no_other_time() -> None:
    server = ScriptedServer()
    server.answer(done(says("Good evening.")))
    with bridge_to(server) as bridge:
        mira = bridge.npc("Mira", persona="A baker.")
        mira.tell("Hello?", by="player")
        before = mira.speech
        frames(bridge, 2)
        after, stats = mira.speech, bridge.stats

    assert (before, after) == ("", "Good evening.")
    assert (stats.turns_completed, stats.speech_chars) == (1, 13)
    assert server.requests[0]["instructions"].startswith("You are Mira. A baker.")
    server.check()


def test_a_call_in_one_piece_is_hinted_prepared_and_committed_in_one_update() -> None:
    server = ScriptedServer()
    server.answer(done(call("walk_to", '{"place":"well","hurry":true}')))
    with bridge_to(server) as bridge:
        mira = bridge.npc("Mira", persona="A baker.", actions=[WalkTo])
        mira.tell("Go!", by="player")
        intentions = list(bridge.update(FRAME))

    assert [type(one) for one in intentions] == [Hint, Prepare, Prepare, Commit]
    match intentions[-1]:
        case npcengine.Commit(npc=who, action=WalkTo(place=place, hurry=True)):
            assert (who, place) == (mira, "well")
        case other:
            raise AssertionError(other)
    prepare = intentions[-2]
    assert isinstance(prepare, Prepare)
    assert prepare.fields == {"place": "well", "hurry": True}
    assert len({one.id for one in intentions}) == 1


def say_it_is_done(commit: Commit) -> None:
    commit.succeed("there")


def say_it_failed(commit: Commit) -> None:
    commit.fail("no way")


def say_it_has_started(commit: Commit) -> None:
    commit.start()


def say_nothing(commit: Commit) -> None:
    pass


@pytest.mark.parametrize(
    ("settle", "output"),
    [
        (say_it_is_done, {"status": "succeeded", "detail": "there"}),
        (say_it_failed, {"status": "failed", "detail": "no way"}),
        (say_it_has_started, {"status": "started"}),
        (say_nothing, {"status": "started"}),
    ],
)
def test_what_becomes_of_a_commit_is_told_within_its_update(
    settle: Callable[[Commit], None], output: Json
) -> None:
    server = ScriptedServer()
    server.answer(done(call("walk_to", '{"place":"well"}')))
    server.answer(done(says("So."), number=2))
    with bridge_to(server) as bridge:
        mira = bridge.npc("Mira", persona="A baker.", actions=[WalkTo])
        mira.tell("Go!", by="player")
        for _ in range(4):
            for intention in bridge.update(FRAME):
                if isinstance(intention, Commit):
                    settle(intention)
        frames(bridge, 2)

    assert outputs(server.requests[1]) == [output]
    server.check()


@pytest.mark.parametrize("detail", [object(), "\ud800", "x" * 20_000])
def test_what_a_mind_cannot_be_told_is_refused_where_it_is_said(detail: object) -> None:
    server = ScriptedServer()
    server.answer(done(call("walk_to", '{"place":"well"}')))
    server.answer(done(says("So."), number=2))
    with bridge_to(server) as bridge:
        mira = bridge.npc("Mira", persona="A baker.", actions=[WalkTo])
        mira.tell("Go!", by="player")
        for intention in bridge.update(FRAME):
            if isinstance(intention, Commit):
                with pytest.raises(UsageError, match="said of an action"):
                    intention.succeed(detail)
                intention.fail("the game has a fault")
        frames(bridge, 4)

    assert outputs(server.requests[1]) == [{"status": "failed", "detail": "the game has a fault"}]
    server.check()


def test_an_end_that_comes_later_is_an_event_and_a_second_end_is_none() -> None:
    server = ScriptedServer()
    server.answer(done(call("walk_to", '{"place":"well"}')))
    server.answer(done(says("Going."), number=2))
    server.answer(done(says("Here."), number=3))
    with bridge_to(server) as bridge:
        mira = bridge.npc("Mira", persona="A baker.", actions=[WalkTo])
        mira.tell("Go!", by="player")
        (commit,) = [one for one in frames(bridge, 10) if isinstance(one, Commit)]
        commit.succeed("you are there")
        commit.fail("too late to say so")
        frames(bridge, 5)

    (event,) = server.requests[2]["input"]
    assert event["role"] == "developer"
    assert "you are there" in event["content"][0]["text"]
    server.check()


def test_handlers_are_called_inside_update_with_the_commit_and_its_action() -> None:
    server = ScriptedServer()
    server.answer(done(call("walk_to", '{"place":"well"}'), call("wave", "{}", "call_2")))
    server.answer(done(says("So."), number=2))
    seen: list[tuple[str, str]] = []
    with bridge_to(server) as bridge:
        mira = bridge.npc("Mira", persona="A baker.", actions=[WalkTo, Wave])

        @mira.on(WalkTo)
        def walk(commit: Commit, action: WalkTo) -> None:
            seen.append((commit.npc.name, action.place))
            commit.succeed()

        mira.tell("Go!", by="player")
        frames(bridge, 6)

    assert seen == [("Mira", "well")]
    assert outputs(server.requests[1]) == [{"status": "succeeded"}, {"status": "started"}]


def test_a_handler_that_raises_costs_the_game_no_other_intention() -> None:
    server = ScriptedServer()
    first = call("walk_to", '{"place":"well"}', call_id="call_1")
    second = call("walk_to", '{"place":"gate"}', call_id="call_2")
    server.answer(done(first, second))
    server.answer(done(says("So."), number=2))
    seen: list[str] = []
    with bridge_to(server) as bridge:
        mira = bridge.npc("Mira", persona="A baker.", actions=[WalkTo])

        @mira.on(WalkTo)
        def walk(commit: Commit, action: WalkTo) -> None:
            if action.place == "well":
                raise ZeroDivisionError
            commit.succeed()

        mira.tell("Go!", by="player")
        with pytest.raises(ZeroDivisionError):
            bridge.update(FRAME)
        for intention in bridge.update(FRAME):
            if isinstance(intention, Commit):
                assert isinstance(intention.action, WalkTo)
                seen.append(intention.action.place)
        frames(bridge, 4)

    assert seen == ["well", "gate"]
    statuses = [output["status"] for output in outputs(server.requests[1])]
    assert statuses == ["started", "succeeded"]
    server.check()


def test_a_commit_that_is_settled_on_the_wrong_thread_can_still_be_settled() -> None:
    server = ScriptedServer()
    server.answer(done(call("walk_to", '{"place":"well"}')))
    server.answer(done(says("So."), number=2))
    refused: list[BaseException] = []
    with bridge_to(server) as bridge:
        mira = bridge.npc("Mira", persona="A baker.", actions=[WalkTo])
        mira.tell("Go!", by="player")
        for intention in bridge.update(FRAME):
            if isinstance(intention, Commit):

                def elsewhere(commit: Commit = intention) -> None:
                    try:
                        commit.succeed("from elsewhere")
                    except WrongThreadError as error:
                        refused.append(error)

                thread = threading.Thread(target=elsewhere)
                thread.start()
                thread.join(5)
                intention.succeed("there")
        frames(bridge, 4)

    assert len(refused) == 1
    assert outputs(server.requests[1]) == [{"status": "succeeded", "detail": "there"}]
    server.check()


def test_a_handler_for_an_action_that_was_not_given_is_refused() -> None:
    with bridge_to(ScriptedServer()) as bridge:
        mira = bridge.npc("Mira", persona="A baker.", actions=[WalkTo])
        with pytest.raises(UsageError, match="Wave"):
            mira.on(Wave)


def ask(**query: Any) -> tuple[ScriptedServer, Bridge, Npc]:
    """A mind that asks ``who_is_near`` and then stops."""
    server = ScriptedServer()
    server.answer(done(call("who_is_near", '{"radius_px":80}')))
    server.answer(done(says("I see."), number=2))
    bridge = bridge_to(server, **query)
    return server, bridge, bridge.npc("Mira", persona="A baker.")


def test_a_frame_query_reads_the_live_world_on_the_frame_thread() -> None:
    server, bridge, mira = ask()
    asked: list[tuple[Npc, int, threading.Thread]] = []
    with bridge:

        @bridge.query
        def who_is_near(npc: Npc, radius_px: int) -> list[str]:
            """Names of the people near you."""
            asked.append((npc, radius_px, threading.current_thread()))
            return ["Tomas"]

        mira.tell("Who is here?", by="player")
        frames(bridge, 5)

    assert asked == [(mira, 80, threading.current_thread())]
    (output,) = outputs(server.requests[1])
    assert (output["value"], output["grade"]) == (["Tomas"], "fresh")
    assert bridge.stats.query_grades == {"fresh": 1}
    definition = server.requests[0]["tools"][0]
    assert definition["description"] == "Names of the people near you."
    assert list(definition["parameters"]["properties"]) == ["radius_px"]
    assert definition["strict"] is True


def test_a_snapshot_query_reads_the_published_view_and_says_how_old_it_is() -> None:
    server, bridge, mira = ask()
    with bridge:

        @bridge.query(where="snapshot")
        def who_is_near(view: dict[str, int], radius_px: int) -> list[str]:
            """Names of the people near you."""
            return [name for name, distance in view.items() if distance < radius_px]

        frames(bridge, 3)
        bridge.publish({"Tomas": 40, "Pip": 90})
        frames(bridge, 6)
        mira.tell("Who is here?", by="player")
        frames(bridge, 3)

    (output,) = outputs(server.requests[1])
    assert output == {"value": ["Tomas"], "grade": "snapshot", "as_of_tick": 3, "age_ms": 100}


def test_a_snapshot_query_with_nothing_published_is_refused() -> None:
    server, bridge, mira = ask()
    with bridge:

        @bridge.query(where="snapshot")
        def who_is_near(view: object, radius_px: int) -> object:
            """Names of the people near you."""
            return view

        mira.tell("Who is here?", by="player")
        frames(bridge, 3)

    assert outputs(server.requests[1])[0]["grade"] == "refused"


def test_an_async_query_runs_on_the_loop_and_may_take_its_time() -> None:
    server, bridge, mira = ask()
    with bridge:

        @bridge.query(where="async")
        async def who_is_near(radius_px: int) -> list[int]:
            """Names of the people near you."""
            return [radius_px]

        mira.tell("Who is here?", by="player")
        frames(bridge, 3)

    assert outputs(server.requests[1])[0]["value"] == [80]


@pytest.mark.parametrize(
    ("raised", "answer"),
    [
        (QueryRetry("say a smaller radius"), {"reason": "say a smaller radius", "ask_again": True}),
        (QueryFailed("it is dark"), {"reason": "it is dark", "ask_again": False}),
        (KeyError("oops"), {"reason": "the world could not answer", "ask_again": False}),
    ],
)
def test_what_a_query_raises_becomes_an_answer(
    raised: Exception, answer: Json, caplog: pytest.LogCaptureFixture
) -> None:
    server, bridge, mira = ask()
    with bridge:

        @bridge.query
        def who_is_near(radius_px: int) -> object:
            """Names of the people near you."""
            raise raised

        mira.tell("Who is here?", by="player")
        frames(bridge, 5)

    assert outputs(server.requests[1]) == [{"grade": "refused", **answer}]
    assert ("who_is_near" in caplog.text) == isinstance(raised, KeyError)


def test_a_strict_bridge_raises_what_a_query_raised_and_still_answers() -> None:
    server, bridge, mira = ask(strict=True)
    with bridge:

        @bridge.query
        def who_is_near(radius_px: int) -> object:
            """Names of the people near you."""
            raise KeyError(radius_px)

        mira.tell("Who is here?", by="player")
        with pytest.raises(KeyError, match="80"):
            frames(bridge, 5)
        frames(bridge, 5)

    assert len(server.requests) == 2


def test_an_answer_that_cannot_be_written_or_is_too_long_is_refused() -> None:
    for value in (object(), "x" * 50_000):
        server, bridge, mira = ask()
        with bridge:

            @bridge.query
            def who_is_near(radius_px: int) -> object:
                """Names of the people near you."""
                return value  # noqa: B023

            mira.tell("Who is here?", by="player")
            frames(bridge, 5)

        assert outputs(server.requests[1])[0]["grade"] == "refused"


def test_a_question_the_game_does_not_come_to_is_answered_without_it() -> None:
    server, bridge, mira = ask()
    with bridge:

        @bridge.query
        def who_is_near(radius_px: int) -> object:
            """Names of the people near you."""
            return radius_px

        mira.tell("Who is here?", by="player")
        bridge.update(1.0)  # one long frame: the answer was due in the middle of it
        frames(bridge, 3)
        stats = bridge.stats

    assert outputs(server.requests[1])[0]["reason"] == "no answer in time"
    assert stats.late_answers == 1


def a_view_in_the_way(view: object) -> None: ...


def ask_untyped(radius: int) -> object:
    return radius


del ask_untyped.__annotations__["radius"]


def ask_anything(*args: int) -> object:
    return args


def ask_who(npc: Npc) -> object:
    return npc


@pytest.mark.parametrize(
    ("function", "where", "says"),
    [
        (ask_untyped, "frame", "needs a type"),
        (ask_anything, "frame", "needs every argument by its name"),
        (ask_who, "snapshot", "a parameter named 'view'"),
        (ask_who, "async", "must be an 'async def'"),
    ],
)
def test_a_query_that_no_mind_could_ask_is_refused_when_it_is_registered(
    function: Callable[..., object], where: Any, says: str
) -> None:
    with bridge_to(ScriptedServer()) as bridge, pytest.raises(UsageError, match=says):
        bridge.query(where=where)(function)


def test_update_stops_at_its_budget_and_goes_on_with_the_oldest() -> None:
    server = ScriptedServer()
    server.answer(done(*(call("wave", "{}", f"call_{n}") for n in range(5))))
    with bridge_to(server) as bridge:
        mira = bridge.npc("Mira", persona="A baker.", actions=[Wave])
        mira.tell("Wave!", by="player")
        counts = [len(bridge.update(dt, budget_ms=0)) for dt in (FRAME, *[0.0] * 11)]
        overruns = bridge.stats.update_overruns

    assert counts == [1] * 10 + [0] * 2, "one is handled, however small the budget"
    assert overruns == 9


def test_names_that_could_pass_for_more_than_a_name_are_refused() -> None:
    with bridge_to(ScriptedServer()) as bridge:
        for name in ("", "x" * 41, 'Mira says: "hi"', "a\nb"):
            with pytest.raises(UsageError):
                bridge.npc(name, persona="Odd.")
        mira = bridge.npc("Mira", persona="A baker.")
        with pytest.raises(UsageError, match="already"):
            bridge.npc("Mira", persona="Another.")
        with pytest.raises(UsageError, match="speaker"):
            mira.tell("Hello", by="the\nking")


def test_a_percept_that_is_not_json_is_refused_where_it_is_made() -> None:
    with bridge_to(ScriptedServer()) as bridge:
        mira = bridge.npc("Mira", persona="A baker.")
        with pytest.raises(UsageError, match="JSON"):
            mira.notice("a noise", where=object())


def test_the_wrong_thread_is_told_both_names() -> None:
    caught: list[WrongThreadError] = []
    with bridge_to(ScriptedServer()) as bridge:
        mira = bridge.npc("Mira", persona="A baker.")

        def elsewhere() -> None:
            for use in (
                lambda: bridge.update(FRAME),
                lambda: mira.tell("Hi", by="me"),
                lambda: bridge.publish(1),
                bridge.close,
            ):
                try:
                    use()
                except WrongThreadError as error:
                    caught.append(error)

        thread = threading.Thread(target=elsewhere, name="painter")
        thread.start()
        thread.join(5)

    assert len(caught) == 4
    assert "'MainThread'" in str(caught[0])
    assert "'painter'" in str(caught[0])


def test_a_closed_bridge_says_so() -> None:
    bridge = bridge_to(ScriptedServer())
    bridge.close()
    bridge.close()

    with pytest.raises(BridgeClosedError, match="closed"):
        bridge.update(FRAME)
    assert bridge.status.link == "closed"


@pytest.mark.parametrize("dt", [-1.0, float("nan")])
def test_time_that_makes_no_sense_is_refused(dt: float) -> None:
    with bridge_to(ScriptedServer()) as bridge, pytest.raises(UsageError, match="dt"):
        bridge.update(dt)


@pytest.mark.parametrize("spec", ["foo://x", "ws://", "local:nobody", "local:practice?a=b"])
def test_an_endpoint_that_cannot_be_used_says_why_at_once(spec: str) -> None:
    with pytest.raises(UsageError):
        Bridge(spec, virtual=spec.startswith("local:"))


def test_virtual_time_needs_an_endpoint_without_a_network() -> None:
    with pytest.raises(UsageError, match="virtual"):
        Bridge("ws://127.0.0.1:1/v1", virtual=True)


def test_two_virtual_runs_are_the_same_in_every_frame() -> None:
    def run() -> list[str]:
        story: list[str] = []
        with Bridge("local:practice?seed=5", virtual=True) as bridge:
            mira = bridge.npc("Mira", persona="A baker.", actions=[WalkTo, Wave])
            for frame in range(400):
                if frame % 150 == 0:
                    mira.tell(f"Hello {frame}", by="player")
                story += [f"{frame} {one!r} {one.id}" for one in bridge.update(FRAME)]
                story.append(f"{frame} {mira.phase} {mira.speech}")
        return story

    assert run() == run()


def test_a_server_that_is_lost_and_found_shows_in_the_status() -> None:
    server = ScriptedServer()
    server.refuse = [OSError("not yet"), OSError("not yet")]
    seen: list[str] = []
    with bridge_to(server) as bridge:
        bridge.npc("Mira", persona="A baker.")
        for _ in range(120):
            bridge.update(FRAME)
            if not seen or seen[-1] != bridge.status.link:
                seen.append(bridge.status.link)

    assert seen[-2:] == ["down", "connected"]
