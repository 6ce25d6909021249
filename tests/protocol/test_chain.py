"""The chain against a model of a server that keeps contexts as protocol.md section 6 says."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec import Raw

from npcengine.errors import LocalProtocolError
from npcengine.protocol.chain import Chain, Place, Plan, Shape
from npcengine.protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    InputText,
    Item,
    ItemReference,
    Message,
    OutputText,
    Reasoning,
    assistant_text,
    encode_item,
    read_item,
    user_text,
)

SHAPE = Shape("m", "You are Mira.", b"[]")
HERE = Place(1)


def texts(items: tuple[Raw, ...]) -> list[Any]:
    return [read_item(item) for item in items]


def test_the_first_request_tells_everything_and_the_next_only_what_is_new() -> None:
    chain = Chain()
    chain.add(user_text("Hello?"))
    first = chain.begin(HERE, SHAPE)
    chain.completed("resp_1", (assistant_text("Yes?"),))
    chain.add(user_text("The ladder?"))

    second = chain.begin(HERE, SHAPE)

    assert first.previous_response_id is None
    assert second.previous_response_id == "resp_1"
    assert texts(second.items) == [user_text("The ladder?")]


@pytest.mark.parametrize(
    ("place", "shape"),
    [
        pytest.param(Place(2), SHAPE, id="another connection"),
        pytest.param(HERE, Shape("m", "You are Tomas.", b"[]"), id="other instructions"),
        pytest.param(HERE, Shape("m", "You are Mira.", b"[{}]"), id="other tools"),
        pytest.param(HERE, Shape("n", "You are Mira.", b"[]"), id="another model"),
    ],
)
def test_everything_is_told_again_where_the_context_is_not_kept(place: Place, shape: Shape) -> None:
    chain = Chain()
    chain.add(user_text("Hello?"))
    chain.begin(HERE, SHAPE)
    chain.completed("resp_1", (assistant_text("Yes?"),))
    chain.add(user_text("The ladder?"))

    plan = chain.begin(place, shape)

    assert plan.previous_response_id is None
    assert texts(plan.items) == [
        user_text("Hello?"),
        assistant_text("Yes?"),
        user_text("The ladder?"),
    ]


def test_a_stored_context_is_continued_on_another_connection() -> None:
    chain = Chain()
    chain.begin(Place(1, stored=True), SHAPE)
    chain.completed("resp_1", ())

    assert chain.begin(Place(2, stored=True), SHAPE).previous_response_id == "resp_1"


def test_a_failure_drops_the_id_and_keeps_what_had_effects() -> None:
    chain = Chain()
    chain.begin(HERE, SHAPE)
    chain.completed("resp_1", ())
    chain.add(user_text("Lock the gate."))
    chain.begin(HERE, SHAPE)
    locked = FunctionCall("call_1", "lock", "{}")
    chain.failed((locked,))
    chain.add(FunctionCallOutput("call_1", "done"))

    plan = chain.begin(HERE, SHAPE)

    assert plan.previous_response_id is None
    assert texts(plan.items)[-2:] == [locked, FunctionCallOutput("call_1", "done")]


def test_items_written_back_carry_no_ids_of_the_server() -> None:
    chain = Chain()
    chain.begin(HERE, SHAPE)
    chain.completed(
        None,
        (
            Message("assistant", (OutputText("Hm."),), id="msg_9", status="completed"),
            FunctionCall("call_1", "lock", "{}", id="fc_9", status="completed"),
            Reasoning(id="rs_1"),
            Reasoning(id="rs_2", encrypted_content="opaque"),
        ),
    )

    assert texts(chain.begin(HERE, SHAPE).items) == [
        Message("assistant", (OutputText("Hm."),)),
        FunctionCall("call_1", "lock", "{}"),
        Reasoning(encrypted_content="opaque"),
    ]


@pytest.mark.parametrize("end", ["completed", "failed", "cut"])
def test_of_a_response_only_what_is_the_models_own_is_written_down(end: str) -> None:
    chain = Chain()
    chain.begin(HERE, SHAPE)
    output = (
        Message("developer", (InputText("It was given."),)),
        Message("user", (InputText("Give it."),)),
        FunctionCallOutput("call_1", "done"),
        ItemReference("resp_of_somebody_else"),
        assistant_text("Hm."),
    )

    if end == "cut":
        chain.cut(output, ())
    else:
        places = chain.failed(output) if end == "failed" else chain.completed("resp_1", output)
        assert places == [None, None, None, None, 0]

    assert texts(chain.transcript) == [assistant_text("Hm.")]


def test_a_chain_has_one_request_at_a_time() -> None:
    chain = Chain()
    chain.begin(HERE, SHAPE)

    with pytest.raises(LocalProtocolError):
        chain.begin(HERE, SHAPE)


class ChainAgainstServer(RuleBasedStateMachine):
    """Whatever happens, the server's context is the transcript and no id it lacks is named."""

    def __init__(self) -> None:
        super().__init__()
        self.chain = Chain()
        self.connection = 1
        self.kept: dict[str, list[bytes]] = {}
        """The server's cache of the live connection: the newest response only."""
        self.running: list[bytes] | None = None
        self.parent: str | None = None
        self.count = 0
        self.said: list[bytes] = []
        self.unsent: list[bytes] = []

    @rule(text=st.sampled_from(["a", "b", "c"]))
    def speak(self, text: str) -> None:
        self.chain.add(user_text(text))
        self.unsent.append(bytes(encode_item(user_text(text))))

    @precondition(lambda self: self.running is None)
    @rule(instructions=st.sampled_from(["x", "x", "x", "y"]))
    def send(self, instructions: str) -> None:
        plan: Plan = self.chain.begin(Place(self.connection), Shape("m", instructions, b""))
        context: list[bytes] = []
        if plan.previous_response_id is not None:
            assert plan.previous_response_id in self.kept, "named an id that the server lacks"
            context = self.kept[plan.previous_response_id]
        self.parent = plan.previous_response_id
        self.running = [*context, *(bytes(item) for item in plan.items)]
        self.said += self.unsent
        self.unsent = []

    @precondition(lambda self: self.running is not None)
    @rule(text=st.sampled_from(["yes", "no"]))
    def complete(self, text: str) -> None:
        assert self.running is not None
        self.count += 1
        output: tuple[Item, ...] = (assistant_text(text),)
        written = [bytes(encode_item(item)) for item in output]
        self.kept = {f"resp_{self.count}": [*self.running, *written]}
        self.running = None
        self.said += written
        self.chain.completed(f"resp_{self.count}", output)

    @precondition(lambda self: self.running is not None)
    @rule()
    def refuse(self) -> None:
        self.running = None
        self.kept.pop(self.parent or "", None)  # a failed continuation evicts its parent
        self.chain.failed()

    @rule()
    def lose_the_connection(self) -> None:
        if self.running is not None:
            self.chain.failed()
        self.running = None
        self.kept = {}
        self.connection += 1

    @invariant()
    def the_running_context_is_all_that_was_said(self) -> None:
        if self.running is not None:
            assert self.running == self.said
        assert [bytes(item) for item in self.chain.transcript] == self.said


TestChainAgainstServer = ChainAgainstServer.TestCase
TestChainAgainstServer.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
