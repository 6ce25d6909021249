# Lists what there is.
_default:
    @just --list

# Everything a merge needs: format, lint, types, tests.
check: lint types test

# Looks at format and lint, and changes nothing.
lint:
    uv run --group lint ruff format --check .
    uv run --group lint ruff check .
    uv run --group lint codespell

# Checks types, with both checkers.
types:
    uv run --group lint mypy
    uv run --group lint pyright

# Runs the tests; arguments go to pytest: `just test -k lane`.
test *arguments:
    uv run pytest {{arguments}}

# Puts format right, and what lint can.
fix:
    uv run --group lint ruff format .
    uv run --group lint ruff check --fix .

# Plays the game.
demo *arguments:
    uv run npc-demo {{arguments}}

# Runs the game tests on the other pygame, in an environment of its own.
test-pygame-ce:
    uv run --isolated --no-default-groups --with pytest --with hypothesis --with jsonschema --with pillow --with blockbuster --with 'pygame-ce>=2.5.6' pytest tests/demo tests/examples

# Measures: `just bench events` (the cost of an event) or `just bench turns` (how early, how late).
bench *arguments:
    uv run python -m tools.bench {{arguments}}

# Draws the assets again.
assets:
    uv run python -m tools.make_assets

# Trains the gateway's vocabulary again.
vocabulary:
    uv run --group vocabulary python -m tools.make_vocabulary

# Takes the pictures of the README again.
pictures:
    uv run npc-demo --headless --autoplay --frames 1800 --virtual --screenshot docs/pictures/lanternwick.png
    uv run npc-demo --headless --autoplay --frames 1800 --overlay --screenshot docs/pictures/overlay.png
