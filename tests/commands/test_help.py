"""What ``--help`` prints: examples, and ones that work."""

import argparse
import re
import shlex
from collections.abc import Callable
from importlib.metadata import entry_points

import pytest

import demo_game.__main__
import npcengine.__main__
from tests.commands.programs import STRICT, finish

PARSERS: dict[str, Callable[[], argparse.ArgumentParser]] = {
    "npcengine": npcengine.__main__._parser,
    "npc-demo": demo_game.__main__._parser,
}


def examples(help_text: str, program: str) -> list[str]:
    """The commands under ``examples:``, without what is said of them."""
    _, _, rest = help_text.partition("examples:\n")
    block = rest.partition("\n\n")[0]
    return re.findall(rf"^  ({program}(?: \S+)*)", block, re.MULTILINE)


def help_of(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What a command that was installed prints for ``--help``."""
    program, *arguments = command.split()
    (script,) = entry_points(group="console_scripts", name=program)
    with pytest.raises(SystemExit, match="0"):
        script.load()([*arguments, "--help"])
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "command",
    [
        "npcengine",
        "npc-demo",
        "npcengine serve",
        "npcengine doctor",
        "npcengine schema",
    ],
)
def test_help_shows_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = help_of(command, capsys)

    found = examples(shown, command)
    assert len(found) >= 2
    assert shown.startswith(f"usage: {command} [-h]")


@pytest.mark.parametrize("program", ["npcengine", "npc-demo"])
def test_every_example_is_understood(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = examples(help_of(program, capsys), program)

    for example in found:
        _, *arguments = shlex.split(example)
        PARSERS[program]().parse_args(arguments)  # exits with 2 where it is not


def test_no_command_at_all_shows_the_same_help_and_is_wrong_usage() -> None:
    asked, silent = finish(*STRICT, "--help"), finish(*STRICT)

    assert (asked.code, silent.code) == (0, 2)
    assert silent.out == asked.out
    assert (asked.err, silent.err) == ("", "")
