"""What comes to mind: what is recent, what matters, and what is asked about."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.errors import UsageError
from npcengine.memory.episodes import MAX_EPISODES, MAX_RECALLED, Episodes, Weights
from npcengine.memory.history import History, Mark
from npcengine.memory.words import relevances, words

HOUR_MS = 3_600_000
EPISODES = st.lists(
    st.tuples(
        st.integers(0, 10**10),
        st.sampled_from(["the red well", "a fox by the mill", "well, well", "", "雨が降る"]),
        st.floats(0, 1),
    ),
    max_size=30,
)


def lived(*episodes: tuple[int, str, float]) -> Episodes:
    made = Episodes(History(Mark()))
    for at_ms, text, importance in episodes:
        made.remember("saw", text, who="fox", at_ms=at_ms, importance=importance)
    return made


def texts(episodes: Episodes, about: str, *, now_ms: int = 0, limit: int = 5) -> list[str]:
    return [found.text for found in episodes.recall(about, now_ms=now_ms, limit=limit)]


@given(EPISODES, st.text(max_size=20), st.integers(0, 10**10), st.integers(-1, 30))
def test_recalling_ranks_by_the_published_score_and_changes_nothing(
    given_: list[tuple[int, str, float]], about: str, now_ms: int, limit: int
) -> None:
    episodes = lived(*given_)
    before = episodes.records

    found = episodes.recall(about, now_ms=now_ms, limit=limit)

    relevant = relevances(about, [words(f"fox {text}") for _, text, _ in given_])
    scores = [
        round(0.995 ** (max(0, now_ms - at_ms) / HOUR_MS) + importance + relevance, 9)
        for (at_ms, _, importance), relevance in zip(given_, relevant, strict=True)
    ]
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], -i))
    best = order[: max(0, min(limit, MAX_RECALLED))]
    assert [(f.text, f.ago_s) for f in found] == [
        (given_[i][1], max(0, now_ms - given_[i][0]) // 1_000) for i in best
    ]
    assert episodes.recall(about, now_ms=now_ms, limit=limit) == found
    assert episodes.records == before


def test_what_is_asked_about_comes_first_and_rare_words_count_for_more() -> None:
    episodes = lived(
        *[(0, f"the well was dry on day {n}", 0.5) for n in range(9)],
        (0, "the ladder is at the mill", 0.5),
    )

    found = texts(episodes, "the LADDER, that day, by a well")

    assert found[0] == "the ladder is at the mill", "one rare word outweighs two common ones"


def test_with_nothing_asked_the_recent_and_the_important_come_first() -> None:
    episodes = lived((0, "old", 0.5), (0, "old theft", 1.0), (90 * HOUR_MS, "new", 0.5))

    assert texts(episodes, "", now_ms=90 * HOUR_MS) == ["old theft", "new", "old"]


def test_of_two_alike_the_newer_comes_first_even_in_the_same_millisecond() -> None:
    assert texts(lived((5, "first", 0.5), (5, "second", 0.5)), "") == ["second", "first"]


def test_weights_say_what_counts() -> None:
    episodes = lived((0, "old theft", 1.0), (HOUR_MS, "new fox", 0.0))

    recent = episodes.recall("", now_ms=HOUR_MS, limit=1, weights=Weights(importance=0))

    assert recent[0].text == "new fox"


def test_names_are_found_as_well_as_words() -> None:
    episodes = lived((0, "nothing", 0.0), (1, "more", 0.9))
    episodes.remember("heard", "lend me a rope", who="Łucja", at_ms=1, importance=0)

    assert texts(episodes, "łucja", limit=1) == ["lend me a rope"]


@given(st.integers(MAX_EPISODES, 3 * MAX_EPISODES))
def test_an_npc_forgets_what_matters_least_and_never_grows_beyond_its_bound(count: int) -> None:
    episodes = lived((0, "the theft", 1.0), *[(n, f"good day {n}", 0.2) for n in range(count)])

    kept = [episode.text for episode in episodes.all]

    assert 0.7 * MAX_EPISODES < len(kept) <= MAX_EPISODES
    assert kept[0] == "the theft"
    assert kept[1:] == [f"good day {n}" for n in range(count - len(kept) + 1, count)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "dreamt"},
        {"at_ms": -1},
        {"at_ms": 1.5},
        {"at_ms": 2**54},
        {"importance": 1.01},
        {"importance": math.nan},
        {"importance": "high"},
    ],
)
def test_what_is_no_episode_is_refused_and_nothing_is_kept(wrong: dict[str, object]) -> None:
    episodes = lived()
    arguments: dict[str, object] = {"kind": "saw", "text": "x", "who": "", "at_ms": 0, **wrong}

    with pytest.raises(UsageError, match="episode cannot be kept"):
        episodes.remember(**arguments)  # type: ignore[arg-type]

    assert not episodes.records


@given(st.text(alphabet=st.characters(codec=None), max_size=3_000))
def test_any_text_can_be_kept_and_read_again(text: str) -> None:
    history = History(Mark())
    episodes = Episodes(history)
    episodes.remember("heard", text, who=text, at_ms=0)

    again = Episodes(history, episodes.records)

    assert again.all == episodes.all
    assert len(again.all[0].text) <= 2_000
    assert len(again.recall(text, now_ms=0)) == 1


def test_words_are_found_where_nothing_parts_them() -> None:
    assert relevances("雨", [words("昨日は雨が降った"), words("晴れ")]) == [0, 0]
    assert relevances("雨が", [words("昨日は雨が降った"), words("晴れ")]) == [1, 0]
