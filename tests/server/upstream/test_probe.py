"""What is found of a server, once and at the start; and what follows from it."""

import re

import pytest

from npcengine.errors import UsageError
from tests.server.http_table import post
from tests.server.table import TOOLS, Json, text_in
from tests.server.upstream.scripted import Upstream, call, finish, refuses, run, says, table, tell

pytestmark = pytest.mark.sockets

LLAMA: dict[str, Json] = {"GET /props": {"total_slots": 2, "build_info": "b1"}}
OLLAMA: dict[str, Json] = {
    "GET /api/version": {"version": "0.40.12"},
    "POST /api/generate": {"done": True},
}


@pytest.mark.parametrize(
    ("owner", "places", "words"),
    [
        ("llamacpp", LLAMA, "llama.cpp at .*, 2 slots"),
        ("llamacpp", {}, "llama.cpp at [^,]*, asked at /chat/completions$"),
        ("vllm", {}, "vLLM at"),
        ("organization_owner", {}, "LM Studio at"),
        ("library", OLLAMA, "Ollama at"),
        ("somebody", {}, "a server at"),
    ],
)
def test_a_server_is_known_by_what_it_says_of_itself(
    owner: str, places: dict[str, Json], words: str
) -> None:
    async def main() -> None:
        async with table(Upstream(owner=owner, places=places)) as (_, _, gateway):
            assert re.search(words, str(await gateway.open()))

    run(main())


@pytest.mark.parametrize(
    ("there", "asked"),
    [
        ({"chat/completions"}, "/chat/completions"),
        ({"responses"}, "/responses"),
        ({"chat/completions", "responses"}, "/chat/completions"),
    ],
)
def test_a_chat_is_asked_for_where_there_is_one(there: set[str], asked: str) -> None:
    async def main() -> None:
        upstream = Upstream()
        upstream.endpoints = there
        async with table(upstream) as (_, _, gateway):
            assert f"asked at {asked}" in str(await gateway.open())

    run(main())


def test_a_server_with_neither_is_none_for_us_and_it_says_what_to_do() -> None:
    async def main() -> None:
        upstream = Upstream()
        upstream.endpoints = set()
        with pytest.raises(UsageError, match="base URL, or say api=chat"):
            async with table(upstream):
                raise AssertionError("opened")

    run(main())


def test_a_model_that_is_not_listed_is_said_to_be_and_a_tag_need_not_be_said() -> None:
    async def main() -> None:
        upstream = Upstream()
        upstream.models = [{"id": "qwen3:latest"}, {"id": "gemma"}]
        async with table(upstream, model="llama") as (_, _, gateway):
            found = str(await gateway.open())
        async with table(upstream, model="qwen3") as (_, _, gateway):
            tagged = str(await gateway.open())

        assert "does not list 'llama' but qwen3:latest, gemma" in found
        assert "does not list" not in tagged

    run(main())


def test_a_server_that_comes_up_later_is_found_when_it_is_asked() -> None:
    async def main() -> None:
        upstream = Upstream(owner="llamacpp", places=LLAMA)
        async with table(upstream, looks=False) as (_, client, _):
            upstream.will([says("Hi"), finish()])
            end = await client.ask(stream_id="s0")

        assert text_in(end) == "Hi"
        assert upstream.asked[0]["id_slot"] == 0

    run(main())


def test_what_the_options_say_is_not_asked_for() -> None:
    async def main() -> None:
        async with table(server="llamacpp", api="chat", slots=3) as (upstream, client, gateway):
            upstream.will([says("Hi"), finish()])
            await client.ask()
            found = str(await gateway.open())

        assert "llama.cpp" in found
        assert "3 slots" in found
        assert len(upstream.calls) == 1

    run(main())


def test_ollama_is_asked_to_keep_the_model_with_its_own_words() -> None:
    async def main() -> None:
        upstream = Upstream(owner="library", places=OLLAMA)
        async with table(upstream, keep_alive="-1") as (_, _, gateway):
            found = str(await gateway.open())

        loads = [call.json for call in upstream.server.calls if "/api/generate" in call.line]
        assert loads == [{"model": "m1", "keep_alive": -1}]
        assert "keep_alive -1" in found

    run(main())


def test_a_server_that_cannot_be_kept_from_calling_is_offered_no_tools_then() -> None:
    async def main() -> None:
        async with table(Upstream(owner="library", places=OLLAMA)) as (upstream, client, _):
            upstream.will([says("Hi"), finish()], call())
            await client.ask(tools=TOOLS, tool_choice="none")
            await client.ask(tools=TOOLS)

        assert "tools" not in upstream.asked[0]
        assert len(upstream.asked[1]["tools"]) == 2

    run(main())


# --- slots of llama.cpp -----------------------------------------------------------------------


def test_a_lane_keeps_its_slot_and_the_one_used_longest_ago_is_given_away() -> None:
    async def main() -> None:
        async with table(Upstream(owner="llamacpp", places=LLAMA)) as (upstream, client, _):
            for lane in ("a", "b", "a", "b", "c", "a", "b"):
                upstream.will([says("Hi"), finish()])
                await client.ask(stream_id=lane)
            upstream.will([says("Hi"), finish()])
            await client.ask(stream_id="b")

        # c takes the slot of a, which was idle longest; a then that of b, and b that of c.
        assert [body["id_slot"] for body in upstream.asked] == [0, 1, 0, 1, 0, 1, 0, 0]

    run(main())


def test_a_conversation_that_moves_to_another_lane_takes_its_slot_along() -> None:
    async def main() -> None:
        async with table(Upstream(owner="llamacpp", places=LLAMA)) as (upstream, client, _):
            upstream.will(*[[says("Hi"), finish()]] * 3)
            first = await client.ask(stream_id="a")
            await client.ask(stream_id="b")
            await client.ask(stream_id="c", previous_response_id=first["response"]["id"])

        assert [body["id_slot"] for body in upstream.asked] == [0, 1, 0]

    run(main())


def test_more_lanes_than_slots_wait_for_one_and_each_slot_has_one_at_a_time() -> None:
    async def main() -> None:
        async with table(Upstream(owner="llamacpp", places=LLAMA)) as (upstream, client, _):
            for number in range(5):
                client.create(stream_id=f"s{number}")
            await upstream.is_asked(2)
            for number in range(5):
                asked = await upstream.is_asked(number + 1)
                assert len(upstream.asked) <= number + 2
                asked.head()
                tell(asked, says("Hi"), finish())
                asked.end()
                await client.ends(number + 1)

        slots = [body["id_slot"] for body in upstream.asked]
        assert slots[:2] == [0, 1]
        assert len(slots) == 5

    run(main())


def test_a_cancelled_answer_frees_its_slot() -> None:
    async def main() -> None:
        upstream = Upstream(owner="llamacpp", places={"GET /props": {"total_slots": 1}})
        async with table(upstream) as (_, client, _):
            client.create(stream_id="a")
            await upstream.is_asked(1)
            client.create(stream_id="b")
            client.send({"type": "response.cancel", "stream_id": "a"})
            upstream.will([says("Hi"), finish()])
            ends = await client.ends(2)

        assert [end["stream_id"] for end in ends] == ["a", "b"]
        assert text_in(ends[1]) == "Hi"

    run(main())


def test_what_comes_over_http_is_left_to_the_server_to_place() -> None:
    async def main() -> None:
        async with table(Upstream(owner="llamacpp", places=LLAMA)) as (upstream, _, gateway):
            upstream.will([says("Hi"), finish()], refuses("400 Bad Request"))
            whole = await post(gateway)
            refused = await post(gateway)

        assert whole.json["status"] == "completed"
        assert refused.status == 400
        assert "id_slot" not in upstream.asked[0]
        assert upstream.asked[0]["cache_prompt"] is True

    run(main())
