"""Slots as files: what holds one up, what spoils one, and what is done about it."""

import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from npcengine.errors import SaveError, UsageError
from npcengine.memory import slots
from npcengine.memory.history import History, Kept, Kind, Mark
from npcengine.memory.memory import MAX_GAME_BYTES, Memories, Save
from npcengine.memory.slots import read_slot, write_slot
from tests.memory.shaping import dying, read, said, same, traced, village

IN_A_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def save() -> Save:
    return village().save(at_ms=3_000, game=b"the game's own", game_version="1.2")


@pytest.fixture(scope="module")
def good(save: Save, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A slot to make bad copies of."""
    path = tmp_path_factory.mktemp("good") / "1.npc"
    write_slot(path, save)
    return path


def spoil(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def kept(*bodies: tuple[Kind, bytes]) -> Kept:
    history = History(Mark())
    records = tuple(history.record(kind, body) for kind, body in bodies)
    return Kept(history.mark, records)


def is_saved(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as db:
        return bool(db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def emptied(folder: Path) -> Path:
    """The folder, without what an example before left in it."""
    shutil.rmtree(folder)
    folder.mkdir()
    return folder


# --- what a slot is -----------------------------------------------------------------------------


def test_a_slot_gives_back_what_was_saved_and_stands_alone_as_one_file(
    save: Save, tmp_path: Path
) -> None:
    path = tmp_path / "not there yet" / "sløt 1.npc"

    write_slot(path, save)

    assert same(read(path), save)
    assert [file.name for file in path.parent.iterdir()] == ["sløt 1.npc"]


def test_a_slot_is_in_wal_mode(save: Save, tmp_path: Path) -> None:
    write_slot(tmp_path / "1.npc", save)

    with closing(sqlite3.connect(tmp_path / "1.npc")) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_second_save_writes_only_what_is_new(tmp_path: Path) -> None:
    memories, path = village(), tmp_path / "1.npc"
    write_slot(path, memories.save(at_ms=0))
    memories.of("mira").episodes.remember("saw", "a fox", who="fox", at_ms=1)

    with traced(done := list[str]()):
        write_slot(path, memories.save(at_ms=1))

    assert sum(line.startswith("INSERT INTO record") for line in done) == 1
    assert not any(line.startswith("DELETE FROM record WHERE owner =") for line in done)


def test_memories_of_the_future_are_gone_from_a_slot_that_an_older_moment_is_saved_to(
    tmp_path: Path,
) -> None:
    memories = village()
    early = memories.save(at_ms=1)
    memories.of("bram").episodes.remember("saw", "the theft", who="player", at_ms=2)
    memories.knowledge.learn("ring", "The ring is stolen.", at_ms=2)
    write_slot(tmp_path / "1.npc", memories.save(at_ms=2))

    write_slot(tmp_path / "1.npc", early)

    assert same(read(tmp_path / "1.npc"), early)


def test_what_still_works_for_the_abandoned_future_reaches_nobody(tmp_path: Path) -> None:
    memories = village()
    write_slot(tmp_path / "1.npc", memories.save(at_ms=0))
    late = memories.of("mira")

    loaded = read_slot(tmp_path / "1.npc").memories
    late.episodes.remember("heard", "a summary of the theft", who="player", at_ms=9)

    assert same(loaded.save(at_ms=0), village().save(at_ms=0))


# --- what is refused ----------------------------------------------------------------------------


def test_a_slot_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(SaveError, match="there is no save here"):
        read_slot(tmp_path / "1.npc")
    with pytest.raises(SaveError, match="there is no save here"):
        read_slot(tmp_path)

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "content", [b"A letter to my son.\n", b"\x00" * 5_000, b"PK\x03\x04" * 999]
)
def test_a_file_of_another_kind_is_neither_read_nor_written(
    content: bytes, save: Save, tmp_path: Path
) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(content)

    with pytest.raises(SaveError, match="not a save of npcengine: choose another path"):
        read_slot(path)
    with pytest.raises(SaveError, match="not a save of npcengine: choose another path"):
        write_slot(path, save)

    assert path.read_bytes() == content


def test_another_programs_database_is_neither_read_nor_written(save: Save, tmp_path: Path) -> None:
    path = tmp_path / "bookmarks.sqlite"
    spoil(path, "CREATE TABLE bookmark (url TEXT)", "INSERT INTO bookmark VALUES ('x')")
    before = path.read_bytes()

    with pytest.raises(SaveError, match="choose another path"):
        read_slot(path)
    with pytest.raises(SaveError, match="choose another path"):
        write_slot(path, save)

    assert path.read_bytes() == before


def test_an_empty_file_holds_no_save_and_can_take_one(save: Save, tmp_path: Path) -> None:
    path = tmp_path / "1.npc"
    path.touch()

    with pytest.raises(SaveError, match="no save in this file"):
        read_slot(path)
    write_slot(path, save)

    assert same(read(path), save)


def test_a_slot_of_a_newer_npcengine_is_left_alone(save: Save, tmp_path: Path) -> None:
    path = tmp_path / "1.npc"
    write_slot(path, save)
    spoil(path, "PRAGMA user_version = 2", "CREATE TABLE dream (text TEXT)")
    before = path.read_bytes()

    with pytest.raises(SaveError, match=r"newer npcengine \(schema 2\): update npcengine"):
        read_slot(path)
    with pytest.raises(SaveError, match="newer"):
        write_slot(path, save)

    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record SET body = json_set(body, '$.text', 'You are rich.') WHERE kind = 'episode'",
        "UPDATE record SET kind = 'fact'",
        "UPDATE record SET sequence = sequence + 100",
        "UPDATE record SET body = CAST(body AS TEXT)",
        "DELETE FROM record WHERE sequence = 1",
        "DELETE FROM owner WHERE name = 'mira'",
        "DELETE FROM moment",
        "UPDATE owner SET sequence = sequence - 1",
        "UPDATE owner SET digest = 'text'",
        "UPDATE owner SET name = 7 WHERE name = 'mira'",
        "UPDATE moment SET game = zeroblob(10)",
        "UPDATE moment SET game = 'text'",
        "UPDATE moment SET at_ms = -1",
        "UPDATE moment SET at_ms = 'noon'",
        "UPDATE moment SET game_version = '9'",
        "INSERT INTO record SELECT 'no', sequence, '', '', kind, '' FROM record LIMIT 1",
        "CREATE VIEW more AS SELECT * FROM record",
        "CREATE TRIGGER t AFTER DELETE ON record BEGIN DELETE FROM owner; END",
        "DROP TABLE record",
    ],
)
def test_a_slot_that_was_changed_from_outside_is_refused(
    statement: str, save: Save, tmp_path: Path
) -> None:
    path = tmp_path / "1.npc"
    write_slot(path, save)
    spoil(path, statement)

    with pytest.raises(SaveError, match=r"is damaged .*: load another save, or delete this one"):
        read_slot(path)


@pytest.mark.parametrize(
    ("owner", "kind", "body"),
    [
        ("mira", "item", b"[]"),
        ("mira", "item", b'{"type":7}'),
        ("mira", "item", b"{" * 100_000),
        ("mira", "item", b'{"x":' + b"[" * 100_000),
        ("mira", "item", b"\xff"),
        ("mira", "episode", b"{}"),
        ("mira", "episode", b'{"at_ms":1,"kind":"dreamt","who":"","text":"","importance":0}'),
        ("mira", "episode", b'{"at_ms":1,"kind":"saw","who":"","text":"","importance":1e9}'),
        ("mira", "fact", b'{"scope":"world","subject":"x","text":"","at_ms":1}'),
        ("", "fact", b'{"scope":"all","subject":"x","text":"","at_ms":1}'),
        ("", "item", b"{}"),
    ],
)
def test_a_save_made_up_with_digests_that_fit_is_still_held_to_its_types(
    owner: str, kind: Kind, body: bytes, tmp_path: Path
) -> None:
    path, content = tmp_path / "1.npc", kept((kind, body))
    npcs = {owner: content} if owner else {}
    write_slot(path, Save(0, npcs, Kept() if owner else content))

    with pytest.raises(SaveError, match="is damaged"):
        read_slot(path)


def test_a_save_made_up_to_be_huge_is_cut_to_what_an_npc_can_keep(tmp_path: Path) -> None:
    episode: tuple[Kind, bytes] = (
        "episode",
        b'{"at_ms":1,"kind":"saw","who":"","text":"","importance":0}',
    )
    write_slot(tmp_path / "1.npc", Save(0, {"mira": kept(*[episode] * 2_000)}))

    assert len(read_slot(tmp_path / "1.npc").memories.of("mira").episodes.all) <= 512


def test_a_games_own_state_is_bounded() -> None:
    with pytest.raises(UsageError, match="game"):
        Memories().save(at_ms=0, game=bytes(MAX_GAME_BYTES + 1))
    with pytest.raises(UsageError, match="game_version"):
        Memories().save(at_ms=0, game_version="1" * 201)
    with pytest.raises(UsageError, match="UTF-8"):
        Memories().save(at_ms=0, game_version="\ud800")
    with pytest.raises(UsageError, match="at_ms"):
        Memories().save(at_ms=-1)


def test_the_largest_state_of_a_game_can_be_saved(tmp_path: Path) -> None:
    largest = Memories().save(at_ms=0, game=bytes(MAX_GAME_BYTES))

    write_slot(tmp_path / "1.npc", largest)

    assert len(read_slot(tmp_path / "1.npc").game) == MAX_GAME_BYTES


def test_a_save_that_has_no_room_leaves_the_slot_as_it_was(
    save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "1.npc"
    write_slot(path, save)
    monkeypatch.setattr(slots, "MAX_SLOT_BYTES", 64 * 1024)

    with pytest.raises(SaveError, match="no room"):
        write_slot(path, village().save(at_ms=0, game=bytes(1_000_000)))

    assert same(read(path), save)


def test_a_slot_that_cannot_be_made_is_refused_with_what_to_look_at(
    save: Save, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(SaveError, match="check the folder"):
        write_slot(tmp_path / "file" / "1.npc", save)
    with pytest.raises(SaveError, match="check the folder"):
        write_slot(tmp_path, save)


# --- what goes bad ------------------------------------------------------------------------------


def try_out(path: Path, save: Save) -> None:
    """A spoiled slot is refused or whole, and a save to it fails or can be read."""
    before = path.read_bytes()
    try:
        assert same(read(path), save)
    except SaveError:
        assert path.read_bytes() == before
    newer = village()
    newer.of("mira").episodes.remember("saw", "a fox", who="fox", at_ms=1)
    newest = newer.save(at_ms=4_000, game=b"newer")
    try:
        write_slot(path, newest)
    except SaveError:
        return
    assert same(read(path), newest)


@IN_A_FOLDER
@given(data=st.data())
def test_a_slot_with_flipped_bits_is_refused_or_whole(
    data: st.DataObject, save: Save, good: Path, tmp_path: Path
) -> None:
    spoiled = bytearray(good.read_bytes())
    for bit in data.draw(st.lists(st.integers(0, len(spoiled) * 8 - 1), min_size=1, max_size=4)):
        spoiled[bit // 8] ^= 1 << bit % 8
    path = emptied(tmp_path) / "1.npc"
    path.write_bytes(spoiled)

    try_out(path, save)


@IN_A_FOLDER
@given(at=st.floats(0, 1), junk=st.binary(max_size=600), ends=st.booleans())
def test_a_slot_that_is_cut_short_or_overwritten_is_refused_or_whole(
    at: float, junk: bytes, ends: bool, save: Save, good: Path, tmp_path: Path
) -> None:
    content = good.read_bytes()
    start = int(at * len(content))
    path = emptied(tmp_path) / "1.npc"
    path.write_bytes(content[:start] + junk + (b"" if ends else content[start + len(junk) :]))

    try_out(path, save)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record SET digest = x'00' WHERE owner = 'mira'",
        "UPDATE record SET after = x'00' WHERE owner = 'mira'",
        "UPDATE record SET body = x'00' WHERE owner = 'mira'",
        "UPDATE record SET owner = 'nobody' WHERE owner = 'mira'",
        "UPDATE record SET sequence = sequence + 100",
        "UPDATE owner SET name = CAST(name AS BLOB)",
        "DELETE FROM moment",
    ],
)
def test_a_save_mends_what_had_gone_bad_in_its_slot(
    statement: str, save: Save, tmp_path: Path
) -> None:
    path = tmp_path / "1.npc"
    write_slot(path, save)
    spoil(path, statement)

    write_slot(path, save)

    assert same(read(path), save)


@IN_A_FOLDER
@given(at=st.integers(0, 40), first=st.booleans())
def test_a_slot_holds_one_moment_whole_wherever_its_writer_dies(
    at: int, first: bool, save: Save, tmp_path: Path
) -> None:
    folder, image = emptied(tmp_path) / "slots", tmp_path / "image"
    folder.mkdir()
    newer = village()
    newer.of("mira").episodes.remember("saw", "a fox", who="fox", at_ms=1)
    newest = newer.save(at_ms=4_000)
    if not first:
        write_slot(folder / "1.npc", save)

    with dying(folder, at, image):
        write_slot(folder / "1.npc", newest)

    if first and not is_saved(image / "1.npc"):
        with pytest.raises(SaveError, match="no save"):
            read(image / "1.npc")
    else:
        found = read(image / "1.npc")
        assert same(found, newest) or (not first and same(found, save))
    write_slot(image / "1.npc", newest)
    assert same(read(image / "1.npc"), newest)


@IN_A_FOLDER
@given(at=st.integers(0, 40))
def test_what_a_dead_writer_left_beside_another_slot_mixes_no_moments(
    at: int, save: Save, good: Path, tmp_path: Path
) -> None:
    """A player copies a slot over one whose writer was killed, and leaves its log there."""
    folder, image = emptied(tmp_path) / "slots", tmp_path / "image"
    folder.mkdir()
    other = Memories()
    other.of("bram").transcript.follow([said("Ho!")])
    moments = [save, other.save(at_ms=1), other.save(at_ms=2)]
    write_slot(folder / "1.npc", moments[1])
    with dying(folder, at, image):
        write_slot(folder / "1.npc", moments[2])
    shutil.copy(good, image / "1.npc")

    try:
        found = read(image / "1.npc")
    except SaveError:
        return
    assert any(same(found, moment) for moment in moments)


# --- more than one --------------------------------------------------------------------------------


def test_a_slot_in_use_elsewhere_is_said_to_be_so(
    save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "1.npc"
    write_slot(path, save)
    monkeypatch.setattr(slots, "WAIT_S", 0.0)

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SaveError, match="is using it: try again"):
            write_slot(path, save)
        assert same(read(path), save)

    write_slot(path, save)


def test_threads_that_save_to_one_slot_wait_for_each_other(tmp_path: Path) -> None:
    path, failures = tmp_path / "1.npc", list[Exception]()
    moments = list[Save]()
    for number in range(4):
        memories = village()
        memories.of("mira").episodes.remember("saw", f"fox {number}", who="fox", at_ms=number)
        moments.append(memories.save(at_ms=number))

    def work(moment: Save) -> None:
        try:
            for _ in range(5):
                write_slot(path, moment)
                found = read(path)
                assert any(same(found, each) for each in moments)
        except Exception as error:  # noqa: BLE001 - told to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(moment,)) for moment in moments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failures


@pytest.mark.slow
def test_a_process_that_is_killed_while_it_saves_leaves_a_moment_that_was_saved(
    tmp_path: Path,
) -> None:
    path = tmp_path / "1.npc"
    program = textwrap.dedent("""
        import sys
        from npcengine.memory.slots import write_slot
        from tests.memory.shaping import village
        memories = village()
        for number in range(1_000_000):
            memories.of("mira").episodes.remember("did", f"step {number}", who="mira", at_ms=number)
            write_slot(sys.argv[1], memories.save(at_ms=number))
            print(number, flush=True)
    """)
    for _ in range(3):
        command = [sys.executable, "-c", program, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            said_done = [int(child.stdout.readline()) for _ in range(7)][-1]
            child.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
            said_done = max([said_done, *map(int, child.stdout.read().split())])

        slot = read_slot(path)

        assert slot.at_ms >= said_done, "what was reported as saved is there"
        steps = [e.text for e in slot.memories.of("mira").episodes.all if e.kind == "did"][1:]
        assert steps == [f"step {number}" for number in range(slot.at_ms + 1)]
