import threading

from npcengine.bridge.mailbox import MAX_EDGES, Mailbox
from npcengine.session.outside import Committed, Hinted, NpcState, TurnOver
from npcengine.world.actions import ActionSpec
from tests.bridge.acts import Wave

SPEC = ActionSpec(Wave)


def test_a_game_that_has_stalled_loses_announcements_and_nothing_else() -> None:
    mailbox = Mailbox()
    for number in range(MAX_EDGES):
        mailbox.put(TurnOver("mira", number, "completed", 0))

    mailbox.put(Hinted("mira", 1, 0, "call_1", SPEC))
    mailbox.put(Committed("mira", 1, 0, "call_1", SPEC, Wave(), 0.0))

    assert mailbox.dropped == 1
    assert len(mailbox.edges) == MAX_EDGES + 1
    assert isinstance(mailbox.edges[-1], Committed)


def test_only_the_newest_state_crosses_however_many_there_were() -> None:
    mailbox = Mailbox()
    for number in range(1_000):
        mailbox.show("mira", number, NpcState(1, "speaking", "x" * number))
    mailbox.show("tomas", 1_000, NpcState(1, "thinking"))

    changed = mailbox.changed()

    shown = [(name, n, len(state.speech)) for name, n, state in changed]
    assert shown == [("mira", 999, 999), ("tomas", 1_000, 0)]
    assert mailbox.changed() == []


def test_the_last_state_always_arrives_whatever_the_threads_do() -> None:
    mailbox = Mailbox()
    last = 20_000

    def write() -> None:
        for number in range(1, last + 1):
            mailbox.show("mira", number, NpcState(number))

    writer = threading.Thread(target=write)
    writer.start()
    seen = [0]
    while writer.is_alive() or seen[-1] != last:
        seen += [state.turn_epoch for _, _, state in mailbox.changed()]
        if not writer.is_alive():
            seen += [state.turn_epoch for _, _, state in mailbox.changed()]
            break
    writer.join(5)

    assert seen == sorted(seen)
    assert seen[-1] == last
