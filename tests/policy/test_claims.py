"""Claims and facts: nothing that matters is done on somebody's word."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.policy.claims import MAX_ANSWERS, Evidence, Needs, Value

NEEDS = {
    "give": [
        Needs(query="has_paid", where={"who": "to", "what": "item", "at": Value("stall")}),
    ]
}
PAID: dict[str, object] = {"who": "player", "what": "ring", "at": "stall"}
GIVE: dict[str, object] = {"item": "ring", "to": "player"}


def lacks(evidence: Evidence, game_ms: float = 0.0, epoch: int = 1, npc: str = "bram") -> bool:
    return evidence.lacks(npc, epoch, "give", GIVE, game_ms) is not None


def answered(evidence: Evidence, value: object = True, **more: object) -> None:
    told: dict[str, object] = {"npc": "bram", "turn_epoch": 1, "query": "has_paid"}
    told |= {"arguments": PAID, "value": value, "grade": "fresh", "game_ms": 0.0, **more}
    evidence.answered(**told)  # type: ignore[arg-type]


def test_a_yes_about_the_very_same_things_in_the_same_turn_is_enough() -> None:
    evidence = Evidence(NEEDS)
    before = evidence.lacks("bram", 1, "give", GIVE, 0)

    answered(evidence)

    assert before is not None
    assert '"who":"player","what":"ring","at":"stall"' in before
    assert not lacks(evidence)


def test_an_action_that_needs_nothing_lacks_nothing() -> None:
    assert Evidence(NEEDS).lacks("bram", 1, "wave", {}, 0) is None


NO: list[object] = [False, None, 0, -1, "", [], {}, float("nan")]


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"npc": "mira"}, id="somebody else asked"),
        pytest.param({"turn_epoch": 0}, id="in an earlier turn"),
        pytest.param({"query": "Has_Paid"}, id="another question"),
        pytest.param({"arguments": {**PAID, "who": "pip"}}, id="about somebody else"),
        pytest.param({"arguments": {**PAID, "who": "Player"}}, id="in other letters"),
        pytest.param({"arguments": {**PAID, "at": "inn"}}, id="at another place"),
        pytest.param({"arguments": {"who": "player"}}, id="about less"),
        pytest.param({"arguments": {**PAID, "what": ["ring"]}}, id="about a list of it"),
        pytest.param({"grade": "snapshot"}, id="not fresh"),
        pytest.param({"grade": "refused"}, id="refused"),
        pytest.param({"game_ms": -5_001.0}, id="too long ago"),
        *(pytest.param({"value": no}, id=f"answered {no!r}") for no in NO),
    ],
)
def test_anything_less_is_not_evidence(told: dict[str, object]) -> None:
    evidence = Evidence(NEEDS)

    answered(evidence, **{"value": True, **told})

    assert lacks(evidence)


@pytest.mark.parametrize("yes", [True, 1, 0.5, "the receipt", ["a"], {"by": "player"}])
def test_a_yes_is_true_or_more_than_nothing(yes: object) -> None:
    evidence = Evidence(NEEDS)

    answered(evidence, yes)

    assert not lacks(evidence, game_ms=5_000)


def test_what_the_world_says_last_counts() -> None:
    evidence = Evidence(NEEDS)

    answered(evidence, True)
    answered(evidence, False, game_ms=1.0)

    assert lacks(evidence, 2)


def test_what_the_world_says_last_counts_also_where_the_question_held_more() -> None:
    evidence = Evidence(NEEDS)

    answered(evidence, True, arguments={**PAID, "since": "noon"})
    answered(evidence, False, arguments={**PAID, "since": "dusk"})

    assert lacks(evidence)


def test_to_ask_twice_is_no_second_proof() -> None:
    evidence = Evidence(NEEDS)
    answered(evidence)
    answered(evidence, game_ms=1.0)

    evidence.committed("bram", 1, "give", GIVE, 2)

    assert lacks(evidence, 2)


def test_one_proof_is_good_for_one_reward() -> None:
    evidence = Evidence(NEEDS)
    answered(evidence)

    evidence.committed("bram", 1, "give", GIVE, 0)

    assert lacks(evidence)


def test_a_new_turn_begins_without_evidence_and_an_old_one_adds_none() -> None:
    evidence = Evidence(NEEDS)
    answered(evidence)
    answered(evidence, turn_epoch=2, arguments={})
    answered(evidence, turn_epoch=1)

    assert lacks(evidence, epoch=1)
    assert lacks(evidence, epoch=2)


def test_an_answer_of_several_fields_says_yes_by_the_one_that_is_named() -> None:
    needs = Needs(query="door", where={}, field="is_locked", grades=frozenset(("snapshot",)))
    evidence = Evidence({"leave": [needs]})

    def may_leave(value: object) -> bool:
        evidence.answered("tomas", 1, "door", {}, value, grade="snapshot", game_ms=0)
        return evidence.lacks("tomas", 1, "leave", {}, 0) is None

    assert may_leave({"is_locked": True})
    assert not may_leave({"is_locked": False, "is_open": True})
    assert not may_leave(True)
    assert not may_leave({})


def test_a_game_can_say_which_names_mean_the_same() -> None:
    evidence = Evidence(NEEDS, same=lambda a, b: str(a).casefold() == str(b).casefold())

    answered(evidence, arguments={"who": "Player", "what": "RING", "at": "stall"})

    assert not lacks(evidence)


def test_an_argument_that_the_action_does_not_have_is_not_the_same_as_anything() -> None:
    needs = Needs(query="q", where={"a": "missing"})
    evidence = Evidence({"act": [needs]})

    evidence.answered("bram", 1, "q", {"a": None}, True, grade="fresh", game_ms=0)

    assert evidence.lacks("bram", 1, "act", {}, 0) is not None


def test_true_is_not_one() -> None:
    evidence = Evidence({"act": [Needs(query="q", where={"a": "b"})]})

    evidence.answered("bram", 1, "q", {"a": True}, True, grade="fresh", game_ms=0)

    assert evidence.lacks("bram", 1, "act", {"b": 1}, 0) is not None


THINGS = st.sampled_from(["ring", "sword"])
PEOPLE = st.sampled_from(["player", "pip"])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "give", "wait", "turn"]),
        PEOPLE,
        THINGS,
        st.booleans(),
        st.integers(0, 4),
    ),
    max_size=80,
)


@given(STEPS)
def test_every_gift_stands_on_a_yes_of_its_own_that_was_the_newest_word_and_recent(
    steps: list[tuple[str, str, str, bool, int]],
) -> None:
    evidence = Evidence(NEEDS)
    known: dict[tuple[str, str], tuple[bool, int]] = {}
    epoch, now_ms = 1, 0

    for step, who, what, yes, seconds in steps:
        gift: dict[str, object] = {"item": what, "to": who}
        if step == "ask":
            about: dict[str, object] = {"who": who, "what": what, "at": "stall"}
            answered(evidence, yes, turn_epoch=epoch, arguments=about, game_ms=now_ms)
            known[who, what] = (yes, now_ms)
        elif step == "give":
            is_known, at_ms = known.get((who, what), (False, 0))
            may = evidence.lacks("bram", epoch, "give", gift, now_ms) is None
            assert may == (is_known and now_ms - at_ms <= 5_000)
            if may:
                evidence.committed("bram", epoch, "give", gift, now_ms)
                del known[who, what]
        elif step == "wait":
            now_ms += seconds * 1_000
        else:
            epoch += 1
            known.clear()


def test_memory_is_bounded_and_keeps_the_newest() -> None:
    evidence = Evidence(NEEDS)
    for number in itertools.chain(range(10 * MAX_ANSWERS), ["ring"]):
        answered(evidence, arguments={**PAID, "what": number})

    assert len(evidence._turns["bram"][1]) == MAX_ANSWERS
    assert not lacks(evidence)
