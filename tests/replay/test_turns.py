"""What is made of a recording's lines: whose each is, and when each thing of a turn was there."""

from npcengine.replay.analysis.metrics import samples_of
from npcengine.replay.analysis.reading import read_analysis
from npcengine.trace import records
from tests.replay.script import (
    FRAME_MS,
    Script,
    asked,
    call,
    completed,
    created,
    delta,
    ns,
    query,
    raw,
    refused,
    thinking,
)


def values(script: Script, metric: str) -> list[float]:
    return [round(sample.value, 6) for sample in samples_of(script.analysis(), metric)]


def said(script: Script, at_ms: float = 0.0) -> None:
    """Let an NPC hear something, think, and say a word."""
    script.tell(at_ms)
    script.begin()
    script.send()


def test_the_first_token_is_counted_from_the_request() -> None:
    script = Script()
    said(script, 10)
    script.read(15, created("r1"))
    script.read(110, delta(), delta())
    script.read(130, delta(), completed("r1"))
    script.over()

    assert values(script, "first_token") == [100]
    assert values(script, "server_first_token") == [95]
    assert values(script, "response") == [120]


def test_reasoning_is_a_token_and_no_output() -> None:
    script = Script()
    said(script)
    script.read(5, created("r1"))
    script.read(50, thinking())
    script.read(90, delta(), completed("r1"))

    assert values(script, "first_token") == [50]
    assert values(script, "first_output") == [90]


def test_the_name_of_a_tool_is_the_first_token_of_its_call() -> None:
    script = Script()
    said(script)
    script.read(5, created("r1"))
    script.read(60, call("walk_to", "c1"))

    assert values(script, "first_token") == [60]


def test_the_time_between_tokens_is_spread_over_all_of_a_response() -> None:
    script = Script()
    said(script)
    script.read(10, created("r1"), delta())
    script.read(30, delta(), delta())
    script.read(70, delta(), completed("r1"))

    assert values(script, "inter_token") == [20]
    assert values(script, "inter_chunk") == [20, 40]


def test_responses_are_told_apart_by_their_lanes() -> None:
    script = Script("Mira", "Tomas")
    script.tell(0, "Mira")
    script.begin("Mira")
    script.send("Mira", lane="s0")
    script.tell(1, "Tomas")
    script.begin("Tomas")
    script.send("Tomas", lane="s1")
    script.read(10, created("t"), delta(), lane="s1")
    script.read(40, created("m"), delta(), lane="s0")

    firsts = {turn.npc: turn.exchanges[0].first_token_ns for turn in script.analysis().turns}

    assert firsts == {"Mira": ns(40), "Tomas": ns(10)}


def test_a_server_that_leaves_the_lane_out_is_understood_while_one_response_runs() -> None:
    script = Script()
    said(script)
    script.read(30, created("r1"), delta(), completed("r1"), lane=None)

    assert values(script, "first_token") == [30]


def test_what_woke_an_npc_is_its_turns_cause_and_later_words_are_the_next_ones() -> None:
    script = Script()
    said(script, 10)
    script.tell(20, text="Are you there?")
    script.read(30, created("r1"), delta(), completed("r1"))
    script.over()
    script.begin()
    script.send(after="r1")

    causes = [turn.stimulus for turn in script.analysis().turns]

    assert [(one.t_ns, one.what) for one in causes if one is not None] == [
        (ns(10), "Good evening!"),
        (ns(20), "Are you there?"),
    ]


def test_the_end_of_an_action_that_outlived_its_call_is_a_cause() -> None:
    script = Script()
    said(script)
    script.read(10, created("r1"), call("walk_to", "c1"), completed("r1"))
    script.enter(records.Settled, 15, "Mira", "c1", "started")
    script.over()
    script.enter(records.Settled, 900, "Mira", "c1", "succeeded")
    script.begin()
    script.send(after="r1")

    cause = script.analysis().turns[1].stimulus

    assert cause is not None
    assert (cause.t_ns, cause.what) == (ns(900), "an action ended: succeeded")


def test_a_frame_query_has_four_parts_and_its_frame_wait_is_one() -> None:
    script = Script(tools=[query("nearby")])
    said(script)
    script.read(10, created("r1"), call("nearby", "c1"), completed("r1"))
    script.effect(asked(10, "nearby", "c1"))
    script.frame(22, answered=[("Mira", "c1")])
    script.enter(records.Answered, 25, "Mira", "c1", "1", "fresh", 2.0, "nearby")
    script.send(after="r1", outputs=["c1"])
    script.read(75, created("r2"), delta())

    parts = ("frame_wait", "answer", "write", "next_token", "round_trip", "run")
    figures = {part: values(script, f"{part}:nearby") for part in parts}

    assert figures == {
        "frame_wait": [12],
        "answer": [3],
        "write": [0],
        "next_token": [50],
        "round_trip": [65],
        "run": [2],
    }


def test_a_query_of_the_loop_thread_waits_for_no_frame_which_is_not_a_wait_of_nothing() -> None:
    script = Script(tools=[query("where_is", "snapshot")])
    said(script)
    script.read(10, created("r1"), call("where_is", "c1"))
    script.effect(asked(10, "where_is", "c1", due_ms=150))
    script.enter(records.Answered, 11, "Mira", "c1", "1", "snapshot", 0.5, "where_is")

    assert values(script, "frame_wait") == []
    assert values(script, "answer") == [1]
    assert values(script, "query:where_is") == [1]


def test_a_visible_reaction_is_what_a_frame_saw_in_time_and_in_frames() -> None:
    script = Script()
    script.frame(0)
    said(script, 5)
    script.frame(FRAME_MS)
    script.read(20, created("r1"), delta("Hm"))
    script.frame(2 * FRAME_MS, seen=[records.Seen("Mira", 3, 1, "speaking", 1, 0, "Hm")])

    assert values(script, "first_reaction") == [27]
    assert values(script, "first_reaction_frames") == [2]
    assert script.turn().signs[0].kind == "speech"


def test_a_mark_of_the_game_is_a_reaction_and_may_come_before_the_sessions_learn_why() -> None:
    script = Script()
    script.frame(0)
    script.mark(1, "reaction", "Mira")
    said(script, 4)
    script.read(20, created("r1"), delta("Hm"))
    script.frame(2 * FRAME_MS, seen=[records.Seen("Mira", 3, 1, "speaking", 1, 0, "Hm")])

    (sign, *_) = script.turn().signs

    assert (
        sign.kind,
        values(script, "first_reaction"),
        values(script, "first_reaction_frames"),
    ) == (
        "mark",
        [0],
        [0],
    )


def test_an_intention_is_first_when_a_frame_has_it() -> None:
    script = Script()
    said(script)
    script.read(30, created("r1"), call("walk_to", "c1"))
    script.effect(records.Hinted("Mira", 1, 0, "c1", "walk_to"))
    script.frame(40, fates=[records.Fate("Mira", 1, "c1", "hint")])

    assert values(script, "first_intention") == [40]


def test_a_commit_that_was_held_back_and_then_came_is_one_step() -> None:
    script = Script()
    said(script)
    script.read(30, created("r1"), call("walk_to", "c1"))
    script.effect(records.Committed("Mira", 1, 0, "c1", "walk_to", raw({}), 0.0))
    script.frame(40, fates=[records.Fate("Mira", 1, "c1", "commit", "held")])
    script.frame(56, fates=[records.Fate("Mira", 1, "c1", "commit")])

    (step,) = script.turn().intentions[0].steps

    assert (step.fate, step.tick, step.seen_ns) == ("delivered", 2, ns(56))


def test_a_warm_up_is_of_no_turn_and_its_npc_is_known_by_its_instructions() -> None:
    script = Script("Mira", "Tomas")
    script.enter(records.LinkOpened, 1, 0)
    script.send(watched=False, generate=False, instructions="You are Tomas.")

    (exchange,) = script.analysis().others

    assert (exchange.npc, exchange.kind, exchange.turn) == ("Tomas", "warm_up", 0)


def test_a_request_says_by_what_it_carries_how_it_went_on() -> None:
    script = Script()
    said(script)
    script.read(10, created("r1"), completed("r1"))
    script.over()
    for at_ms, after in ((20, "r1"), (40, None)):
        script.tell(at_ms)
        script.begin()
        script.send(after=after)
        script.read(at_ms + 5, created(f"at {at_ms}"), completed(f"at {at_ms}"))
        script.over(turn=at_ms // 20 + 1)

    assert [one.kind for one in script.analysis().exchanges] == ["first", "continued", "resent"]


def test_a_refused_request_ends_and_the_next_one_of_its_turn_is_another() -> None:
    script = Script()
    said(script)
    script.read(10, created("r1"), completed("r1"))
    script.send(after="r1")
    script.read(20, refused("previous_response_not_found"))
    script.send()
    script.read(30, created("r2"), delta(), completed("r2"))

    ends = [(one.kind, one.end, one.error) for one in script.turn().exchanges]

    assert ends == [
        ("first", "completed", ""),
        ("continued", "refused", "previous_response_not_found"),
        ("resent", "completed", ""),
    ]


def test_a_steer_waits_for_the_response_that_it_speaks_into() -> None:
    script = Script()
    said(script)
    script.read(10, created("r1"), delta())
    script.over(outcome="interrupted")
    script.tell(20)
    script.begin()
    steer = '{"type":"response.steer","previous_response_id":"r1","input":"No!"}'
    script.effect(records.Sent(0, steer))
    script.effect(records.TimerSet("watch", "Mira", 0))
    script.read(30, delta(), completed("r1"))
    script.read(50, created("r2"), delta(), completed("r2"))

    first, second = (turn.exchanges[0] for turn in script.analysis().turns)

    assert (first.response_id, first.ended_ns) == ("r1", ns(30))
    assert (second.kind, second.response_id, second.first_token_ns) == ("steer", "r2", ns(50))


def test_a_connection_that_is_lost_ends_what_ran_on_it() -> None:
    script = Script()
    said(script)
    script.read(10, created("r1"), delta())
    script.enter(records.LinkLost, 15, 0, "pulled")

    (exchange,) = script.turn().exchanges

    assert (exchange.end, exchange.ended_ns, exchange.error) == ("lost", ns(15), "pulled")


def test_a_turn_after_a_load_has_the_number_that_its_lines_say() -> None:
    script = Script()
    said(script)
    script.over()
    script.enter(records.Loaded, 20, raw({}), 0, {})
    script.tell(30)
    script.begin()
    script.send()
    script.effect(records.Hinted("Mira", 3, 0, "c1", "walk_to"))
    script.over(turn=3)

    numbers = [(turn.ordinal, turn.number, turn.outcome) for turn in script.analysis().turns]

    assert numbers == [(1, 1, "completed"), (2, 3, "completed")]


def test_the_village_is_understood_to_the_last_line(evening: object) -> None:
    analysis = read_analysis(str(evening))

    assert not analysis.is_torn
    assert analysis.unread == 0
    assert {turn.npc for turn in analysis.turns} >= {"Mira", "Tomas", "Pip"}
    for turn in analysis.turns:
        assert turn.stimulus is not None
        assert turn.exchanges
        assert {e.npc for e in turn.exchanges} == {turn.npc}
        if turn.ended_ns is not None:
            assert all(e.end == "completed" for e in turn.exchanges)
            assert turn.first_sign is not None
