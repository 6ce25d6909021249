"""``npcengine schema``: what it finds in a module, what it says of it, and how it refuses."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commands.programs import STRICT, Ended, finish

Json = dict[str, Any]

IN_ORDER = '''
"""A game's actions."""
from typing import Literal
import npcengine

print("the game says hello")

class Walk(npcengine.Action, frozen=True):
    """Walk to a place."""
    place: Literal["well", "gate"]
    why: str

class Wave(npcengine.Action, frozen=True):
    pass

Greet = Wave

def where_is(npc: npcengine.Npc, thing: str, radius_px: int = 160) -> str:
    """Where a thing is."""
    return "here"

async def remember(about: str) -> list[str]:
    """What you remember."""
    return []

PLACES = 3
'''
OUT_OF_ORDER = (
    IN_ORDER
    + '''
class Shout(npcengine.Action, frozen=True):
    """Shout."""
    text: str
    to: Literal["Mira", "Tomas"]
'''
)


@pytest.fixture
def game(tmp_path: Path) -> Path:
    """A folder with a package of a game in it."""
    (tmp_path / "game").mkdir()
    (tmp_path / "game" / "__init__.py").touch()
    (tmp_path / "game" / "acts.py").write_text(IN_ORDER)
    (tmp_path / "game" / "late.py").write_text(OUT_OF_ORDER)
    return tmp_path


def shown(*arguments: str, at: Path | None = None) -> Ended:
    return finish(*STRICT, "schema", *arguments, at=at)


def as_json(ended: Ended) -> dict[str, Json]:
    """What is printed for programs, by the tools' names."""
    (line,) = ended.out.splitlines()
    report = json.loads(line)
    assert report["bytes_per_token"] == 4
    tools = {tool["name"]: tool for tool in report["tools"]}
    assert len(tools) == len(report["tools"])
    return tools


def refusal(ended: Ended) -> str:
    """The one line in which a command says why it did nothing."""
    assert (ended.code, ended.out) == (2, "")
    *before, line = ended.err.splitlines()
    assert before in ([], ["the game says hello"])
    assert line.startswith("npcengine: ")
    return line.removeprefix("npcengine: ")


def test_the_demos_actions_are_shown_with_what_they_cost() -> None:
    words, report = shown("demo_game.actions"), shown("demo_game.actions", "--json")

    assert (words.code, words.err, report.code, report.err) == (0, "", 0, "")
    tools = as_json(report)
    assert set(tools) >= {"walk_to", "look_at", "emote", "give", "take", "lock", "unlock", "follow"}
    for name, tool in tools.items():
        assert tool["kind"] == "action"
        assert f"{name}: action {tool['defined_as']}\n" in words.out
        assert f"  bytes until actionable: {tool['bytes_until_actionable']} (" in words.out
        assert tool["definition"]["description"] in words.out
        json.loads(tool["typical_call"])
    assert "WARNING" not in words.out


def test_a_module_is_found_from_where_one_stands_and_shown_as_a_model_gets_it(game: Path) -> None:
    ended = shown("game.acts", "--json", at=game)

    tools = as_json(ended)
    assert (ended.code, ended.err) == (0, "the game says hello\n")
    assert list(tools) == ["walk", "wave"], "in their order, and each once"
    walk = tools["walk"]
    assert walk["defined_as"] == "game.acts.Walk"
    assert walk["definition"] == {
        "type": "function",
        "name": "walk",
        "description": "Walk to a place.",
        "parameters": {
            "type": "object",
            "properties": {"place": {"enum": ["gate", "well"]}, "why": {"type": "string"}},
            "required": ["place", "why"],
            "additionalProperties": False,
        },
        "strict": True,
    }
    typical = '{"place":"well","why":"I promised Mira to bring her the ladder before '
    typical += 'they light the lanterns."}'
    assert walk["typical_call"] == typical
    assert walk["fields"] == [
        {
            "name": "place",
            "type": '"gate" | "well"',
            "required": True,
            "decides": True,
            "bytes_if_shortest": len('{"place":"gate"'),
            "bytes_if_typical": len('{"place":"well"'),
        },
        {
            "name": "why",
            "type": "text",
            "required": True,
            "decides": False,
            "bytes_if_shortest": len('{"place":"gate","why":""'),
            "bytes_if_typical": len(typical) - 1,
        },
    ]
    assert walk["bytes_until_actionable"] == 15
    assert walk["ms_until_actionable"] == {"30": 125, "80": 47}
    assert (walk["warnings"], tools["wave"]["bytes_until_actionable"]) == ([], 0)


def test_a_call_is_actionable_when_the_last_of_its_deciding_fields_is_known(game: Path) -> None:
    (game / "acts.py").write_text(
        "import npcengine\n"
        "class Go(npcengine.Action, frozen=True):\n    x: int\n    y: int\n    why: str\n"
    )

    go = as_json(shown("acts", "--json", at=game))["go"]

    assert go["bytes_until_actionable"] == len('{"x":42,"y":42,')


def test_in_words_there_is_a_table_and_the_sum_of_it(game: Path) -> None:
    ended = shown("game.acts:Walk", at=game)

    rows = [re.split(r"\s{2,}", line.strip()) for line in ended.out.splitlines()]
    assert ended.code == 0
    assert ["place", '"gate" | "well"', "yes", "15", "15"] in rows
    assert ["why", "text", "24", "95"] in rows
    assert "  bytes until actionable: 15 (125 ms at 30, 47 ms at 80 tokens/s of 4 bytes)\n" in (
        ended.out
    )
    assert "wave" not in ended.out


@pytest.mark.parametrize("place", ["game/acts.py", "./game/acts.py"])
def test_a_file_does_as_well_as_a_module(game: Path, place: str) -> None:
    by_file, by_name = shown(f"{place}:Walk", at=game), shown("game.acts:Walk", at=game)

    assert by_file.code == 0
    assert by_file.out == by_name.out.replace("game.acts.Walk", "acts.Walk")


def test_a_file_may_be_called_like_a_module_that_is_in_use(game: Path) -> None:
    (game / "game" / "typing.py").write_text(IN_ORDER)

    assert list(as_json(shown("game/typing.py", "--json", at=game))) == ["walk", "wave"]


@pytest.mark.parametrize("target", ["game.acts", "game/uses.py"])
def test_modules_are_found_from_here_and_beside_a_file_whatever_python_itself_would_find(
    game: Path, target: str
) -> None:
    (game / "game" / "uses.py").write_text("import acts, game.acts; Wave = acts.Wave")
    _, *command = STRICT

    ended = finish(sys.executable, "-P", *command, "schema", target, at=game)

    assert (ended.code, "\n  bytes until actionable: 0 (0 ms" in ended.out) == (0, True)


def test_deciding_fields_that_come_late_are_warned_of_and_end_with_1(game: Path) -> None:
    words, report = shown("game.late", at=game), shown("game.late", "--json", at=game)

    assert (words.code, report.code) == (1, 1)
    (warning,) = as_json(report)["shout"]["warnings"]
    assert warning.startswith("game.late.Shout: 'to' decides")
    assert f"  WARNING: {warning}\n" in words.out
    assert words.out.count("WARNING") == 1
    assert shown("game.late:Walk", at=game).code == 0, "one that is in order"


@pytest.mark.parametrize("name", ["where_is", "remember"])
def test_a_query_is_shown_when_it_is_named_and_needs_all_its_arguments(
    game: Path, name: str
) -> None:
    query = as_json(shown(f"game.acts:{name}", "--json", at=game))[name]

    assert query["kind"] == "query"
    assert "npc" not in query["definition"]["parameters"]["properties"]
    assert all(field["decides"] for field in query["fields"])
    assert query["bytes_until_actionable"] == len(query["typical_call"])


def test_it_is_said_that_queries_are_not_looked_for(game: Path) -> None:
    assert "game.acts:FUNCTION shows it" in shown("game.acts", at=game).out


def test_a_call_that_no_session_would_read_is_said_to_be_never_known(game: Path) -> None:
    kind = "typing.Annotated[str, msgspec.Meta(min_length=70_000)]"
    (game / "acts.py").write_text(
        "import typing, msgspec, npcengine\n"
        f"class Recite(npcengine.Action, frozen=True):\n    poem: {kind}\n"
    )

    ended = shown("acts", at=game)

    assert "bytes until actionable: never: " in ended.out
    assert len(ended.out) < 2_000


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("nothing", r"there is no module 'nothing' from here: run this where `import nothing` .*"),
        ("game.nothing", r"there is no module 'game.nothing' from here: .*"),
        ("game/nothing.py", r"there is no Python file 'game/nothing.py': name one that .*"),
        ("game/", r"there is no Python file 'game/': name one that ends in .py"),
        ("game", r"game has no actions: name the module in which there are subclasses of .*"),
        ("game.acts:Fly", r"game.acts:Fly is not there; the actions in game.acts are: Walk, .*"),
        ("game.acts:PLACES", r"game.acts:PLACES is neither an action nor a function; .*"),
        ("", r" cannot be imported: ValueError: Empty module name; .*"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(game: Path, target: str, says: str) -> None:
    assert re.fullmatch(says, refusal(shown(target, at=game)))


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import pygaame", "ModuleNotFoundError: No module named 'pygaame'"),
        ("def (", "SyntaxError: "),
        ("raise SystemExit", "SystemExit: without a word"),
        ("raise ValueError('first\\nlast')", "ValueError: last"),
        ("import npcengine; npcengine.Bridge('nowhere')", "UsageError: "),
    ],
)
def test_a_module_that_fails_is_said_to_in_one_line(game: Path, source: str, says: str) -> None:
    (game / "broken.py").write_text(source)

    for target in ("broken", "broken.py"):
        assert f"{target} cannot be imported: {says}" in refusal(shown(target, at=game))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("cargo: object", "cannot fill in the field 'cargo'"),
        ("cargo: str; deciding_fields = ('cargoo',)", "names out of cargo"),
    ],
)
def test_an_action_that_cannot_be_offered_is_refused_by_its_name(
    game: Path, body: str, says: str
) -> None:
    (game / "acts.py").write_text(
        f"import npcengine\nclass Load(npcengine.Action, frozen=True):\n    {body}\n"
    )

    why = refusal(shown("acts", at=game))

    assert "Load" in why
    assert says in why
