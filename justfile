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

# Measures: `just bench events`, `turns`, `cache` (a tool loop over four wires), `sockets`, `record`.
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

# Tries a server against docs/reference/wire.md: `just conformance --url URL`; ours without one.
conformance *arguments:
    uv run pytest tests/conformance {{arguments}}

# Writes docs/reference/conformance.md again: ours, agentic-api and aimock.
conformance-page:
    uv run python -m tools.conformance

# Holds a bridge to servers that others wrote; installs them first.
test-peers *arguments:
    uv run python -m tools.peers install
    uv run pytest -m peers tests/peers {{arguments}}

# Has the doctor look at them, and writes docs/reference/servers.md.
peers-page:
    uv run python -m tools.peers page

# Tries the gateway with clients that others wrote; installs them first.
test-clients *names:
    uv run python -m tools.clients install {{names}}
    uv run pytest -m clients tests/clients

# Talks to a real model; docs/howto/local_models.md says what it needs.
test-realmodel:
    uv run pytest -m realmodel -rs

# Drives the page of npc-replay in a headless Chromium.
test-browser:
    uv run pytest -m browser tests/replay

# Records the evening and the scenes again, after the village has changed for a good reason: two minutes.
rerecord:
    uv run npc-demo --headless --autoplay --virtual --frames 36000 --record tests/replay/recordings/evening.npctrace
    uv run npc-demo --headless --autoplay night_bell --frames 2100 --record tests/replay/recordings/night_bell.npctrace
    uv run npc-demo --headless --autoplay hold_on --frames 1300 --record tests/replay/recordings/hold_on.npctrace
    uv run npc-demo --headless --autoplay liars_quest --frames 2900 --record tests/replay/recordings/liars_quest.npctrace
