"""Where files are: the game's beside its package or its repository, the player's in their home."""

import os
import sys
from pathlib import Path

__all__ = ["assets_folder", "players_folder", "slot_path"]


def assets_folder() -> Path:
    """Return the folder of pictures, maps and minds.

    Raises:
        FileNotFoundError: There is none; the text names where it was looked for.
    """
    here = Path(__file__).resolve().parent
    candidates = (here / "assets", here.parent / "assets")
    for folder in candidates:
        if (folder / "maps").is_dir():
            return folder
    raise FileNotFoundError(f"no assets in {' or '.join(map(str, candidates))}")


def slot_path() -> Path:
    """Return the file of the evening that the player keeps."""
    return players_folder() / "evening.npc"


def players_folder() -> Path:
    """Return the folder of what is the player's own, where programs keep such things."""
    home = Path.home()
    if sys.platform == "win32":
        folder = Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        folder = home / "Library" / "Application Support"
    else:
        folder = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return folder / "lanternwick"
