"""Where the game's files are: beside the package when installed, beside the repository else."""

from pathlib import Path

__all__ = ["assets_folder"]


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
