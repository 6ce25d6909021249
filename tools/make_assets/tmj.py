"""Write the village as a map for Tiled 1.10 (JSON), and its tile sheet."""

from __future__ import annotations

import json
from typing import Final

from tools.make_assets.canvas import Canvas
from tools.make_assets.catalogue import PROPS
from tools.make_assets.cut import SHEET_COLUMNS, SOLID_GID, TileSheet
from tools.make_assets.map_layout import DOORS, EMITTERS, ITEMS, PEOPLE, PLACES
from tools.make_assets.site import COLUMNS, ROWS, TILE
from tools.make_assets.village import Village

Json = dict[str, "JsonValue"]

JsonValue = str | int | float | bool | list["JsonValue"] | dict[str, "JsonValue"]

TILED_VERSION: Final = "1.10.2"


class MapWriter:
    """Collects layers and gives layers and objects their running numbers."""

    def __init__(self, village: Village) -> None:
        self._village = village
        self._sheet = TileSheet()
        self._layers: list[JsonValue] = []
        self._objects = 0

    def write(self) -> tuple[str, Canvas]:
        """Return the map's text and the tile sheet's picture."""
        village, scene = self._village, self._village.scene
        ground = self._sheet.cut(scene.ground, village.surfaces())
        details = self._sheet.cut(scene.details)
        above = self._sheet.cut(scene.above)
        solid = [SOLID_GID if closed else 0 for row in scene.solid for closed in row]
        first_prop = self._sheet.rows * SHEET_COLUMNS + 1
        self._tiles("ground", ground)
        self._tiles("details", details)
        self._group("props", self._props(first_prop))
        self._tiles("above", above)
        self._tiles("solid", solid, visible=False)
        self._group("places", [
            self._point(name, *_middle(column, row), label=label)
            for name, label, column, row in PLACES
        ])  # fmt: skip
        self._group("doors", [
            self._object(name, x, y, w, h, locked=locked) for name, x, y, w, h, locked in DOORS
        ])  # fmt: skip
        self._group("people", [
            self._point(name, *_middle(column, row), facing=facing)
            for name, column, row, facing in PEOPLE
        ])  # fmt: skip
        self._group("items", [self._point(name, x, y, **whose) for name, x, y, whose in ITEMS])
        self._group("lights", [
            self._point("", light.x, light.y, colour=light.colour, flicker=light.flicker,
                        kind=light.kind, radius_px=light.radius_px)
            for light in scene.lights
        ])  # fmt: skip
        smoke = [(kind, x, y) for x, y, kind in scene.emitters]
        self._group("emitters", [
            self._point("", x, y, kind=kind) for kind, x, y in (*smoke, *EMITTERS)
        ])  # fmt: skip
        return self._text(first_prop), self._sheet.picture()

    def _tiles(self, name: str, gids: list[int], *, visible: bool = True) -> None:
        self._layers.append({
            "id": len(self._layers) + 1, "name": name, "type": "tilelayer", "x": 0, "y": 0,
            "width": COLUMNS, "height": ROWS, "opacity": 1, "visible": visible,
            "data": list(gids),
        })  # fmt: skip

    def _group(self, name: str, objects: list[JsonValue]) -> None:
        self._layers.append({
            "id": len(self._layers) + 1, "name": name, "type": "objectgroup", "x": 0, "y": 0,
            "draworder": "topdown", "opacity": 1, "visible": True, "objects": objects,
        })  # fmt: skip

    def _object(self, name: str, x: int, y: int, w: int, h: int, **properties: JsonValue) -> Json:
        self._objects += 1
        made: Json = {
            "id": self._objects, "name": name, "type": "", "x": x, "y": y, "width": w, "height": h,
            "rotation": 0, "visible": True,
        }  # fmt: skip
        if properties:
            made["properties"] = _properties(properties)
        return made

    def _point(self, name: str, x: int, y: int, **properties: JsonValue) -> Json:
        return {**self._object(name, x, y, 0, 0, **properties), "point": True}

    def _props(self, first: int) -> list[JsonValue]:
        numbers = {name: first + k for k, name in enumerate(PROPS)}
        placed: list[JsonValue] = []
        for prop in self._village.props:
            solid = PROPS[prop.name].solid
            extra: dict[str, JsonValue] = {}
            if solid:
                extra["solid_rect"] = ",".join(map(str, solid))
            # Tiled anchors a picture object at its bottom-left corner.
            made = self._object(
                prop.name, prop.x, prop.foot, prop.picture.w, prop.picture.h, **extra
            )
            placed.append({**made, "gid": numbers[prop.name], "type": prop.name})
        return placed

    def _text(self, first_prop: int) -> str:
        pictures = self._village.pictures
        rows = self._sheet.rows
        ground_tiles: list[JsonValue] = [
            {"id": k, "properties": _properties({"surface": surface})}
            for k, surface in enumerate(self._sheet.surfaces)
            if surface
        ]
        prop_tiles: list[JsonValue] = []
        for k, (name, prop) in enumerate(PROPS.items()):
            tile: Json = {
                "id": k, "type": name, "image": f"../props/{name}.png",
                "imagewidth": pictures[name].w, "imageheight": pictures[name].h,
            }  # fmt: skip
            if prop.solid:
                tile["properties"] = _properties({"solid_rect": ",".join(map(str, prop.solid))})
            prop_tiles.append(tile)
        tilesets: list[JsonValue] = [
            {
                "firstgid": 1, "name": "village", "image": "../tiles/village.png",
                "imagewidth": SHEET_COLUMNS * TILE, "imageheight": rows * TILE, "margin": 0,
                "spacing": 0, "tilewidth": TILE, "tileheight": TILE, "columns": SHEET_COLUMNS,
                "tilecount": rows * SHEET_COLUMNS, "tiles": ground_tiles,
            },
            {
                "firstgid": first_prop, "name": "props", "margin": 0, "spacing": 0, "columns": 0,
                "grid": {"height": 1, "orientation": "orthogonal", "width": 1},
                "tilewidth": max(p.w for p in pictures.values()),
                "tileheight": max(p.h for p in pictures.values()),
                "tilecount": len(PROPS), "tiles": prop_tiles,
            },
        ]  # fmt: skip
        whole: Json = {
            "compressionlevel": -1, "height": ROWS, "infinite": False, "layers": self._layers,
            "nextlayerid": len(self._layers) + 1, "nextobjectid": self._objects + 1,
            "orientation": "orthogonal", "renderorder": "right-down",
            "tiledversion": TILED_VERSION, "tileheight": TILE, "tilesets": tilesets,
            "tilewidth": TILE, "type": "map", "version": "1.10", "width": COLUMNS,
        }  # fmt: skip
        return _lines(whole) + "\n"


def _middle(column: int, row: int) -> tuple[int, int]:
    """Return the middle of a cell in pixels."""
    return column * TILE + TILE // 2, row * TILE + TILE // 2


def _properties(values: dict[str, JsonValue]) -> list[JsonValue]:
    """Return Tiled's form of custom properties, sorted as Tiled sorts them."""
    found: list[JsonValue] = []
    for name, value in sorted(values.items()):
        # A bool is an int to Python, so it is asked for first.
        kind = "string"
        if isinstance(value, bool):
            kind = "bool"
        elif isinstance(value, int):
            kind = "int"
        elif isinstance(value, float):
            kind = "float"
        found.append({"name": name, "type": kind, "value": value})
    return found


def _lines(value: JsonValue, indent: int = 0) -> str:
    """Return JSON with a line per object and per row of tiles, so that a diff can be read."""
    pad = " " * indent
    if isinstance(value, dict):
        flat = json.dumps(value, ensure_ascii=False)
        if len(flat) < 400:
            return flat
        inner = ",\n".join(f'{pad} "{k}": {_lines(v, indent + 1)}' for k, v in value.items())
        return f"{{\n{inner}\n{pad}}}"
    if isinstance(value, list) and value:
        if all(isinstance(v, int) for v in value):
            rows = [value[i : i + COLUMNS] for i in range(0, len(value), COLUMNS)]
            return "[\n" + ",\n".join(pad + " " + ", ".join(map(str, r)) for r in rows) + "]"
        return "[\n" + ",\n".join(pad + " " + _lines(v, indent + 1) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)
