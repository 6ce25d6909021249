"""Items as clients and minds make them, for properties."""

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
    Refusal,
    UnknownItem,
)

_texts = st.text(max_size=20)
_ids = st.text("abc123_", min_size=1, max_size=6)
_parts = st.one_of(
    st.builds(InputText, _texts),
    st.builds(OutputText, _texts),
    st.builds(Refusal, _texts),
    st.just(Raw(b'{"type":"acme_part","x":[1,2]}')),
)
_contents = st.lists(_parts, max_size=3).map(tuple)
_outputs = st.one_of(_texts, _contents)

any_items: st.SearchStrategy[Item] = st.one_of(
    st.builds(Message, st.sampled_from(["user", "developer", "assistant"]), _contents, id=_ids),
    st.builds(Message, st.just("user"), _contents),
    st.builds(FunctionCall, _ids, _ids, _texts, id=_ids, status=st.just("completed")),
    st.builds(FunctionCallOutput, _ids, _outputs),
    st.builds(CustomToolCall, _ids, _ids, _texts),
    st.builds(CustomToolCallOutput, _ids, _outputs),
    st.builds(Reasoning, encrypted_content=_texts),
    st.just(UnknownItem("acme:other", Raw(b'{"type":"acme:other","x":1}'))),
)
"""As they are in a conversation: without compactions, which are opened as they come."""
