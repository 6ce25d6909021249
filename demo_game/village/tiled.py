"""Reads the maps of the Tiled editor (JSON, ``.tmj``): as much of them as the game uses."""

from pathlib import Path
from typing import TypeAlias

import msgspec

__all__ = ["MapError", "MapFile", "ObjectLayer", "TileLayer", "read_map"]

Property: TypeAlias = str | int | float | bool


class MapError(Exception):
    """A map cannot be used; the text says which file and where in it."""


class _Property(msgspec.Struct, frozen=True):
    name: str
    value: Property


class MapObject(msgspec.Struct, frozen=True):
    """Something that stands on the map, in pixels."""

    x: float
    y: float
    name: str = ""
    type: str = ""
    width: float = 0
    height: float = 0
    gid: int = 0
    """A tile or picture; such an object's point is its lower left corner."""
    properties: tuple[_Property, ...] = ()

    def get(self, name: str, otherwise: Property) -> Property:
        """Return a custom property."""
        return next((p.value for p in self.properties if p.name == name), otherwise)


class TileLayer(msgspec.Struct, frozen=True, tag_field="type", tag="tilelayer"):
    """A grid of tile numbers, row by row; 0 is empty."""

    name: str
    data: tuple[int, ...]


class ObjectLayer(msgspec.Struct, frozen=True, tag_field="type", tag="objectgroup"):
    """A list of objects."""

    name: str
    objects: tuple[MapObject, ...]


class TileInfo(msgspec.Struct, frozen=True):
    """What is known of one tile of a set."""

    id: int
    type: str = ""
    image: str = ""
    imagewidth: int = 0
    imageheight: int = 0
    properties: tuple[_Property, ...] = ()

    def get(self, name: str, otherwise: Property) -> Property:
        """Return a custom property."""
        return next((p.value for p in self.properties if p.name == name), otherwise)


class TileSet(msgspec.Struct, frozen=True):
    """Tiles of one picture, or pictures of one list."""

    firstgid: int
    name: str
    columns: int
    tilecount: int
    image: str = ""
    tiles: tuple[TileInfo, ...] = ()


class MapFile(msgspec.Struct, frozen=True):
    """A whole map."""

    width: int
    height: int
    tilewidth: int
    tileheight: int
    layers: tuple[TileLayer | ObjectLayer, ...]
    tilesets: tuple[TileSet, ...]

    def tiles(self, name: str) -> tuple[int, ...]:
        """Return a tile layer.

        Raises:
            MapError: There is none of that name, or its size is not the map's.
        """
        for layer in self.layers:
            if isinstance(layer, TileLayer) and layer.name == name:
                if len(layer.data) != self.width * self.height:
                    raise MapError(f"the layer {name!r} has {len(layer.data)} tiles")
                return layer.data
        raise MapError(f"there is no tile layer {name!r}")

    def objects(self, name: str) -> tuple[MapObject, ...]:
        """Return an object layer.

        Raises:
            MapError: There is none of that name.
        """
        for layer in self.layers:
            if isinstance(layer, ObjectLayer) and layer.name == name:
                return layer.objects
        raise MapError(f"there is no object layer {name!r}")


def read_map(path: Path) -> MapFile:
    """Read a map.

    Raises:
        MapError: The file is missing or is not such a map; path and reason are in the text.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=MapFile)
    except OSError as error:
        raise MapError(f"{path}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise MapError(f"{path}: {error}") from error
