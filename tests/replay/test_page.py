"""The page: one file, nothing loaded, nothing run but its own script; keys and mouse both do."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Generator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from npcengine.replay.analysis.misses import Slos
from npcengine.replay.analysis.reading import read_analysis
from npcengine.replay.command.__main__ import main
from npcengine.replay.page.build import page_of
from tests.replay.multiplied import multiply
from tests.replay.test_commands import HOSTILE, hostile

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

__all__ = ["hostile"]  # a fixture

SLOS = Slos(turn_ms=500, intention_ms=200)
"""Under which something of any recording is missed."""


class Page(HTMLParser):
    """What a page is made of, as a browser would take it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, list[str]] = {}
        self._open, self._is_more = "", False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open, self._is_more = tag, False

    def handle_endtag(self, tag: str) -> None:
        self._open, self._is_more = "", False

    def handle_data(self, data: str) -> None:
        texts = self.text.setdefault(self._open, [])
        if self._is_more:
            texts[-1] += data
        else:
            texts.append(data)
        self._is_more = True


@pytest.fixture(scope="module")
def page(evening: Path) -> str:
    return page_of([("evening.npctrace", read_analysis(evening))], SLOS).decode()


def test_it_refers_to_nothing_outside(page: str) -> None:
    parsed = Page(page)

    for tag, attributes in parsed.elements:
        assert tag not in ("img", "iframe", "object", "embed", "base")
        for name in ("src", "href", "action"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
    style, scripts = parsed.text["style"], parsed.text["script"]
    assert not re.search(r"url\(|@import", "".join(style))
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|import)\s*\(|innerHTML", scripts[-1])


def test_its_policy_lets_run_its_own_script_and_nothing_else(page: str) -> None:
    parsed = Page(page)
    policy = next(
        attributes["content"] or ""
        for _, attributes in parsed.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )

    (style,), scripts = parsed.text["style"], parsed.text["script"]
    for text in (style, scripts[-1]):
        assert f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_what_a_recording_says_stays_data(hostile: Path) -> None:
    page = page_of([(HOSTILE, read_analysis(hostile))], SLOS).decode()

    parsed = Page(page)

    assert [tag for tag, _ in parsed.elements].count("script") == 2
    data = json.loads(parsed.text["script"][0])
    assert data[0]["npcs"] == [HOSTILE]
    assert "</script><script>window" not in page


def test_a_mark_of_the_template_in_a_recording_is_no_mark(hostile: Path) -> None:
    analysis = read_analysis(hostile)
    analysis.turns[0].words = "@@script@@"

    data = json.loads(Page(page_of([("x", analysis)], SLOS).decode()).text["script"][0])

    assert data[0]["turns"][0]["words"] == "@@script@@"


def test_the_verb_writes_one_file_of_one_or_two(
    evening: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page.html"

    code = main(["html", str(evening), str(evening), "-o", str(out), "--json"])

    assert code == 0
    assert json.loads(capsys.readouterr().out)["bytes"] == out.stat().st_size
    assert len(json.loads(Page(out.read_text("utf-8")).text["script"][0])) == 2


# --- in a browser -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chrome() -> "Generator[Chrome]":
    pytest.importorskip("selenium", reason="uv run --group browser pytest -m browser")
    from tools.replay_picture.browser import HOW_TO_INSTALL, find_browser, headless

    if find_browser() is None:
        pytest.skip(f"no Chromium: {HOW_TO_INSTALL}")
    with headless() as chrome:
        yield chrome


class Shown:
    """A page in the browser."""

    def __init__(self, chrome: "Chrome", path: Path, at: str = "") -> None:
        self.chrome = chrome
        chrome.get("about:blank")
        self.complaints()  # what came before is of another page
        chrome.get(f"{path.as_uri()}{at}")
        self.drawn()

    def run(self, script: str) -> Any:
        run = cast("Callable[[str], object]", self.chrome.execute_script)  # pyright: ignore[reportUnknownMemberType]
        return run(f"return {script}")

    def drawn(self) -> None:
        from tools.replay_picture.browser import drawn

        drawn(self.chrome)

    def press(self, *keys: str) -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.chrome).send_keys(*keys).perform()
        self.drawn()

    def text(self, id: str) -> str:
        return str(self.run(f"document.getElementById('{id}').textContent"))

    def complaints(self) -> list[str]:
        chrome: Any = self.chrome
        return [entry["message"] for entry in chrome.get_log("browser")]

    def ink(self, id: str = "timeline") -> int:
        """Count the colours on a canvas."""
        colours: int = self.run(
            f"(() => {{ const c = document.getElementById('{id}');"
            "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
            "const seen = new Set(); for (let i = 0; i < d.length; i += 4)"
            "seen.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]); return seen.size; })()"
        )
        return colours


@pytest.fixture
def shown(chrome: "Chrome", page: str, tmp_path: Path) -> Shown:
    path = tmp_path / "page.html"
    path.write_text(page, encoding="utf-8")
    return Shown(chrome, path)


@pytest.mark.browser
def test_the_timeline_is_drawn_and_nothing_complains(shown: Shown) -> None:
    assert shown.ink() > 30
    assert shown.ink("overview") > 3
    assert shown.complaints() == []


@pytest.mark.browser
def test_a_miss_leads_to_its_turn(shown: Shown) -> None:
    who = shown.run("document.querySelector('#misses .who').textContent")

    shown.run("document.querySelector('#misses button').click()")
    shown.drawn()

    assert shown.text("details").startswith(who)
    assert "prefill" in shown.text("details")
    assert (
        shown.run("document.querySelector('#misses [aria-current=true] .who').textContent") == who
    )


@pytest.mark.browser
def test_keys_go_from_turn_to_turn_and_miss_to_miss(shown: Shown) -> None:
    shown.press("n")
    first = shown.text("details")
    shown.press("n")
    second = shown.text("details")
    shown.press("p")

    assert first.startswith("Mira, turn 1")
    assert second.startswith("Mira, turn 2")
    assert shown.text("details") == first
    shown.press("j", "j")
    assert shown.run("document.querySelectorAll('#misses [aria-current=true]').length") == 1


@pytest.mark.browser
def test_everything_can_be_reached_with_the_tab_key(shown: Shown) -> None:
    reached: list[str] = []
    for _ in range(40):
        shown.press("\ue004")
        reached.append(shown.run("document.activeElement.id || document.activeElement.textContent"))

    assert {"search", "theme", "help", "tab-misses", "timeline", "Mira"} <= set(reached)


@pytest.mark.browser
def test_the_list_of_misses_is_one_stop_and_arrows_go_through_it(shown: Shown) -> None:
    who = "document.activeElement.querySelector('.at')?.textContent"
    shown.run("document.querySelector('#misses button').focus()")
    first = shown.run(who)
    shown.press("\ue015")
    second = shown.run(who)
    shown.press("\ue013")

    assert shown.run("document.querySelectorAll('#misses button[tabindex=\"0\"]').length") == 1
    assert second not in (None, first)
    assert shown.run(who) == first


@pytest.mark.browser
def test_the_wheel_zooms_where_the_pointer_is(shown: Shown) -> None:
    before = shown.ink()
    shown.run(
        "document.getElementById('timeline').dispatchEvent(new WheelEvent('wheel',"
        "{deltaY: -1200, clientX: 700, clientY: 300, bubbles: true, cancelable: true}))"
    )
    shown.drawn()

    assert shown.ink() != before


@pytest.mark.browser
def test_hovering_tells_what_is_there(chrome: "Chrome", page: str, tmp_path: Path) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By

    path = tmp_path / "page.html"
    path.write_text(page, encoding="utf-8")
    shown = Shown(chrome, path, "#npc=Mira&turn=1")
    canvas = chrome.find_element(By.ID, "timeline")
    height: int = shown.run("document.getElementById('timeline').clientHeight")

    # The first row, below ruler and frames; zero is the canvas's middle.
    top = 24 + 50 + 20 - height // 2
    ActionChains(chrome).move_to_element_with_offset(canvas, 0, top).perform()
    shown.drawn()

    assert not shown.run("document.getElementById('tip').hidden")
    assert shown.text("tip").startswith("Mira, turn 1")


@pytest.mark.browser
def test_npcs_are_hidden_and_searched_for(shown: Shown) -> None:
    shown.run(
        "[...document.querySelectorAll('#npcs button')].find(b => b.textContent == 'Mira').click()"
    )
    shown.drawn()
    assert "Mira" not in shown.text("misses")

    shown.press("/")
    shown.press("bolt")
    shown.press("\ue007")

    assert shown.text("matches") == "1"
    assert shown.text("details").startswith("Tomas, turn 1")


@pytest.mark.browser
def test_it_is_light_or_dark_as_its_reader_likes(shown: Shown) -> None:
    from tools.replay_picture.browser import prefer

    def background() -> str:
        return str(shown.run("getComputedStyle(document.body).backgroundColor"))

    prefer(shown.chrome, "light")
    shown.drawn()
    light = background()
    prefer(shown.chrome, "dark")
    shown.drawn()
    dark = background()
    shown.press("t")

    assert light != dark
    assert background() == light


@pytest.mark.browser
def test_two_recordings_lie_over_each_other(
    chrome: "Chrome", evening: Path, tmp_path: Path
) -> None:
    path = tmp_path / "both.html"
    one = read_analysis(evening)
    path.write_bytes(page_of([("ws", one), ("http", read_analysis(evening))], SLOS))
    shown = Shown(chrome, path, "#npc=Mira&turn=1")

    assert "The same turn in both" in shown.text("details")
    assert shown.text("which") == "AA + BB"
    shown.press("b")
    assert shown.run("document.querySelector('#which [aria-pressed=true]').textContent") == "B"
    assert shown.complaints() == []


@pytest.mark.browser
def test_hostile_text_is_shown_and_does_not_run(
    chrome: "Chrome", hostile: Path, tmp_path: Path
) -> None:
    path = tmp_path / "hostile.html"
    path.write_bytes(page_of([(HOSTILE, read_analysis(hostile))], SLOS))
    shown = Shown(chrome, path)

    shown.press("n")

    assert shown.run("window.ran") is None
    assert "</script>" in shown.text("details")
    assert shown.run("document.scripts.length") == 2
    assert shown.complaints() == []


@pytest.mark.browser
def test_ten_minutes_of_twenty_npcs_stay_quick(
    chrome: "Chrome", evening: Path, tmp_path: Path
) -> None:
    long, path = tmp_path / "long.npctrace", tmp_path / "long.html"
    multiply(evening, long, beside=4, after=30)
    analysis = read_analysis(long)
    assert len(analysis.npcs) == 20
    assert analysis.played_ns > 590 * 10**9
    path.write_bytes(page_of([("long", analysis)], SLOS))
    shown = Shown(chrome, path)

    # Drawing alone, without waiting for frames: the worst of many pictures at many zooms.
    drawn = shown.chrome.execute_async_script(  # pyright: ignore[reportUnknownMemberType]
        "const done = arguments[0], canvas = document.getElementById('timeline'); let n = 0;"
        "const step = () => { if (n++ === 40) return done(n);"
        "canvas.dispatchEvent(new WheelEvent('wheel', {deltaY: n < 20 ? -300 : 300,"
        "clientX: 800, clientY: 300, cancelable: true})); requestAnimationFrame(step); }; step();"
    )

    assert drawn == 41
    assert shown.ink() > 10
    assert shown.complaints() == []
