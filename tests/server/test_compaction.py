"""A conversation folded into one item is the same conversation, and nobody else can make one."""

import base64
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from npcengine.protocol.items import Item
from npcengine.server.faults import RequestError
from npcengine.server.gateway import Gateway
from npcengine.server.ids import Ids
from npcengine.server.seal import Seal
from tests.server.http_table import Came, ask, post
from tests.server.items import any_items
from tests.server.table import TOOLS, Client, Json, ParrotMind, make_gateway, run, text_in


@given(folded=st.lists(any_items, max_size=8))
def test_what_is_unfolded_is_what_was_folded(folded: list[Item]) -> None:
    sealed = Seal("a-token").fold(folded)

    assert Seal("a-token").unfold(sealed, "input[0]") == folded


@given(folded=st.lists(any_items, max_size=3), data=st.data())
def test_no_change_of_a_compaction_is_accepted(folded: list[Item], data: st.DataObject) -> None:
    seal = Seal("a-token")
    sealed = seal.fold(folded)
    place = data.draw(st.integers(0, len(sealed) - 1))
    letter = data.draw(st.characters(codec="ascii").filter(lambda c: c not in (sealed[place], "=")))
    changed = sealed[:place] + letter + sealed[place + 1 :]

    said = base64.urlsafe_b64decode(sealed.removeprefix("npc1."))
    # Base64 has letters that say nothing: line ends, and the last bits of the last one.
    assume(not changed.startswith("npc1.") or _decoded(changed) != said)

    with pytest.raises(RequestError) as raised:
        seal.unfold(changed, "input[0].encrypted_content")

    assert (raised.value.status, raised.value.code) == (400, "invalid_compaction")
    assert raised.value.param == "input[0].encrypted_content"


def _decoded(sealed: str) -> bytes | None:
    try:
        return base64.urlsafe_b64decode(sealed.removeprefix("npc1."))
    except ValueError:
        return None


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "npc1.",
        "npc1.AAAA",
        "gAAAAABo-something-of-another-server",
        "npc1." + base64.urlsafe_b64encode(b"\0" * 32 + b"x\x9c\x03\0\0\0\0\x01").decode(),
        "npc1.ünicode",
        Seal("another-token").fold([]),
        Seal(None).fold([]),
        Seal("a-token").fold([]).removeprefix("npc1."),
    ],
)
def test_what_we_did_not_fold_for_this_token_is_refused(forged: str) -> None:
    async def main() -> Came:
        gateway = Gateway(ParrotMind(), token="a-token")
        given: Any = [
            {"role": "user", "content": "hello"},
            {"type": "compaction", "encrypted_content": forged},
        ]
        bearer = {"authorization": "Bearer a-token"}
        body = {"model": "m", "input": given}
        return await ask(gateway, "POST", "/v1/responses", body, **bearer)

    came = run(main())

    assert came.status == 400
    assert came.json["error"]["code"] == "invalid_compaction"
    assert came.json["error"]["param"] == "input[1].encrypted_content"


async def compacted(gateway: Gateway, **of: Any) -> Json:
    came = await ask(gateway, "POST", "/v1/responses/compact", {"model": "m", **of})
    assert came.status == 200, came.body
    return came.json


def test_a_new_chain_from_a_compaction_knows_all_that_was_said() -> None:
    async def main() -> tuple[Json, Came, Json]:
        gateway = make_gateway()
        first = (await post(gateway, "one")).json
        second = (await post(gateway, "two", previous_response_id=first["id"])).json
        window = await compacted(gateway, previous_response_id=second["id"])
        words: Json = {"role": "user", "content": "everything"}
        last = await post(gateway, [*window["output"], words])
        again = await compacted(gateway, input=[*window["output"], words])
        on_socket = await Client(gateway).ask([*again["output"], words])
        return window, last, on_socket

    window, last, on_socket = run(main())

    assert window["object"] == "response.compaction"
    (item,) = window["output"]
    assert item["type"] == "compaction"
    assert window["usage"]["input_tokens"] > window["usage"]["output_tokens"] == 0
    assert text_in({"response": last.json}) == "one / one / two / two / everything"
    assert text_in(on_socket) == "one / one / two / two / everything / everything"


def test_a_call_that_is_open_in_a_compaction_is_answered_after_it() -> None:
    async def main() -> tuple[Came, Came, Came]:
        gateway = make_gateway()
        first = (await post(gateway, "call look", tools=TOOLS)).json
        window = await compacted(gateway, previous_response_id=first["id"])
        call_id = first["output"][0]["call_id"]

        def output(of: str) -> Json:
            return {"type": "function_call_output", "call_id": of, "output": "done"}

        return (
            await post(gateway, window["output"]),
            await post(gateway, [*window["output"], output(call_id)]),
            await post(gateway, [*window["output"], output(call_id), output("call_other")]),
        )

    unanswered, answered, too_much = run(main())

    assert unanswered.status == 400
    assert text_in({"response": answered.json}) == "done"
    assert too_much.json["error"]["param"] == "input[2].call_id", "where it stands in the request"


def test_another_gateway_with_the_same_token_opens_a_compaction() -> None:
    async def main() -> str:
        one, other = (Gateway(ParrotMind(), token="shared", ids=Ids(seed)) for seed in (1, 2))
        bearer = {"authorization": "Bearer shared"}
        body: Json = {"model": "m", "input": "one"}
        window = (await ask(one, "POST", "/v1/responses/compact", body, **bearer)).json
        words: Json = {"role": "user", "content": "everything"}
        body = {"model": "m", "input": [*window["output"], words]}
        return text_in(
            {"response": (await ask(other, "POST", "/v1/responses", body, **bearer)).json}
        )

    assert run(main()) == "one / everything"


def test_nothing_cannot_be_compacted() -> None:
    async def main() -> Came:
        return await ask(make_gateway(), "POST", "/v1/responses/compact", {"model": "m"})

    assert (run(main()).status) == 400
