"""What is stored: found by its owner, shared between gateways, bounded, and whole after a crash."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.errors import UsageError
from npcengine.protocol.items import Item, user_text
from npcengine.server.context import EMPTY, Context
from npcengine.server.gateway import Gateway
from npcengine.server.ids import Ids
from npcengine.server.limits import Limits
from npcengine.server.minds.pace import Pace
from npcengine.server.shelf import Kept, Shelf
from npcengine.server.store import Store
from tests.server.http_table import ask
from tests.server.items import any_items
from tests.server.table import Client, Json, ParrotMind, text_in


def kept(id: str, *said: Item, parent: str | None = None, **more: Any) -> Kept:
    """A response that says everything again that its request said."""
    context: Context = more.pop("context", EMPTY)
    context = Context(context, said, 0, 0, 0, frozenset())
    defaults: Json = {"owner": "me", "created_s": 0, "body": id.encode(), "continues": True}
    return Kept(
        **{**defaults, **more},
        id=id,
        parent_id=parent,
        inputs=said,
        outputs=said,
        context=context,
    )


@contextmanager
def shelf(path: Path | None = None, **limits: Any) -> Generator[Shelf]:
    with closing(Shelf(None if path is None else str(path), Limits(**limits))) as opened:
        yield opened


def pieces(of: Shelf) -> int:
    number: int = of._db.execute("SELECT count(*) FROM piece").fetchone()[0]
    return number


def check_totals(of: Shelf) -> None:
    """Check what is counted against what is there."""
    counted = of._db.execute("SELECT responses, bytes FROM total").fetchall()
    there = of._db.execute(
        "SELECT (SELECT count(*) FROM response),"
        " (SELECT ifnull(sum(length(body)), 0) FROM response)"
        " + (SELECT ifnull(sum(length(items)), 0) FROM piece)"
    ).fetchall()
    assert counted == there


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("keep"), st.integers(-1, 9), st.lists(any_items, max_size=2), st.booleans()
        ),
        st.tuples(st.just("delete"), st.integers(0, 9)),
    ),
    max_size=12,
)


@given(steps=steps, most=st.integers(1, 6))
def test_any_order_of_keeping_and_deleting_gives_back_what_is_left_whole(
    steps: list[tuple[Any, ...]], most: int
) -> None:
    said: list[tuple[Item, ...]] = []
    contexts: list[Context] = []
    left: list[int] = []
    with shelf(stored_responses=most) as store:
        for step in steps:
            if step[0] == "delete":
                assert store.delete("me", f"resp_{step[1]}") == (step[1] in left)
                left = [one for one in left if one != step[1]]
                continue
            parent: int = step[1]
            items: list[Item] = step[2]
            stored: bool = step[3]
            before = contexts[parent] if 0 <= parent < len(said) else EMPTY
            number = len(said)
            one = kept(
                f"resp_{number}",
                *items,
                parent=f"resp_{parent}" if parent >= 0 else None,
                context=before,
            )
            said.append((*before.history(), *items, *items))
            contexts.append(Context(one.context, tuple(items), 0, 0, 0, frozenset()))
            if stored:
                store.keep(one)
                left = [*left, number][-most:]
        for number, whole in enumerate(said):
            expected = whole if number in left else None
            assert store.conversation("me", f"resp_{number}") == expected
            assert (store.body("me", f"resp_{number}") is not None) == (number in left)
        check_totals(store)
        for number in left:
            store.delete("me", f"resp_{number}")
        assert pieces(store) == 0, "nothing is kept that nothing needs"


def test_a_long_chain_is_stored_once() -> None:
    with shelf() as store:
        context, parent = EMPTY, None
        for number in range(200):
            one = kept(f"resp_{number}", user_text("x" * 100), parent=parent, context=context)
            store.keep(one)
            context = Context(one.context, one.outputs, 0, 0, 0, frozenset())
            parent = one.id
        (size,) = store._db.execute("SELECT bytes FROM total").fetchone()
        whole = store.conversation("me", "resp_199")

    assert whole is not None
    assert len(whole) == 400
    assert size < 200 * 500


def test_what_is_too_old_or_too_large_goes_oldest_first() -> None:
    with shelf(stored_age_s=100, stored_bytes=10_000) as store:
        store.keep(kept("resp_a", created_s=0))
        store.keep(kept("resp_b", created_s=90))
        store.keep(kept("resp_c", created_s=101))
        by_age = [store.body("me", id) for id in ("resp_a", "resp_b", "resp_c")]
        store.keep(kept("resp_d", user_text("x" * 3_000), created_s=101))
        store.keep(kept("resp_e", user_text("x" * 3_000), created_s=101))
        by_size = [store.body("me", id) for id in ("resp_b", "resp_c", "resp_d", "resp_e")]
        store.keep(kept("resp_f", user_text("x" * 6_000), created_s=101))
        check_totals(store)
        nothing = store.body("me", "resp_f"), pieces(store)

    assert by_age == [None, b"resp_b", b"resp_c"]
    assert by_size == [None, None, None, b"resp_e"]
    assert nothing == (None, 0), "one that is over the bound by itself is not kept"


def test_what_one_owner_stored_is_nobody_elses() -> None:
    with shelf() as store:
        store.keep(kept("resp_a", user_text("hello")))
        store.keep(kept("resp_a", user_text("other"), owner="you"))
        seen = [
            (
                store.body(owner, "resp_a"),
                store.conversation(owner, "resp_a"),
                store.inputs(owner, "resp_a"),
            )
            for owner in ("them", "")
        ]
        deleted = store.delete("them", "resp_a")
        mine = store.inputs("me", "resp_a")

    assert seen == [(None, None, None)] * 2
    assert not deleted
    assert mine == (user_text("hello"),)


# --- the file ---------------------------------------------------------------------------------


def test_what_was_stored_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "minds.db"
    with shelf(path) as store:
        store.keep(kept("resp_a", user_text("hello")))
    with shelf(path) as store:
        store.keep(kept("resp_b", user_text("again"), parent="resp_a"))
        said = store.conversation("me", "resp_b")
        (journal,) = store._db.execute("PRAGMA journal_mode").fetchone()

    assert journal == "wal", "readers and writers of several gateways get by"
    assert said == (user_text("hello"),) * 2 + (user_text("again"),) * 2
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0, "what people said is nobody else's business"


def test_what_is_deleted_is_gone_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "minds.db"
    with shelf(path) as store:
        store.keep(kept("resp_a", user_text("an old secret")))
        store.delete("me", "resp_a")

    assert b"an old secret" not in path.read_bytes()


def sqlite_of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE piece (id)")


def store_of_a_later_version(path: Path) -> None:
    with shelf(path) as store:
        store._db.execute("PRAGMA user_version = 99")


def text(path: Path) -> None:
    path.write_text("a shopping list: " + "bread " * 1_000)


def damaged_store(path: Path) -> None:
    with shelf(path) as store:
        for number in range(100):
            store.keep(kept(f"resp_{number}", user_text("x" * 1_000)))
    data = bytearray(path.read_bytes())
    for page in range(2, len(data) // 4_096):
        data[page * 4_096 : page * 4_096 + 100] = b"\xff" * 100
    path.write_bytes(data)


def folder(path: Path) -> None:
    path.mkdir()


def in_no_folder(path: Path) -> None:
    path.symlink_to(path.parent / "not" / "there")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (sqlite_of_another_program, "it belongs to another program"),
        (store_of_a_later_version, "it is of version 99, and this is 2"),
        (text, "file is not a database"),
        (damaged_store, ""),
        (folder, ""),
        (in_no_folder, ""),
    ],
)
def test_a_file_that_cannot_be_a_store_is_refused_in_one_line_and_left_as_it_is(
    make: Any, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "minds.db"
    make(path)
    before = path.read_bytes() if path.is_file() else b""

    with pytest.raises(UsageError) as raised:
        Shelf(str(path), Limits())

    assert str(raised.value).startswith(f"{path} cannot be used as a store: {says}")
    assert "\n" not in str(raised.value)
    assert (path.read_bytes() if path.is_file() else b"") == before


WRITER = """
import sys
from npcengine.server.limits import Limits
from npcengine.server.shelf import Shelf
from npcengine.protocol.items import user_text
from tests.server.test_store import kept
store, parent = Shelf(sys.argv[1], Limits()), None
for number in range(10_000):
    store.keep(kept(f"resp_{number}", user_text("x" * 200), parent=parent))
    parent = f"resp_{number}"
    print(number, flush=True)
"""


@pytest.mark.slow
def test_a_gateway_that_is_killed_loses_nothing_that_it_said_was_stored(tmp_path: Path) -> None:
    path = tmp_path / "minds.db"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        cwd=Path(__file__).parents[2],
    ) as writer:
        assert writer.stdout is not None
        last = -1
        for _ in range(200):
            last = int(writer.stdout.readline())
        writer.kill()
        writer.stdout.read()

    with shelf(path) as store:
        whole = store.conversation("me", f"resp_{last}")
        check_totals(store)

    assert whole is not None
    assert len(whole) == 2 * (last + 1)


# --- gateways on one file ---------------------------------------------------------------------


def gateway(path: Path, *, seed: int, token: str | None = None) -> Gateway:
    limits = Limits()
    mind = ParrotMind(Pace(ttft_ms=0, tokens_per_s=0))
    return Gateway(mind, token=token, limits=limits, ids=Ids(seed), store=Store(limits, str(path)))


def test_a_second_gateway_on_the_same_file_goes_on_at_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "minds.db"

    async def main() -> list[str]:
        one, other = gateway(path, seed=1), gateway(path, seed=2)
        clients = Client(one), Client(other)
        last: Json = {}
        for number in range(6):
            last = await clients[number % 2].ask(
                "everything" if number == 5 else f"turn {number}",
                **({"previous_response_id": last["response"]["id"]} if last else {}),
            )
        side_by_side = await asyncio.gather(
            *(
                Client(g).ask(f"fork {n}", previous_response_id=last["response"]["id"])
                for n, g in enumerate([one, other] * 8)
            )
        )
        await one.close()
        await other.close()
        return [text_in(last), *(text_in(end) for end in side_by_side)]

    said, *forks = asyncio.run(main())

    turns = [f"turn {n}" for n in range(5)]
    assert said == " / ".join([*(word for turn in turns for word in (turn, turn)), "everything"])
    assert forks == [f"fork {n}" for n in range(16)]


def test_ids_belong_to_a_token_and_the_token_is_not_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "minds.db"

    async def main() -> list[tuple[int, str | None]]:
        mine = gateway(path, seed=1, token="my-own-token")
        yours = gateway(path, seed=2, token="your-own-token")
        as_me, as_you = (
            {"authorization": f"Bearer {token}"} for token in ("my-own-token", "your-own-token")
        )
        body: Json = {"model": "m", "input": "hello"}
        said = (await ask(mine, "POST", "/v1/responses", body, **as_me)).json
        path_of = f"/v1/responses/{said['id']}"
        body["previous_response_id"] = said["id"]
        came = [
            await ask(yours, "GET", path_of, **as_you),
            await ask(yours, "GET", f"{path_of}/input_items", **as_you),
            await ask(yours, "DELETE", path_of, **as_you),
            await ask(yours, "POST", f"{path_of}/cancel", **as_you),
            await ask(yours, "POST", "/v1/responses", body, **as_you),
            await ask(mine, "GET", path_of, **as_me),
        ]
        await mine.close()
        await yours.close()
        return [(one.status, (one.json["error"] or {"code": "none"})["code"]) for one in came]

    statuses = asyncio.run(main())

    assert statuses == [
        *[(404, None)] * 4,
        (400, "previous_response_not_found"),
        (200, "none"),
    ]
    assert b"own-token" not in path.read_bytes()


def test_a_store_that_breaks_costs_no_answer_and_is_an_error_when_it_is_asked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "minds.db"

    async def main() -> tuple[Json, Json, int]:
        broken = gateway(path, seed=1)
        with closing(sqlite3.connect(path)) as vandal:
            vandal.execute("DROP TABLE response")
        client = Client(broken)
        first = await client.ask("hello")
        second = await client.ask("everything", previous_response_id=first["response"]["id"])
        seen = await ask(broken, "GET", f"/v1/responses/{first['response']['id']}")
        await broken.close()
        return first, second, seen.status

    first, second, seen = asyncio.run(main())

    assert first["type"] == "response.completed"
    assert text_in(second) == "hello / hello / everything", "the connection has it"
    assert seen == 500
    assert "could not be stored" in caplog.text


def test_the_loop_goes_on_while_another_program_holds_the_file(tmp_path: Path) -> None:
    path = tmp_path / "minds.db"

    async def main() -> list[str]:
        held = gateway(path, seed=1)
        with closing(sqlite3.connect(path, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            client, other = Client(held), Client(held)
            client.create("kept", store=True)
            await client.until(lambda events: any("done" in one["type"] for one in events))
            unhindered = await other.ask("quick", store=False)
            before = client.types()[-1]
            holder.execute("ROLLBACK")
        (end,) = await client.ends()
        await held.close()
        return [unhindered["type"], before, end["type"]]

    quick, before, after = asyncio.run(main())

    assert quick == after == "response.completed"
    assert before != "response.completed", "what is said to be stored is stored"
