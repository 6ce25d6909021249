"""Facts: who knows them, what replaces them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.errors import UsageError
from npcengine.memory import knowledge as module
from npcengine.memory.episodes import Remembered
from npcengine.memory.knowledge import WORLD, Knowledge, group, only
from npcengine.memory.memory import Memories

NAMES = st.sampled_from(["mira", "tomas", "world", "guards", "npc:mira", "group:guards"])


@given(
    facts=st.lists(st.tuples(st.sampled_from([group, only]), NAMES), max_size=20),
    npc=NAMES,
    groups=st.lists(NAMES, max_size=3),
)
def test_an_npc_knows_what_everybody_knows_what_its_groups_know_and_its_own(
    facts: list[tuple[object, str]], npc: str, groups: list[str]
) -> None:
    """Also where a group is named like an NPC, or an NPC like a scope."""
    known = Knowledge()
    known.learn("sun", "It shines.", at_ms=0)
    expected = {"It shines."}
    for number, (scope, name) in enumerate(facts):
        known.learn(f"{number}", f"fact {number}", at_ms=0, scope=scope(name))  # type: ignore[operator]
        if name in groups if scope is group else name == npc:
            expected.add(f"fact {number}")

    assert {fact.text for fact in known.known_to(npc, groups)} == expected


def test_a_fact_replaces_the_one_about_the_same_in_its_scope_only() -> None:
    known = Knowledge()
    known.learn("king", "The king is well.", at_ms=0)
    known.learn("king", "The king is dead.", at_ms=1, scope=group("guards"))
    known.learn("king", "The king is ill.", at_ms=2)

    assert [f.text for f in known.known_to("mira")] == ["The king is ill."]
    guard = [f.text for f in known.known_to("bram", ["guards"])]
    assert guard == ["The king is dead.", "The king is ill."]


def test_stating_a_fact_in_every_frame_changes_nothing() -> None:
    known = Knowledge()
    known.learn("king", "The king is well.", at_ms=0)
    mark = known.mark

    known.learn("king", "The king is well.", at_ms=16)

    assert known.mark == mark
    assert known.known_to("mira")[0].at_ms == 0


def test_facts_that_share_a_word_are_found_and_no_others() -> None:
    known = Knowledge()
    known.learn("bridge", "The bridge is out.", at_ms=0)
    known.learn("bridge toll", "It costs a penny.", at_ms=0)
    known.learn("king", "He is dead.", at_ms=0)
    known.learn("ring", "The ring of the bridge is gold.", at_ms=0, scope=only("tomas"))

    found = [fact.text for fact in known.about("the toll at the bridge", "mira")]

    assert found == ["It costs a penny.", "The bridge is out."]
    assert not known.about("", "mira")


def test_a_recollection_holds_what_is_remembered_and_known_and_nothing_of_others() -> None:
    memories = Memories()
    memories.of("mira").episodes.remember("heard", "the ring is mine", who="player", at_ms=1_000)
    memories.of("tomas").episodes.remember("saw", "the player took the ring", who="", at_ms=1_000)
    memories.knowledge.learn("ring", "The ring is gold.", at_ms=0)
    memories.knowledge.learn("ring", "The ring is cursed.", at_ms=0, scope=group("guild"))

    answer = memories.recall("mira", "the ring", now_ms=61_500)

    assert answer.remembered == [Remembered("heard", "player", "the ring is mine", ago_s=60)]
    assert answer.known == ["The ring is gold."]
    assert memories.recall("nobody", "the ring", now_ms=0).remembered == []


def test_too_many_facts_are_refused_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FACTS", 2)
    known = Knowledge()
    known.learn("a", "1", at_ms=0)
    known.learn("b", "2", at_ms=0)

    with pytest.raises(UsageError, match="forget some first"):
        known.learn("c", "3", at_ms=0)

    known.learn("a", "4", at_ms=0)
    known.forget("b")
    known.learn("c", "5", at_ms=0)
    assert [fact.text for fact in known.known_to("mira")] == ["4", "5"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": ""},
        {"subject": "x" * 161},
        {"subject": "\ud800"},
        {"scope": "everybody"},
        {"scope": "group:"},
        {"scope": "group:\ud800"},
        {"at_ms": -1},
    ],
)
def test_what_is_no_fact_is_refused_and_nothing_is_known(wrong: dict[str, object]) -> None:
    known = Knowledge()
    arguments: dict[str, object] = {"subject": "s", "text": "t", "at_ms": 0, "scope": WORLD}

    with pytest.raises(UsageError):
        known.learn(**(arguments | wrong))  # type: ignore[arg-type]

    assert not known.known_to("mira")


@pytest.mark.parametrize("name", ["", "x" * 81, "\ud800"])
def test_what_cannot_be_a_name_has_no_memory(name: str) -> None:
    with pytest.raises(UsageError, match="name"):
        Memories().of(name)
