"""Draw the game's pictures: ``python -m tools.make_assets``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from PIL import Image

from tools.make_assets.outputs import GROUPS, Output, build, village
from tools.make_assets.preview import whole_village

ASSETS: Final = Path(__file__).resolve().parents[2] / "assets"

_EXAMPLES: Final = """examples:
  python -m tools.make_assets                       draw everything into assets/
  python -m tools.make_assets --only people items   draw two groups
  python -m tools.make_assets --check               exit 1 if a committed picture differs
  python -m tools.make_assets --preview dusk.png    the whole village in the evening light
"""


def differing(built: dict[str, Output], folder: Path) -> list[str]:
    """Return the paths whose pixels (or text) are missing or not as ``built``."""
    return [path for path, output in built.items() if not _same(output, folder / path)]


def _same(output: Output, path: Path) -> bool:
    if not path.exists():
        return False
    if isinstance(output, str):
        return path.read_text(encoding="utf-8") == output
    with Image.open(path) as committed:
        # Encoders differ between versions of Pillow; pixels do not.
        return (
            committed.size == output.size
            and committed.convert("RGBA").tobytes() == output.convert("RGBA").tobytes()
        )


def write(built: dict[str, Output], folder: Path) -> None:
    """Write files, leaving alone those that are already right."""
    for path, output in built.items():
        target = folder / path
        if _same(output, target):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(output, str):
            target.write_text(output, encoding="utf-8", newline="\n")
        else:
            output.save(target, optimize=True)
        print(f"wrote {target}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.make_assets",
        description="Draw every picture of the demo game, and its map, from code.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", choices=list(GROUPS), default=[], metavar="GROUP",
                        help=f"draw only these: {', '.join(GROUPS)}")  # fmt: skip
    parser.add_argument("--check", action="store_true",
                        help="write nothing; exit 1 naming files that differ")  # fmt: skip
    parser.add_argument("--preview", type=Path, metavar="OUT.png",
                        help="write one picture of the whole village at dusk")  # fmt: skip
    chosen = parser.parse_args(arguments)
    if chosen.preview:
        whole_village(village()).save(chosen.preview)
        return 0
    built = build(chosen.only)
    if chosen.check:
        wrong = differing(built, ASSETS)
        for path in wrong:
            print(f"differs: assets/{path}")
        return 1 if wrong else 0
    write(built, ASSETS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
