"""Every example runs, and the README shows what runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(p for p in (ROOT / "examples").glob("*.py") if p.stem != "__init__")

# Runs a program that shows frames until its window closes, and closes it after some.
CLOSE_AFTER = """
import runpy, sys, pygame
flip, shown = pygame.display.flip, [0]
def flip_and_count():
    flip()
    shown[0] += 1
    if shown[0] == int(sys.argv[2]):
        pygame.event.post(pygame.event.Event(pygame.QUIT))
pygame.display.flip = flip_and_count
names = runpy.run_path(sys.argv[1], run_name="__main__")
print(names["mira"].speech)
"""


def run(*arguments: str) -> str:
    quiet = {
        "SDL_VIDEODRIVER": "dummy",
        "SDL_AUDIODRIVER": "dummy",
        "PYGAME_HIDE_SUPPORT_PROMPT": "1",
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env={**os.environ, **quiet},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readme_shows_the_program_that_is_tested_byte_for_byte() -> None:
    readme = (ROOT / "README.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)

    assert blocks[0] == (ROOT / "examples" / "readme.py").read_text()


@pytest.mark.sockets
def test_the_readme_program_runs_and_its_npc_speaks() -> None:
    speech = run("-c", CLOSE_AFTER, "examples/readme.py", "150")

    assert speech.strip(), "150 frames are enough for the practice mind to say something"


@pytest.mark.parametrize("path", [p for p in EXAMPLES if p.stem != "readme"], ids=lambda p: p.stem)
def test_every_other_example_runs_and_something_happens(path: Path) -> None:
    out = run("-m", f"examples.{path.stem}")

    assert out.strip()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_examples_are_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 60
