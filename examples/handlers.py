"""Actions as handlers instead of a loop over intentions, and a walk that takes its time."""

import npcengine


class WalkTo(npcengine.Action, frozen=True):
    """Walk to a named place."""

    place: str


def main(endpoint: str = "local:", frames: int = 600) -> list[str]:
    """Run for a while with no window; return what happened."""
    story: list[str] = []
    walks: list[tuple[npcengine.Commit, int]] = []
    with npcengine.Bridge(endpoint, virtual=endpoint.startswith("local:")) as bridge:
        mira = bridge.npc("Mira", persona="A baker who hears everything.", actions=[WalkTo])

        @mira.on(WalkTo)
        def set_out(commit: npcengine.Commit, action: WalkTo) -> None:
            story.append(f"sets out for {action.place}")
            walks.append((commit, 90))  # frames that the walk will take

        mira.tell("Could you fetch some water?", by="player")
        for _ in range(frames):
            bridge.update(1 / 60)
            walks[:] = [(commit, left - 1) for commit, left in walks]
            for commit, left in walks:
                if left == 0:
                    commit.succeed("you are there")  # the mind hears of it, and may go on
                    story.append("arrives")
        story.append(f"says: {mira.speech}")
    return story


if __name__ == "__main__":
    print(*main(), sep="\n")
