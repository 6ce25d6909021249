"""What covers a silence: when, in which words, and who ends it."""

import copy
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.errors import UsageError
from npcengine.reflex import Fallback, Manners, Reflexes

LOOK, MARK, SIT = "look up", "show a mark", "sit down"
FILLERS = ("The oven!", "One moment.", "Where was I...")
FALLBACKS: tuple[Fallback[str], ...] = (
    Fallback("I must sleep on that.", (SIT,)),
    Fallback("Ask me later."),
)
MANNERS = Manners(on_addressed=(LOOK, MARK), fillers=FILLERS, fallbacks=FALLBACKS)
FALLBACK_LINES = tuple(fallback.line for fallback in FALLBACKS)


@dataclass
class Seen:
    """A mind, as a game sees it."""

    phase: str = "idle"
    turn_epoch: int = 0
    speech: str = ""


def reflexes(
    seed: int = 1, ticks_per_s: int = 60, manners: Manners[str] = MANNERS
) -> Reflexes[str]:
    return Reflexes(manners, Random(seed).randrange, ticks_per_s=ticks_per_s)


def lines(npc: Reflexes[str], ticks: range, mind: Seen | None = None) -> dict[int, str]:
    """Return every new line with its tick."""
    said, before = dict[int, str](), npc.line
    for tick in ticks:
        npc.tick(tick, mind)
        if npc.line != before:
            said[tick] = before = npc.line
    return said


@pytest.mark.parametrize(
    ("ticks_per_s", "filler_tick", "fallback_tick"),
    [(60, 72, 240), (30, 36, 120), (50, 60, 200), (144, 173, 576), (7, 9, 28), (1, 2, 4)],
)
@pytest.mark.parametrize("phase", ["offline", "thinking", "asking", "idle", None])
def test_a_filler_comes_after_1200_ms_and_a_fallback_after_4_s_to_the_tick(
    ticks_per_s: int, filler_tick: int, fallback_tick: int, phase: str | None
) -> None:
    npc = reflexes(ticks_per_s=ticks_per_s)
    mind = None if phase is None else Seen(phase)
    npc.addressed(1_000, mind)

    said = lines(npc, range(1_000, 1_000 + 20 * ticks_per_s), mind)

    assert list(said) == [1_000 + filler_tick, 1_000 + fallback_tick]
    filler, fallback = said.values()
    assert filler in FILLERS
    assert fallback in FALLBACK_LINES
    assert not npc.is_waited_for


def test_who_is_spoken_to_reacts_in_the_same_call_and_once() -> None:
    npc = reflexes()

    assert npc.addressed(5) == (LOOK, MARK)

    assert all(npc.tick(tick) == () for tick in range(5, 200))


def test_a_fallback_brings_its_act_along() -> None:
    npc, acts = reflexes(), dict[str, tuple[str, ...]]()
    for start in range(0, 3_000, 300):
        npc.addressed(start)
        for tick in range(start, start + 300):
            if reactions := npc.tick(tick):
                acts[npc.line] = reactions

    assert acts == {FALLBACKS[0].line: (SIT,)}


def test_nobody_says_anything_unasked() -> None:
    assert lines(reflexes(), range(1_000), Seen("thinking", 3, "Hm.")) == {}


@given(seed=st.integers(), count=st.integers(2, 5), talks=st.integers(2, 30))
def test_no_line_comes_twice_in_a_row_and_all_of_them_come(
    seed: int, count: int, talks: int
) -> None:
    manners = Manners[str](
        fillers=tuple(f"filler {n}" for n in range(count)),
        fallbacks=tuple(Fallback(f"fallback {n}") for n in range(count)),
    )
    npc = reflexes(seed, manners=manners)
    said: list[str] = []
    for start in range(0, talks * 300, 300):
        npc.addressed(start)
        said += lines(npc, range(start, start + 300)).values()

    assert len(said) == 2 * talks
    for spoken in (said[::2], said[1::2]):
        assert all(one != other for one, other in pairwise(spoken))


def test_every_line_has_its_chance() -> None:
    npc, said = reflexes(), set[str]()
    for start in range(0, 60 * 300, 300):
        npc.addressed(start)
        said.update(lines(npc, range(start, start + 300)).values())

    assert said == {*FILLERS, *FALLBACK_LINES}


def test_the_first_line_is_left_to_luck_too() -> None:
    first = set[str]()
    for seed in range(40):
        npc = reflexes(seed)
        npc.addressed(0)
        first.add(lines(npc, range(100))[72])

    assert first == set(FILLERS)


@given(word_tick=st.integers(0, 400))
def test_the_first_word_ends_it_and_takes_the_line_back(word_tick: int) -> None:
    npc, mind = reflexes(), Seen("idle", 4, "What I said before.")
    npc.addressed(0, mind)
    mind = Seen("thinking", 5, mind.speech)
    lines(npc, range(word_tick), mind)
    said = npc.line

    mind = Seen("speaking", 5, "Well")
    npc.tick(word_tick, mind)

    assert npc.line == ""
    assert not npc.is_waited_for
    assert bool(said) == (word_tick > 72)
    assert lines(npc, range(word_tick, word_tick + 600), mind) == {}


@pytest.mark.parametrize("phase", ["speaking", "idle"])
def test_an_answer_of_the_same_words_or_in_one_piece_is_an_answer(phase: str) -> None:
    npc, mind = reflexes(), Seen("idle", 4, "Yes.")
    npc.addressed(0, mind)

    npc.tick(30, Seen(phase, 5, "Yes." if phase == "speaking" else "No."))

    assert not npc.is_waited_for


def test_the_words_of_an_older_turn_put_a_filler_off_and_answer_nothing() -> None:
    npc, mind = reflexes(), Seen("speaking", 4, "Bread, ")
    npc.addressed(0, mind)
    for tick in range(100):
        mind.speech += "and "
        npc.tick(tick, mind)
    assert (npc.line, npc.is_waited_for) == ("", True)

    said = lines(npc, range(100, 400), Seen("thinking", 5, mind.speech))

    assert list(said) == [99 + 72, 99 + 240]


def test_a_turn_that_goes_on_to_answer_is_an_answer_when_it_is_over() -> None:
    npc, mind = reflexes(), Seen("asking", 4, "One moment.")
    npc.addressed(0, mind)
    npc.tick(30, Seen("speaking", 4, "One moment. It is at the well."))

    said = lines(npc, range(31, 600), Seen("idle", 4, "One moment. It is at the well."))

    assert said == {}
    assert not npc.is_waited_for


def test_so_it_is_when_it_only_went_on_after_a_filler() -> None:
    npc, mind = reflexes(), Seen("thinking", 4)
    npc.addressed(0, mind)
    lines(npc, range(100), mind)
    assert npc.line in FILLERS

    said = lines(npc, range(100, 800), Seen("idle", 4, "It is at the well."))

    assert said == {100: ""}


def test_an_act_of_a_newer_turn_is_an_answer_and_one_of_an_older_turn_is_not() -> None:
    npc, mind = reflexes(), Seen("thinking", 4)
    npc.addressed(0, mind)

    npc.acted(4)
    assert npc.is_waited_for
    npc.acted(5)

    assert not npc.is_waited_for
    assert lines(npc, range(600), mind) == {}


def test_who_is_busy_needs_no_filler_but_does_not_keep_silent_for_ever() -> None:
    npc, mind = reflexes(), Seen("thinking", 1)
    npc.addressed(0, mind)
    for tick in range(100):
        npc.tick(tick, mind, is_busy=True)
    assert npc.line == ""

    npc.tick(100, mind)
    assert npc.line in FILLERS

    npc.addressed(200, mind)
    for tick in range(200, 440):
        npc.tick(tick, mind, is_busy=True)
    assert npc.line in FILLERS
    npc.tick(440, mind, is_busy=True)
    assert npc.line in FALLBACK_LINES


def test_being_spoken_to_again_begins_again() -> None:
    npc = reflexes()
    npc.addressed(0)
    lines(npc, range(71))

    assert npc.addressed(71) == (LOOK, MARK)

    assert list(lines(npc, range(71, 400))) == [71 + 72, 71 + 240]


def test_ticks_may_be_skipped_and_repeated() -> None:
    npc = reflexes()
    npc.addressed(0)

    npc.tick(0)
    npc.tick(71)
    assert npc.line == ""
    npc.tick(500)

    assert npc.line in FALLBACK_LINES, "a filler has no place any more"


@given(
    seed=st.integers(),
    stimuli=st.lists(
        st.tuples(
            st.integers(0, 120),
            st.sampled_from(["tick", "address", "act", "busy"]),
            st.sampled_from(["idle", "offline", "thinking", "speaking", "asking"]),
            st.integers(0, 3),
            st.sampled_from(["", "Hm", "Hm, yes", "No"]),
        ),
        max_size=30,
    ),
)
def test_the_same_luck_and_the_same_stimuli_give_the_same_trace_also_in_a_copy(
    seed: int, stimuli: list[tuple[int, str, str, int, str]]
) -> None:
    one, other = reflexes(seed), reflexes(seed)
    tick = 0
    for number, (passes, what, phase, epoch, speech) in enumerate(stimuli):
        tick += passes
        if number == len(stimuli) // 2:
            other = copy.deepcopy(other)
        traces: list[object] = []
        for npc in (one, other):
            mind, done = Seen(phase, epoch, speech), tuple[str, ...]()
            if what == "address":
                done = npc.addressed(tick, mind)
            elif what == "act":
                npc.acted(epoch)
            done += npc.tick(tick, mind, is_busy=what == "busy")
            traces.append((done, npc.line, npc.is_waited_for, npc.state(), hash(npc.state())))
        assert traces[0] == traces[1]


def test_who_has_nothing_to_say_says_nothing() -> None:
    npc = reflexes(manners=Manners[str]())

    assert npc.addressed(0) == ()
    assert lines(npc, range(600)) == {}
    assert not npc.is_waited_for


@pytest.mark.parametrize(
    ("fillers", "fallbacks", "says"),
    [
        (("Hm.",), (), "fillers: 'Hm.' alone"),
        (("Hm.", "Hm."), (), r"fillers\[1\]"),
        (("Hm.", " "), (), r"fillers\[1\] is empty"),
        ((), ("Later.",), "fallbacks: 'Later.' alone"),
        ((), ("Later.", "Soon.", "Later."), r"fallbacks\[2\]"),
    ],
)
def test_lines_that_would_repeat_themselves_are_refused(
    fillers: tuple[str, ...], fallbacks: tuple[str, ...], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        Manners[str](fillers=fillers, fallbacks=tuple(Fallback(line) for line in fallbacks))


def test_manners_can_be_read_from_a_data_file() -> None:
    text = b'{"on_addressed": ["nod"], "fillers": ["Hm.", "Well."], "fallbacks": []}'

    manners = msgspec.json.decode(text, type=Manners[str])

    assert manners == Manners(on_addressed=("nod",), fillers=("Hm.", "Well."))


@pytest.mark.parametrize(
    "numbers",
    [
        {"ticks_per_s": 0},
        {"ticks_per_s": 60, "filler_after_ms": 0},
        {"ticks_per_s": 60, "filler_after_ms": 4_000},
    ],
)
def test_a_filler_comes_before_a_fallback_or_not_at_all(numbers: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="filler"):
        Reflexes(MANNERS, Random(1).randrange, **numbers)
