"""The pytest plugin, in projects of other people: what passes, and what a failure shows."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from npcengine.errors import UsageError
from npcengine.replay.analysis.misses import Slos
from npcengine.testing import Replay
from npcengine.trace import records
from tests.replay.script import Script, asked, call, completed, created, delta, query, raw
from tests.replay.test_commands import written

pytest_plugins = ["pytester"]


@pytest.fixture
def played(tmp_path: Path) -> Path:
    """Two turns of Mira: a good one, and one with a late query and a stale commit."""
    script = Script(tools=[query("nearby")])
    script.frame(0)
    for turn, ttft_ms in ((1, 100), (2, 900)):
        at_ms = turn * 2_000
        script.tell(at_ms)
        script.begin()
        script.send()
        script.read(at_ms + 5, created(f"r{turn}"))
        script.read(at_ms + ttft_ms, call("walk_to", f"w{turn}"))
        script.effect(records.Hinted("Mira", turn, 0, f"w{turn}", "walk_to"))
        script.frame(at_ms + ttft_ms + 4, fates=[records.Fate("Mira", turn, f"w{turn}", "hint")])
        script.effect(asked(at_ms + ttft_ms + 4, "nearby", f"q{turn}", turn=turn))
        took_ms = 10 if turn == 1 else 60
        answered_ms = at_ms + ttft_ms + 4 + took_ms
        script.frame(answered_ms - 5, answered=[("Mira", f"q{turn}")])
        script.enter(records.Answered, answered_ms, "Mira", f"q{turn}", "1", "fresh", 1.0, "nearby")
        script.read(answered_ms + 100, delta(), completed(f"r{turn}"))
        script.effect(records.Committed("Mira", turn, 0, f"w{turn}", "walk_to", raw({}), 0.0))
        fate = "delivered" if turn == 1 else "stale"
        script.frame(
            answered_ms + 104, fates=[records.Fate("Mira", turn, f"w{turn}", "commit", fate)]
        )
        script.over(turn=turn)
    return written(script.lines, tmp_path / "played.npctrace")


def test_what_is_good_passes(played: Path) -> None:
    replay = Replay(played)

    first = replay.assert_turn("Mira", 1)
    first.first_token_within(ms=100).first_intention_within(ms=104).completes()
    first.first_reaction_within(ms=104, frames=8).ends_within(ms=300)
    replay.p50("query:nearby").under(ms=11)
    replay.maximum("turn").under(ms=1_100)
    replay.p95("first_reaction_frames").under(frames=9)
    replay.goodput().at_least(0.5)
    replay.wasted_partials().at_most(0.5)
    replay.keeps("p99(turn)<1100")


CLAIMS: list[tuple[Callable[[Replay], object], str]] = [
    (
        lambda r: r.assert_turn("Mira", 2).first_token_within(ms=600),
        "first token after 900.0 ms",
    ),
    (
        lambda r: r.assert_turn("Mira", 2).first_intention_within(ms=600),
        "after 904.0 ms, wanted",
    ),
    (lambda r: r.assert_turn("Mira", 2).first_reaction_within(ms=150), "first reaction after"),
    (lambda r: r.assert_turn("Mira", 2).first_reaction_within(frames=0), "1 frames, wanted"),
    (lambda r: r.assert_turn("Mira", 2).ends_within(ms=1), "end after"),
    (lambda r: r.no_stale_commits(), "1 stale commits"),
    (lambda r: r.no_overdue_queries(), "1 overdue queries"),
    (
        lambda r: r.p95("query:nearby").under(ms=30),
        "p95(query:nearby) is 60.0 ms, wanted under 30",
    ),
    (lambda r: r.maximum("first_token").under(ms=500), "the worst is 900.0"),
    (lambda r: r.goodput().at_least(0.9), "goodput is 50.0 % (1 of 2)"),
    (lambda r: r.goodput(Slos(turn_ms=1)).at_least(0.9), "0.0 % (0 of 2)"),
]


@pytest.mark.parametrize(("claim", "says"), CLAIMS, ids=[says for _, says in CLAIMS])
def test_a_failure_shows_the_offenders_waterfall(
    claim: Callable[[Replay], object], says: str, played: Path
) -> None:
    with pytest.raises(AssertionError) as failed:
        claim(Replay(played))

    text = str(failed.value)
    assert says in text
    assert "Mira, turn 2" in text
    assert "  prefill    |" in text or "  frame wait |" in text


def test_what_does_not_exist_is_named(played: Path) -> None:
    replay = Replay(played)

    with pytest.raises(AssertionError, match="NPCs are: Mira"):
        replay.assert_turn("Mirra", 1)
    with pytest.raises(AssertionError, match="2 turns"):
        replay.assert_turn("Mira", 3)
    with pytest.raises(UsageError, match="no metric"):
        replay.p95("speed")
    with pytest.raises(UsageError, match="frames"):
        replay.p95("first_reaction_frames").under(ms=3)
    with pytest.raises(AssertionError, match="nothing was measured"):
        replay.p95("query:elsewhere").under(ms=3)


def test_a_void_turn_proves_nothing(played: Path) -> None:
    replay = Replay(played)
    replay.analysis.turns[0].mark = "void"

    with pytest.raises(AssertionError, match="void"):
        replay.assert_turn("Mira", 1).first_token_within(ms=100_000)


def test_a_recording_runs_exactly_as_an_assertion(evening: Path) -> None:
    Replay(evening).runs_exactly()


PROJECT = """
    def test_good(npcengine_replay):
        replay = npcengine_replay("played.npctrace")
        replay.assert_turn("Mira", 1).first_intention_within(ms=600)
        assert npcengine_replay("played.npctrace") is replay

    def test_bad(npcengine_replay):
        npcengine_replay("played.npctrace").assert_turn("Mira", 2).first_intention_within(ms=600)

    def test_not_there(npcengine_replay):
        npcengine_replay("elsewhere.npctrace")
"""


@pytest.mark.parametrize("folder", ["tests", "."], ids=["beside the test", "at the root"])
def test_a_project_asserts_on_a_recording_that_lies(
    folder: str, played: Path, pytester: pytest.Pytester
) -> None:
    tests = pytester.mkdir("tests")
    (tests / "test_latency.py").write_text("\n".join(line[4:] for line in PROJECT.splitlines()))
    (pytester.path / folder / "played.npctrace").write_bytes(played.read_bytes())
    pytester.makeini("[pytest]\nfilterwarnings = error\n")

    result = pytester.runpytest_subprocess("tests")

    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*first intention after 904.0 ms, wanted within 600.0 ms*",
            "*Mira, turn 2: *",
            "*prefill *|*#*|*",
            "*elsewhere.npctrace: No such file or directory*",
        ]
    )
    # What a game's developer sees is the waterfall, and nothing of how it was made.
    assert "replayed.py" not in result.stdout.str().partition("test_bad")[2].partition("___")[0]


def test_a_project_without_recordings_never_imports_npcengine(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_it(request):
            assert request.config.pluginmanager.has_plugin("npcengine")
            tops = {name.split(".")[0] for name in sys.modules}
            assert not tops & {"npcengine", "msgspec"}
        """
    )

    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_plugin_needs_nothing_but_pytest() -> None:
    import pytest_npcengine

    source = Path(pytest_npcengine.__file__).read_text()

    top = [line for line in source.splitlines() if line.startswith(("import ", "from "))]
    modules = {line.split()[1].split(".")[0] for line in top}
    assert modules - set(sys.stdlib_module_names) == {"pytest"}
