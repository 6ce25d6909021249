"""Recording a game, running it again from the file, and finding where it differs."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import npcengine
from npcengine.replay.command.__main__ import main as npc_replay


class Wave(npcengine.Action, frozen=True):
    """Wave to somebody."""

    to: str


def greetings(
    bridge: npcengine.Bridge, game: dict[str, Any]
) -> Callable[[float, list[Any]], object]:
    """Set the game up; return what plays a frame of it."""
    mira = bridge.npc("Mira", persona="A baker.", actions=[Wave])
    waves: list[str] = []

    def frame(dt: float, inputs: list[Any]) -> None:
        for words in inputs:  # what the player did comes back in a re-run
            bridge.input(words)
            mira.tell(words, by=str(game["player"]))
        for intention in bridge.update(dt):
            match intention:
                case npcengine.Commit(action=Wave(to=to)):
                    waves.append(to)
        bridge.checkpoint(" ".join(waves))

    return frame


def main() -> None:
    """Record ten seconds, and run them again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "greetings.npctrace"
        recording = npcengine.Recording(path=path, game={"player": "Anna"})
        with npcengine.Bridge("local:", virtual=True, record=recording) as bridge:
            frame = greetings(bridge, {"player": "Anna"})
            for number in range(600):
                frame(1 / 60, ["Good evening!"] if number == 30 else [])
        npc_replay(["exact", str(path), "--game", "examples.recording:greetings"])


if __name__ == "__main__":
    main()
