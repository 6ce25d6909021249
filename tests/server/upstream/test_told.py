"""What a server is told of a conversation: the same however it was read, and in good order."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from npcengine.protocol.items import (
    CustomToolCall,
    CustomToolCallOutput,
    FunctionCall,
    FunctionCallOutput,
    InputText,
    Item,
    Message,
    OutputText,
    Reasoning,
    UnknownItem,
    assistant_text,
    user_text,
)
from npcengine.server.minds.mind import Thinking
from npcengine.server.minds.upstream.chat import ChatForm
from npcengine.server.minds.upstream.form import Form, Question
from npcengine.server.minds.upstream.kinds import KINDS
from npcengine.server.minds.upstream.responses import ResponsesForm
from npcengine.server.minds.upstream.told import Root, Told
from npcengine.server.minds.upstream.toolset import Toolset
from npcengine.server.settings import Settings, ToolChoice
from tests.server.items import any_items

Json = dict[str, Any]

SETTINGS = Settings("m", "", (), b"[]", 0)


def body(form: Form, told: Told) -> Json:
    thinking = Thinking(told, SETTINGS, ToolChoice("auto"), True, 0)
    question = Question(
        thinking=thinking,
        told=told,
        tools=Toolset((), (), {}),
        model="m",
        kind=KINDS["generic"],
    )
    written: Json = msgspec.json.decode(form.body(question))
    return written


def messages(items: list[Item]) -> list[Json]:
    form = ChatForm("reasoning_content")
    told: list[Json] = body(form, form.read(Told(Root()), items))["messages"]
    return told


def call(call_id: str) -> FunctionCall:
    return FunctionCall(call_id, "look", "{}")


@st.composite
def conversations(draw: st.DrawFn) -> list[Item]:
    """Conversations as the gateway lets them in: every output belongs to an open call."""
    items: list[Item] = []
    open_calls: list[str] = []
    for number in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from(["user", "developer", "assistant", "call", "output", "think"]))
        match kind:
            case "call":
                open_calls.append(f"c{number}")
                items.append(call(f"c{number}"))
            case "output" if open_calls:
                chosen = draw(st.sampled_from(open_calls))
                open_calls.remove(chosen)
                items.append(FunctionCallOutput(chosen, f"out {number}"))
            case "think":
                part = b'[{"type":"reasoning_text","text":"hm"}]'
                items.append(Reasoning(content=Raw(part)))
            case "assistant":
                items.append(assistant_text(f"said {number}"))
            case _:
                role = "developer" if kind == "developer" else "user"
                items.append(Message(role, (InputText(f"heard {number}"),)))
    return items + [FunctionCallOutput(call_id, "late") for call_id in open_calls]


@given(st.lists(any_items, max_size=10) | conversations(), st.lists(st.integers(0, 10)))
def test_a_conversation_reads_the_same_in_pieces_and_forks_leave_it_alone(
    items: list[Item], cuts: list[int]
) -> None:
    for form in (ChatForm("reasoning_content"), ResponsesForm()):
        whole = form.read(Told(Root()), items)
        told, rest = Told(Root()), list(items)
        for cut in cuts:
            form.read(told, [user_text("a fork"), call("f"), assistant_text("of it")])
            told = form.read(told, rest[:cut])
            rest = rest[cut:]
        told = form.read(told, rest)

        assert body(form, told) == body(form, whole)


@given(conversations())
def test_a_chat_is_one_that_strict_servers_take(items: list[Item]) -> None:
    open_calls: set[str] = set()
    for message in messages(items):
        match message["role"]:
            case "tool":
                open_calls.remove(message["tool_call_id"])
            case "assistant":
                assert not open_calls
                assert message["content"] or message.get("tool_calls")
                open_calls = {call["id"] for call in message.get("tool_calls", ())}
            case role:
                assert not open_calls
                assert role == "user"
    assert not open_calls


@given(conversations())
def test_nothing_that_was_said_is_lost_in_a_chat(items: list[Item]) -> None:
    written = msgspec.json.encode(messages(items)).decode()

    for item in items:
        match item:
            case Message(content=(InputText(text=text) | OutputText(text=text),)):
                assert text in written
            case FunctionCall(call_id=call_id) | FunctionCallOutput(call_id=call_id):
                assert f'"{call_id}"' in written
            case _:
                pass


def test_neighbours_of_one_voice_are_one_message() -> None:
    told = messages(
        [
            Message("developer", (InputText("Night."),)),
            user_text("Hello"),
            assistant_text("Hm."),
            assistant_text("Well."),
            user_text("And?"),
        ]
    )

    assert told == [
        {"role": "user", "content": "Night.\n\nHello"},
        {"role": "assistant", "content": "Hm.\nWell."},
        {"role": "user", "content": "And?"},
    ]


def test_words_and_calls_are_one_message_and_what_was_heard_meanwhile_comes_after_the_outputs() -> (
    None
):
    told = messages(
        [
            user_text("Go!"),
            assistant_text("Let me see."),
            call("a"),
            CustomToolCall("b", "note", "ink"),
            FunctionCallOutput("a", (InputText("a "), InputText("mill"))),
            user_text("Hurry!"),
            CustomToolCallOutput("b", "written"),
            assistant_text("Done."),
        ]
    )

    first, second = (
        {"name": "look", "arguments": "{}"},
        {"name": "note", "arguments": '{"input":"ink"}'},
    )
    assert told == [
        {"role": "user", "content": "Go!"},
        {
            "role": "assistant",
            "content": "Let me see.",
            "tool_calls": [
                {"id": "a", "type": "function", "function": first},
                {"id": "b", "type": "function", "function": second},
            ],
        },
        {"role": "tool", "tool_call_id": "a", "content": "a mill"},
        {"role": "tool", "tool_call_id": "b", "content": "written"},
        {"role": "user", "content": "Hurry!"},
        {"role": "assistant", "content": "Done."},
    ]


def test_pictures_are_shown_and_what_is_not_known_is_left_out() -> None:
    picture = Raw(b'{"type":"input_image","image_url":"data:x","detail":"low"}')
    other = Raw(b'{"type":"input_audio","data":"x"}')
    told = messages(
        [
            Message("user", (InputText("See?"), picture, other)),
            UnknownItem("acme:other", Raw(b'{"type":"acme:other"}')),
        ]
    )

    shown = {"type": "image_url", "image_url": {"url": "data:x", "detail": "low"}}
    assert told == [{"role": "user", "content": [{"type": "text", "text": "See?"}, shown]}]


def test_a_continuation_renders_what_is_new_and_nothing_else() -> None:
    class Counting(ChatForm):
        rendered = 0

        def _render(self, items: Any) -> list[bytes]:
            self.rendered += len(items)
            return super()._render(items)

    form = Counting("reasoning_content")
    told = Told(Root())
    work: list[int] = []
    for number in range(50):
        form.rendered = 0
        told = form.read(told, [user_text(f"heard {number}")])
        told = form.read(told, [assistant_text("Hm."), call(f"c{number}")])
        told = form.read(told, [FunctionCallOutput(f"c{number}", "out")])
        work.append(form.rendered)

    assert set(work[1:]) == {4}
