"""Pictures, loaded once each."""

from pathlib import Path

import msgspec
import pygame

__all__ = ["Assets", "Sheet", "nine_slice"]


class Sheet:
    """A picture cut into frames of one size."""

    def __init__(self, picture: pygame.Surface, width: int, height: int) -> None:
        self._picture = picture
        self._size = (width, height)
        self._frames: dict[tuple[int, int], pygame.Surface] = {}

    def frame(self, column: int, row: int) -> pygame.Surface:
        """Return the frame at a column and a row."""
        found = self._frames.get((column, row))
        if found is None:
            width, height = self._size
            area = pygame.Rect(column * width, row * height, width, height)
            found = self._frames[column, row] = self._picture.subsurface(area)
        return found


class Assets:
    """Finds and keeps pictures; needs a display mode to be set."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._images: dict[str, pygame.Surface] = {}
        self._sheets: dict[tuple[str, int, int], Sheet] = {}

    def image(self, name: str) -> pygame.Surface:
        """Return a picture with its transparency, such as ``ui/panel.png``.

        Raises:
            FileNotFoundError: There is none of that name; the text says where.
        """
        found = self._images.get(name)
        if found is None:
            path = self.folder / name
            if not path.is_file():
                raise FileNotFoundError(f"no picture {name!r} in {self.folder}")
            found = self._images[name] = pygame.image.load(str(path)).convert_alpha()
        return found

    def sheet(self, name: str, width: int, height: int) -> Sheet:
        """Return a picture cut into frames of ``width`` by ``height`` pixels."""
        key = (name, width, height)
        if key not in self._sheets:
            self._sheets[key] = Sheet(self.image(name), width, height)
        return self._sheets[key]

    def json(self, name: str, kind: type[msgspec.Struct]) -> msgspec.Struct:
        """Return a file of data, decoded as ``kind``."""
        return msgspec.json.decode((self.folder / name).read_bytes(), type=kind)


def nine_slice(picture: pygame.Surface, size: tuple[int, int], corner: int = 8) -> pygame.Surface:
    """Return a frame of any size, made from the nine parts of a small one.

    Args:
        picture: Its four corners of ``corner`` pixels stay as they are, the rest is repeated.
        size: Width and height in pixels, at least two corners each.
        corner: Size of a corner in pixels.
    """
    width, height = size
    source_width, source_height = picture.get_size()
    target = pygame.Surface(size, pygame.SRCALPHA)
    inner_w, inner_h = source_width - 2 * corner, source_height - 2 * corner
    columns = _parts(width, source_width, corner, inner_w)
    rows = _parts(height, source_height, corner, inner_h)
    for x, source_x, part_width in columns:
        for y, source_y, part_height in rows:
            target.blit(picture, (x, y), (source_x, source_y, part_width, part_height))
    return target


def _parts(size: int, source: int, corner: int, inner: int) -> list[tuple[int, int, int]]:
    """Return where each part goes, where it comes from, and how long it is."""
    parts = [(0, 0, corner)]
    at = corner
    while at < size - corner:
        length = min(inner, size - corner - at)
        parts.append((at, corner, length))
        at += length
    parts.append((size - corner, source - corner, corner))
    return parts
