"""Falling into an NPC's speech: the text stops where it was shown, and the mind knows it did."""

import npcengine

LETTERS_A_FRAME = 1


def main(endpoint: str = "local:", frames: int = 900) -> list[str]:
    """Run for a while with no window; return what happened."""
    story: list[str] = []
    with npcengine.Bridge(endpoint, virtual=endpoint.startswith("local:")) as bridge:
        bram = bridge.npc("Bram", persona="A smith who likes to list his wares.")
        bram.tell("What have you got?", by="player")
        shown = 0
        fell_in = False
        for _ in range(frames):
            bridge.update(1 / 60)
            if bram.speech and not fell_in:
                shown = min(shown + LETTERS_A_FRAME, len(bram.speech))
                bram.heard(shown)  # what is not shown will not have been said
            if shown == 12:
                bram.interrupt("the player spoke")  # from here on the old speech is void
                story.append(f"is cut off at: {bram.speech}")
                bram.tell("No, the dagger!", by="player")
                shown, fell_in = 0, True
        story.append(f"goes on: {bram.speech}")
    return story


if __name__ == "__main__":
    print(*main(), sep="\n")
