"""What the reference pages show is so."""

import json
import re
from pathlib import Path

import pytest

from npcengine.errors import UsageError
from npcengine.protocol.items import InputText
from npcengine.server.minds.registry import make_mind
from npcengine.world.answers import graded, refusal
from npcengine.world.percepts import heard

DOCS = Path(__file__).parents[2] / "docs" / "reference"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)


def test_the_villager_of_the_page_can_be_read(tmp_path: Path) -> None:
    lexicon, villager = blocks("villagers.md", "toml")
    (tmp_path / "lexicon.toml").write_text(lexicon)
    (tmp_path / "tomas.toml").write_text(villager)

    assert make_mind(f"rules?data={tmp_path}").name == "rules"


def test_the_outputs_of_the_page_are_the_ones_that_are_made() -> None:
    fresh, unanswered, refused = blocks("percepts.md", "json")[0].strip().splitlines()

    assert list(json.loads(fresh.replace("…", "1"))) == list(
        json.loads(graded(1, "fresh", as_of_tick=1042, age_ms=0))
    )
    assert json.loads(unanswered) == json.loads(refusal("no answer in time", again=True))
    assert set(json.loads(refused)) == set(json.loads(refusal("r", path="$", again=True)))


@pytest.mark.parametrize("text", ['a "quote"', "a\nline", "\u2028", "\\"])
def test_speech_is_one_line_whatever_it_holds(text: str) -> None:
    (part,) = heard(text, "player").content
    assert isinstance(part, InputText)

    assert part.text.startswith('player says: "')
    assert "\n" not in part.text
    assert json.loads(part.text.removeprefix("player says: ")) == text


def test_every_relative_link_of_the_documents_leads_somewhere() -> None:
    root = DOCS.parents[1]
    for page in [*root.glob("*.md"), *(root / "docs").rglob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)", page.read_text()):
            if "://" not in link:
                assert (page.parent / link).exists(), f"{page.name} links to {link}"


def test_the_options_of_an_upstream_are_the_ones_of_the_page() -> None:
    page = (DOCS.parent / "howto" / "local_models.md").read_text()
    told = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)

    with pytest.raises(UsageError) as refused:
        make_mind("upstream?url=http://h&unknown=1")

    assert sorted(told) == sorted(str(refused.value).partition("it has: ")[2].split(", "))
