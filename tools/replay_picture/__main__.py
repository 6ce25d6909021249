"""``python -m tools.replay_picture``: draws docs/pictures/replay.png from a recording."""

import argparse
import sys
import tempfile
from pathlib import Path

from npcengine.replay.command.__main__ import main as npc_replay
from tools.replay_picture.browser import drawn, headless, prefer

WIDTH, HEIGHT = 1440, 900


def main() -> int:
    """Take the picture; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings", type=Path, nargs="+", help="one recording, or two")
    parser.add_argument("-o", "--out", type=Path, default=Path("docs/pictures/replay.png"))
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--at", default="", help="where to look, such as npc=Tomas&turn=1")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "replay.html")
        code = npc_replay(["html", *map(str, options.recordings), "-o", str(page)])
        if code == 0:
            _take(page, options.out, options.theme, options.at)
    return code


def _take(page: Path, out: Path, theme: str, at: str) -> None:
    with headless(width=WIDTH, height=HEIGHT) as chrome:
        prefer(chrome, theme)
        chrome.get(f"{page.as_uri()}#{at}")
        drawn(chrome)
        out.write_bytes(chrome.get_screenshot_as_png())


if __name__ == "__main__":
    sys.exit(main())
