"""The committed pictures and the map are what the scripts draw, and hold what the game needs."""

from __future__ import annotations

import json
import re
from collections import deque
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tools.make_assets.__main__ import ASSETS, differing, main
from tools.make_assets.font import CHARACTERS
from tools.make_assets.outputs import Output, build
from tools.make_assets.outputs import village as painted
from tools.make_assets.palette import RGB
from tools.make_assets.preview import compose

PEOPLE = ("aldous", "bram", "mira", "odile", "pip", "player", "tomas")
PLACES = {
    "market_square", "well", "great_lantern", "bakery_door", "bakery_counter", "smithy", "forge",
    "weaver_house", "bell_tower", "gatehouse", "gate", "key_hook", "lane", "cellar", "ladder_spot",
    "mira_home", "tomas_post", "pip_den", "anvil", "ware_rack", "dues_table",
}  # fmt: skip
ITEMS = {
    "gate_key",
    "ladder",
    "lamp_oil",
    "bread",
    "lantern_hook",
    "wick",
    "permit",
    "dagger",
    "sword",
    "ring",
}
LAYERS = [
    ("ground", "tilelayer"), ("details", "tilelayer"), ("props", "objectgroup"),
    ("above", "tilelayer"), ("solid", "tilelayer"), ("places", "objectgroup"),
    ("doors", "objectgroup"), ("people", "objectgroup"), ("items", "objectgroup"),
    ("lights", "objectgroup"), ("emitters", "objectgroup"),
]  # fmt: skip
COLUMNS, ROWS, TILE = 60, 34, 16


@pytest.fixture(scope="module")
def built() -> dict[str, Output]:
    return build([])


@pytest.fixture(scope="module")
def village() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ASSETS / "maps/village.tmj").read_text(encoding="utf-8"))
    return found


def layer(village: dict[str, Any], name: str) -> dict[str, Any]:
    return next(found for found in village["layers"] if found["name"] == name)


def names(village: dict[str, Any], group: str) -> list[str]:
    return [thing["name"] for thing in layer(village, group)["objects"]]


def properties(thing: dict[str, Any]) -> dict[str, Any]:
    return {p["name"]: p["value"] for p in thing.get("properties", [])}


def cell(thing: dict[str, Any]) -> tuple[int, int]:
    return int(thing["x"]) // TILE, int(thing["y"]) // TILE


def open_cells(village: dict[str, Any]) -> set[tuple[int, int]]:
    """Return the cells people can stand on while the gate is shut."""
    solid = layer(village, "solid")["data"]
    free = {(i % COLUMNS, i // COLUMNS) for i, gid in enumerate(solid) if not gid}
    gate = next(door for door in layer(village, "doors")["objects"] if door["name"] == "gate")
    left, top = cell(gate)
    shut = {
        (left + i, top + j)
        for i in range(int(gate["width"]) // TILE)
        for j in range(int(gate["height"]) // TILE)
    }
    return free - shut


def reachable(free: set[tuple[int, int]], start: tuple[int, int]) -> set[tuple[int, int]]:
    """Return every cell that can be walked to in four directions."""
    seen, todo = {start}, deque([start])
    while todo:
        x, y = todo.popleft()
        for near in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            if near in free and near not in seen:
                seen.add(near)
                todo.append(near)
    return seen


def colours_of(picture: Image.Image) -> set[tuple[int, ...]]:
    """Return the colours of all pixels that are not fully transparent."""
    raw = picture.convert("RGBA").tobytes()
    return {tuple(raw[i : i + 4]) for i in range(0, len(raw), 4) if raw[i + 3]}


def size_of(path: str) -> tuple[int, int]:
    with Image.open(ASSETS / path) as picture:
        return picture.size


def test_the_committed_pictures_are_what_the_scripts_draw(built: dict[str, Output]) -> None:
    assert differing(built, ASSETS) == []


def test_no_file_lies_in_assets_that_no_script_draws(built: dict[str, Output]) -> None:
    committed = {p.relative_to(ASSETS).as_posix() for p in ASSETS.rglob("*") if p.is_file()}

    assert {path for path in committed - set(built) if path.endswith(".png")} == set()


def test_a_changed_pixel_is_named(built: dict[str, Output], tmp_path: Path) -> None:
    key = built["items/gate_key.png"]
    assert isinstance(key, Image.Image)
    spoilt = key.copy()
    spoilt.putpixel((0, 0), (1, 2, 3, 255))
    (tmp_path / "items").mkdir()
    spoilt.save(tmp_path / "items/gate_key.png")

    assert differing({"items/gate_key.png": key}, tmp_path) == ["items/gate_key.png"]


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])

    assert "--only people items" in capsys.readouterr().out


def test_every_file_has_a_row_in_the_credits() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \| The npcengine developers \| MIT \| (?:`([^`]+)`|written by hand) \|$",
        (ASSETS / "CREDITS.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    files = [p.relative_to(ASSETS).as_posix() for p in ASSETS.rglob("*") if p.is_file()]
    scripts = {script for _, listed in rows for script in listed.split(", ") if script}

    assert [f for f in files if not any(fnmatch(f, pattern) for pattern, _ in rows)] == []
    assert [s for s in scripts if not (ASSETS.parent / "tools/make_assets" / s).exists()] == []


def test_the_palette_has_at_most_forty_colours() -> None:
    with Image.open(ASSETS / "palette.png") as picture:
        colours = colours_of(picture)

    assert 30 <= len(colours) <= 40


def test_every_picture_but_the_lights_uses_the_palette_and_hard_edges() -> None:
    allowed = {(*rgb, 255) for rgb in RGB[1:]}
    strays: dict[str, set[Any]] = {}
    for path in sorted(ASSETS.rglob("*.png")):
        if path.parent.name == "light":
            continue
        with Image.open(path) as picture:
            wrong = colours_of(picture) - allowed
        if wrong:
            strays[path.name] = wrong

    assert strays == {}


def test_the_map_has_the_layers_in_the_agreed_order(village: dict[str, Any]) -> None:
    assert [(found["name"], found["type"]) for found in village["layers"]] == LAYERS
    assert (village["width"], village["height"], village["tilewidth"]) == (COLUMNS, ROWS, TILE)
    assert village["orientation"] == "orthogonal"
    assert village["infinite"] is False


def test_every_tile_layer_is_full_and_uses_only_known_tiles(village: dict[str, Any]) -> None:
    tiles, props = village["tilesets"]

    for found in village["layers"]:
        if found["type"] == "tilelayer":
            assert len(found["data"]) == COLUMNS * ROWS
            assert max(found["data"]) <= tiles["tilecount"]
    assert min(layer(village, "ground")["data"]) > 0
    assert props["firstgid"] == tiles["firstgid"] + tiles["tilecount"]


def test_the_tile_sheet_is_as_large_as_the_map_says(village: dict[str, Any]) -> None:
    tiles = village["tilesets"][0]

    assert size_of("tiles/village.png") == (tiles["imagewidth"], tiles["imageheight"])
    assert tiles["image"] == "../tiles/village.png"
    assert {properties(tile)["surface"] for tile in tiles["tiles"]} == {
        "path", "stone", "water", "wood",
    }  # fmt: skip


def test_every_prop_on_the_map_has_its_picture(village: dict[str, Any]) -> None:
    props = village["tilesets"][1]
    by_gid = {props["firstgid"] + tile["id"]: tile for tile in props["tiles"]}

    for tile in props["tiles"]:
        assert tile["image"] == f"../props/{tile['type']}.png"
        assert size_of(f"props/{tile['type']}.png") == (tile["imagewidth"], tile["imageheight"])
    for thing in layer(village, "props")["objects"]:
        tile = by_gid[thing["gid"]]
        assert (thing["width"], thing["height"]) == (tile["imagewidth"], tile["imageheight"])
        rect = properties(thing).get("solid_rect", "0,0,0,0")
        assert re.fullmatch(r"\d+,\d+,\d+,\d+", rect)


def test_the_map_file_shows_the_village_that_was_painted(village: dict[str, Any]) -> None:
    tiles, props = village["tilesets"]
    by_gid = {props["firstgid"] + tile["id"]: tile["image"] for tile in props["tiles"]}
    shown = Image.new("RGBA", (COLUMNS * TILE, ROWS * TILE))
    with Image.open(ASSETS / "tiles/village.png") as opened:
        sheet = opened.convert("RGBA")

    for name in ("ground", "details", "props", "above"):
        if name == "props":
            for thing in sorted(layer(village, name)["objects"], key=lambda found: found["y"]):
                with Image.open(ASSETS / "maps" / by_gid[thing["gid"]]) as picture:
                    at = (thing["x"], thing["y"] - thing["height"])
                    shown.paste(picture, at, picture.convert("RGBA"))
            continue
        for i, gid in enumerate(layer(village, name)["data"]):
            if gid:
                x, y = (gid - 1) % tiles["columns"] * TILE, (gid - 1) // tiles["columns"] * TILE
                tile = sheet.crop((x, y, x + TILE, y + TILE))
                shown.paste(tile, (i % COLUMNS * TILE, i // COLUMNS * TILE), tile)

    assert shown.convert("RGB").tobytes() == compose(painted()).tobytes()


def test_pictures_the_game_swaps_have_the_same_size() -> None:
    for one, other in (
        ("gate_closed", "gate_open"),
        ("lantern_unlit", "lantern_lit"),
        ("cellar_hatch", "cellar_hatch_open"),
    ):
        assert size_of(f"props/{one}.png") == size_of(f"props/{other}.png")


def test_all_agreed_places_people_doors_and_items_are_on_the_map(village: dict[str, Any]) -> None:
    assert set(names(village, "places")) >= PLACES
    assert sorted(names(village, "people")) == sorted(PEOPLE)
    assert sorted(names(village, "doors")) == ["bakery", "cellar", "gate", "smithy", "weaver"]
    assert set(names(village, "items")) == ITEMS
    for place in layer(village, "places")["objects"]:
        assert properties(place)["label"]
    for person in layer(village, "people")["objects"]:
        assert properties(person)["facing"] in {"down", "left", "right", "up"}
    for door in layer(village, "doors")["objects"]:
        assert isinstance(properties(door)["locked"], bool)


def test_every_place_and_everybody_can_be_reached_while_the_gate_is_shut(
    village: dict[str, Any],
) -> None:
    free = open_cells(village)
    people = {thing["name"]: cell(thing) for thing in layer(village, "people")["objects"]}
    places = {thing["name"]: cell(thing) for thing in layer(village, "places")["objects"]}

    seen = reachable(free, people["player"])

    assert {name: at for name, at in {**places, **people}.items() if at not in seen} == {}


def test_nobody_gets_past_the_shut_gate(village: dict[str, Any]) -> None:
    seen = reachable(open_cells(village), cell(layer(village, "people")["objects"][0]))

    assert min(row for _, row in seen) > 5


def test_every_item_lies_within_two_steps_of_somewhere_one_can_stand(
    village: dict[str, Any],
) -> None:
    free = reachable(open_cells(village), cell(layer(village, "people")["objects"][0]))

    for item in layer(village, "items")["objects"]:
        x, y = cell(item)
        assert any((x + i, y + j) in free for i in range(-2, 3) for j in range(-2, 3)), item["name"]


def test_lights_and_emitters_carry_what_the_game_draws(village: dict[str, Any]) -> None:
    for light in layer(village, "lights")["objects"]:
        found = properties(light)
        assert found["kind"] in {"window", "lamp", "forge", "lantern"}
        assert re.fullmatch(r"#[0-9a-f]{6}", found["colour"])
        assert 0 <= found["flicker"] <= 1
        assert 8 <= found["radius_px"] <= 256
    kinds = {properties(thing)["kind"] for thing in layer(village, "emitters")["objects"]}
    assert kinds == {"smoke", "fireflies", "leaves"}


def test_sheets_have_the_agreed_sizes() -> None:
    for name in PEOPLE:
        assert size_of(f"people/{name}.png") == (64, 264)
        assert size_of(f"portraits/{name}.png") == (192, 48)
    for name in (*ITEMS, "coin", "sword_hung", "dagger_hung", "ring_hung"):
        assert size_of(f"items/{name}.png") == (16, 16)
    for name in ("panel", "bubble", "field"):
        assert size_of(f"ui/{name}.png") == (24, 24)
    assert size_of("ui/bubble_tail.png") == (8, 6)
    assert size_of("ui/marks.png") == (96, 12)
    assert size_of("light/pool.png") == (128, 128)


def test_no_frame_of_a_walk_is_empty_or_the_same_as_its_neighbour() -> None:
    for name in PEOPLE:
        with Image.open(ASSETS / f"people/{name}.png") as sheet:
            for row in range(11):
                frames = [
                    sheet.crop((c * 16, row * 24, c * 16 + 16, row * 24 + 24)).tobytes()
                    for c in range(4)
                ]
                assert all(any(frame) for frame in frames)
                assert frames[0] != frames[1], (name, row)


def test_the_font_has_every_glyph_inside_its_picture() -> None:
    table = json.loads((ASSETS / "ui/font.json").read_text(encoding="utf-8"))
    w, h = size_of("ui/font.png")

    assert set(CHARACTERS) <= set(table["glyphs"])
    assert set(map(chr, [*range(32, 127), *range(160, 256)])) <= set(table["glyphs"])
    assert set("\u2018\u2019“”\u2013—…•€") <= set(table["glyphs"])
    assert (table["line_height"], table["ascent"]) == (11, 9)
    for x, y, glyph_w, glyph_h, _, y_offset, advance in table["glyphs"].values():
        assert 0 <= x <= w - glyph_w
        assert 0 <= y <= h - glyph_h
        assert -1 <= y_offset <= 11 - glyph_h
        assert advance > 0


def test_different_letters_look_different() -> None:
    table = json.loads((ASSETS / "ui/font.json").read_text(encoding="utf-8"))["glyphs"]
    with Image.open(ASSETS / "ui/font.png") as sheet:
        looks: dict[tuple[Any, ...], str] = {}
        for character, (x, y, w, h, _, y_offset, _) in table.items():
            if character in " \u00a0\u00ad":
                continue
            look = (w, h, y_offset, sheet.crop((x, y, x + w, y + h)).tobytes())
            assert look not in looks, (character, looks[look])
            looks[look] = character
