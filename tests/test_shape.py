"""The shape of the tree: who may import whom, what is pure, how long a module may be."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# What each folder may import of ours, besides itself. Top-level modules stand under their name.
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "clock": set(),
    "protocol": {"errors"},
    "policy": {"errors", "protocol"},
    "reflex": {"errors"},
    "trace": {"errors"},
    "world": {"errors", "protocol", "policy"},
    "memory": {"errors"},
    "transport": {"errors", "clock", "protocol"},
    "session": {"errors", "clock", "protocol", "policy", "trace", "world", "memory", "transport"},
    "bridge": {
        "errors",
        "clock",
        "protocol",
        "policy",
        "trace",
        "world",
        "memory",
        "transport",
        "session",
    },
    "replay": {
        "errors",
        "clock",
        "protocol",
        "policy",
        "trace",
        "world",
        "memory",
        "transport",
        "session",
        "bridge",
    },
    "server": {"errors", "clock", "protocol", "policy", "transport"},
    "testing": {"errors", "clock", "protocol", "transport", "bridge", "trace", "replay"},
    "doctor": {"errors", "clock", "protocol", "policy", "transport", "bridge", ""},
    "schema": {"errors", "world"},
    "__main__": {"errors", "server", "doctor", "schema"},
    "__init__": {"errors", "protocol", "policy", "world", "bridge"},
}
# One module of the bridge may start the server: `local:` in process, and then only when it is used.
EXTRA = {"bridge/local.py": {"server"}}

THIRD_PARTY: dict[str, set[str]] = {
    "msgspec": {
        "protocol",
        "policy",
        "reflex",
        "world",
        "memory",
        "transport",
        "session",
        "bridge",
        "server",
        "doctor",
        "schema",
        "trace",
        "replay",
    },
    "websockets": {"transport"},
    "h11": {"transport"},
    "picows": {"transport"},
    "jsonschema_rs": {"server"},
    "uvloop": {"bridge", "server"},
    "pygame": set(),
}
PURE = {"errors", "protocol", "policy", "reflex", "memory"}
NOT_PURE = {"asyncio", "os", "random", "secrets", "socket", "subprocess", "threading", "time"}

# Packages whose names are public, besides those of `npcengine` itself.
PUBLIC_PACKAGES = {"npcengine.reflex"}

MAX_LINES = 400
LONG_FOR_A_REASON = {
    "npcengine/protocol/incoming.py": "one struct an event of the wire, and nothing else",
    "npcengine/trace/records.py": "one struct a line of the format, and nothing else",
    "tools/make_assets/people_looks.py": "pixel art as text",
}


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide which way an arrow points"
            yield node.module or ""
            if node.module == "npcengine":
                yield from (f"npcengine.{alias.name}" for alias in node.names)


def layer(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


@pytest.mark.parametrize("path", modules("npcengine"), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_imports_only_what_its_layer_may(path: Path) -> None:
    inside = path.relative_to(ROOT / "npcengine")
    mine = inside.parts[0].removesuffix(".py")
    assert mine in ALLOWED, "a new folder has to choose its layer here"

    used = set(imports(path))

    ours = {layer(name) for name in used if name.split(".")[0] == "npcengine"}
    allowed = {mine, *ALLOWED[mine], *EXTRA.get(inside.as_posix(), set())}
    assert ours <= allowed, f"{path.name} may not import {ours - allowed}"
    roots = {name.split(".")[0] for name in used}
    for package, layers in THIRD_PARTY.items():
        assert package not in roots or mine in layers, f"{path.name} may not import {package}"
    if mine in PURE:
        assert not roots & NOT_PURE, f"{path.name} is pure and imports {roots & NOT_PURE}"


@pytest.mark.parametrize("path", modules("demo_game"), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_game_imports_public_names_only_and_its_world_no_pygame(path: Path) -> None:
    inside = path.relative_to(ROOT / "demo_game").parts
    used = set(imports(path))
    tree = ast.parse(path.read_text())
    top = {
        name
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [a.name for a in node.names]
        )
    }

    internals = {n for n in used if n.startswith("npcengine.") and n.split(".")[1].islower()}
    assert internals <= PUBLIC_PACKAGES, f"not public: {internals - PUBLIC_PACKAGES}"
    if inside[0] == "village":
        assert not {name for name in used if name.split(".")[0] in ("pygame", "npcengine")}
    if inside[0] not in ("screen", "keyboard.py"):
        assert "pygame" not in top, "pygame is imported late, so that --help needs no display"


@pytest.mark.parametrize(
    "path",
    modules("npcengine", "demo_game", "tools", "tests", "examples"),
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_no_module_is_long_without_a_reason(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    name = path.relative_to(ROOT).as_posix()

    assert lines <= MAX_LINES or name in LONG_FOR_A_REASON or name.startswith("tests/")


def test_the_reasons_for_long_modules_are_still_needed() -> None:
    for name in LONG_FOR_A_REASON:
        assert len((ROOT / name).read_text().splitlines()) > MAX_LINES, f"{name} is short now"


def test_the_public_names_are_the_ones_that_are_there() -> None:
    import npcengine

    assert sorted(npcengine.__all__) == npcengine.__all__
    assert all(hasattr(npcengine, name) for name in npcengine.__all__)


def test_every_package_says_what_it_is() -> None:
    for path in modules("npcengine", "demo_game", "tools", "examples"):
        if path.name == "__init__.py":
            assert ast.get_docstring(ast.parse(path.read_text())), f"{path} says nothing"
