"""What one person does one after the other, and what goes on beside it."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from demo_game.village.acts import Act, Failed, Gesture, GoTo, Look, Succeeded
from demo_game.village.doings import MAX_IN_LINE
from demo_game.village.handling import Fetch, Give, Take
from demo_game.village.village import Village
from demo_game.village.work import Forge, StopWork
from tests.demo.village import make_village

ACTS: dict[str, Callable[[], Act]] = {
    "walk": lambda: GoTo("great_lantern", hurries=True),
    "lost": lambda: GoTo("moon", hurries=True),
    "take": lambda: Take("bread"),
    "fetch": lambda: Fetch("bread"),
    "forge": lambda: Forge(2),
    "stop work": StopWork,
    "nod": lambda: Gesture("nod"),
    "look": lambda: Look("gate"),
}


def words_of(end: Succeeded | Failed) -> str:
    return end.detail if isinstance(end, Succeeded) else f"failed: {end.reason}"


class Heard:
    """Notes how acts ended, in that order."""

    def __init__(self, village: Village, name: str) -> None:
        self._village, self._name = village, name
        self.ends: list[str] = []

    def queue(self, act: Act) -> None:
        self._village.queue(self._name, act, lambda end: self.ends.append(words_of(end)))

    def until(self, count: int, ticks: int = 2_000) -> list[str]:
        for _ in range(ticks):
            if len(self.ends) >= count:
                return self.ends
            self._village.step()
        raise AssertionError(f"only {self.ends}")


def test_a_gesture_and_a_look_run_beside_a_walk_and_leave_it_alone() -> None:
    village = make_village()
    pip = Heard(village, "pip")

    pip.queue(GoTo("gate", hurries=False))
    pip.queue(Gesture("wave"))
    pip.queue(Look("mira"))
    village.step()
    assert village.people["pip"].mark == "hand"
    village.step()

    assert village.people["pip"].pose == "walk"
    assert pip.until(3) == ["you wave", "you look at Mira", "you are at the gate"]


def test_what_is_asked_for_at_once_is_done_in_that_order() -> None:
    village = make_village()
    village.people["player"].spot = village.people["pip"].spot
    mira = Heard(village, "mira")

    for act in (Take("bread"), GoTo("player", hurries=True), Give("bread", "player")):
        mira.queue(act)

    assert mira.until(3) == [
        "you have a loaf of bread",
        "you are at the apprentice",
        "the apprentice has a loaf of bread now",
    ]


def test_what_is_more_than_anybody_keeps_in_mind_is_refused_with_a_reason() -> None:
    village = make_village()
    pip = Heard(village, "pip")

    for _ in range(MAX_IN_LINE + 2):
        pip.queue(GoTo("great_lantern", hurries=True))

    assert len(pip.ends) == 2
    assert all("6 things to do already" in end for end in pip.ends)
    assert pip.until(MAX_IN_LINE + 2)[2:] == ["you are at the great lantern"] * MAX_IN_LINE


def test_what_somebody_does_of_themselves_gives_way_to_what_they_are_asked_to_do() -> None:
    village = make_village()
    strolls: list[str] = []
    village.begin("pip", GoTo("gate", hurries=False), lambda e: strolls.append(words_of(e)))
    village.step()
    pip = Heard(village, "pip")

    pip.queue(GoTo("great_lantern", hurries=True))

    assert strolls == ["failed: you were asked to do something else"]
    assert pip.until(1) == ["you are at the great lantern"]


def test_a_gesture_does_not_end_a_stroll() -> None:
    village = make_village()
    strolls: list[str] = []
    village.begin("pip", GoTo("well", hurries=False), lambda e: strolls.append(words_of(e)))
    pip = Heard(village, "pip")

    pip.queue(Gesture("nod"))
    pip.until(1)
    for _ in range(600):
        village.step()

    assert strolls == ["you are at the well"]


@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.sampled_from(("queue", "begin")), st.sampled_from(sorted(ACTS))),
            st.tuples(st.just("wait"), st.integers(0, 90)),
            st.tuples(st.just("stop"), st.just(0)),
            st.tuples(st.just("cancel"), st.integers(0, 13)),
        ),
        max_size=14,
    )
)
def test_whatever_comes_together_every_act_ends_exactly_once(
    steps: list[tuple[str, str | int]],
) -> None:
    village = make_village()
    ends: dict[int, list[Succeeded | Failed]] = {}
    for number, (step, what) in enumerate(steps):
        match step, what:
            case "wait", int(ticks):
                for _ in range(ticks):
                    village.step()
            case "cancel", int(which):
                open_before = which in ends and not ends[which]
                was_there = village.cancel("mira", str(which), "changed my mind")
                assert not was_there or (open_before and len(ends[which]) == 1)
            case "queue", str(name):
                told = ends.setdefault(number, [])
                village.queue("mira", ACTS[name](), told.append, key=str(number))
            case "begin", str(name):
                village.begin("mira", ACTS[name](), ends.setdefault(number, []).append)
            case _:
                village.break_off("mira", "stop")

    for _ in range(60 * 60):
        if not village.doing("mira"):
            break
        village.step()

    assert village.doing("mira") == ""
    assert village.people["mira"].pose in ("stand", "talk")
    assert all(len(told) == 1 for told in ends.values()), ends


def test_a_hand_on_its_way_comes_back_when_it_is_called_off_and_what_is_in_line_comes_next() -> (
    None
):
    village = make_village()
    bram = village.people["bram"]
    for item in ("sword", "dagger"):
        village.saw("bram", item)
    heard = Heard(village, "bram")
    village.queue("bram", Fetch("sword"), lambda end: heard.ends.append(words_of(end)), key="one")
    village.queue("bram", Fetch("dagger"), lambda end: heard.ends.append(words_of(end)), key="two")
    poses = [bram.pose]
    while poses[-1] != "reach":
        village.step()
        poses.append(bram.pose)
    for _ in range(30):
        village.step()

    assert village.cancel("bram", "one", "not that one")

    poses.append(bram.pose)
    assert poses[-2:] == ["reach", "stand"]
    assert village.items["sword"].holder is None
    assert heard.until(2) == ["failed: not that one", "you have the dagger in your hand"]
    assert bram.shows == "dagger"
    assert not village.cancel("bram", "one", "again")


def test_cancelling_what_is_in_line_leaves_what_is_in_hand_alone() -> None:
    village = make_village()
    pip = Heard(village, "pip")
    pip.queue(GoTo("well", hurries=True))
    village.queue("pip", GoTo("gate", hurries=True), key="later")
    village.step()

    village.cancel("pip", "later", "never mind")

    assert village.people["pip"].is_walking
    assert pip.until(1) == ["you are at the well"]
    assert village.doing("pip") == ""


def test_a_thing_that_was_taken_meanwhile_is_missed_at_its_place() -> None:
    village = make_village()
    village.saw("bram", "sword")
    village.items["sword"].holder = "pip"
    bram = Heard(village, "bram")

    bram.queue(Fetch("sword"))

    assert bram.until(1) == ["failed: the sword is not there"]
    assert village.people["bram"].spot != make_village().people["bram"].spot, "he went to look"


def test_the_hammer_is_laid_down_in_the_middle_of_the_work() -> None:
    village = make_village()
    bram = Heard(village, "bram")
    bram.queue(Forge(20))
    for _ in range(60):
        village.step()
    poses = [village.people["bram"].pose]

    bram.queue(StopWork())

    assert bram.until(2) == ["failed: you laid the hammer down", "you laid the hammer down"]
    assert [*poses, village.people["bram"].pose] == ["work", "stand"]
