"""The mind that asks a model's server, and keeps with each conversation what it has told it.

The gateway keeps the conversation rendered, so a continuation renders what is new. The server below
keeps nothing that can be named and is sent all of it every time. What it has to read again of that
is up to its prompt cache, which is kept warm where it can be, and counted (``--stats``).
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from msgspec.structs import replace

from npcengine.errors import RemoteProtocolError
from npcengine.protocol.items import Item
from npcengine.server.faults import MindError, RequestError
from npcengine.server.minds.mind import Accepted, Finished, Piece, Sign, Spent, Thinking
from npcengine.server.minds.options import Options
from npcengine.server.minds.upstream.chat import ChatForm
from npcengine.server.minds.upstream.checks import Checker, UnusableError
from npcengine.server.minds.upstream.form import Form, Question, Reader
from npcengine.server.minds.upstream.plan import read_plan
from npcengine.server.minds.upstream.posting import post
from npcengine.server.minds.upstream.probe import Found, assumed, look
from npcengine.server.minds.upstream.responses import ResponsesForm
from npcengine.server.minds.upstream.slots import Slots
from npcengine.server.minds.upstream.told import Root, Told
from npcengine.server.minds.upstream.toolset import Toolsets, checks_schemas
from npcengine.server.settings import Settings
from npcengine.transport.client import HttpAnswer, HttpClient
from npcengine.transport.event_stream import EventReader

__all__ = ["UpstreamMind"]

log = logging.getLogger("npcengine")

MAX_EVENT_BYTES = 1024 * 1024
"""The largest event of an answer; a server that repeats the whole answer at its end needs this."""

_NO_SCHEMAS = "arguments are not held against schemas: pip install 'npcengine[upstream]'"


class UpstreamMind:
    """See the top of this file.

    Options: ``url``, ``model``, ``key_env``, ``api``, ``server``, ``slots``, ``first_s``,
    ``silence_s``, ``tries``, ``repairs``, ``show``, ``warm``, ``keep_alive``; what they mean is in
    ``docs/howto/local_models.md``.
    """

    name = "upstream"

    def __init__(self, options: Options) -> None:
        self._plan = read_plan(options)
        self._client = HttpClient(
            self._plan.address,
            headers=self._plan.headers,
            silence_s=max(self._plan.first_s, self._plan.silence_s),
        )
        self._looking = asyncio.Lock()
        self._looks = 0
        self._toolsets = Toolsets()
        self._use(assumed(self._plan, "not looked at yet"))
        self._is_settled = self._plan.api != "auto"
        """Whether the form can no longer change: something was rendered in it."""

    async def open(self) -> str:
        await self._find()
        words = self._found.words
        return words if checks_schemas() else f"{words}; {_NO_SCHEMAS}"

    async def close(self) -> None:
        await self._client.close()

    def read(self, state: object, settings: Settings, items: Sequence[Item]) -> object:
        self._is_settled = True
        told = state if isinstance(state, Told) else Told(Root())
        return self._form.read(told, items)

    async def think(self, thinking: Thinking) -> AsyncGenerator[Piece | Sign]:
        await self._find()
        question = self._question(thinking)
        async with self._slots.slot(thinking.lane, question.told.root) as slot:
            question = replace(question, slot=slot)
            for repairs_left in reversed(range(self._plan.repairs + 1)):
                checker = Checker(thinking, question.tools, is_early=self._plan.is_early)
                try:
                    async with aclosing(self._answer(question, checker)) as signs:
                        async for sign in signs:
                            yield sign
                except UnusableError as error:
                    if checker.has_shown or not repairs_left:
                        text = f"the upstream's answer cannot be used: {error.reason}"
                        raise MindError(text, code=error.code) from error
                    remark = f"That answer cannot be used: {error.reason}. Answer again."
                    question = replace(question, remark=remark)
                else:
                    return

    async def warm(self, thinking: Thinking) -> Spent | None:
        if not self._plan.warms:
            return None
        await self._find()
        try:
            question = replace(self._question(thinking), is_warm_up=True)
            async with self._slots.slot(thinking.lane, question.told.root) as slot:
                return await self._warm(replace(question, slot=slot))
        except (RequestError, MindError) as error:
            log.debug("the upstream was not warmed: %s", error)
            return None

    # --- inside -------------------------------------------------------------------------------

    async def _find(self) -> None:
        """Look at the server, unless it has been found, or somebody has just looked."""
        looks = self._looks
        async with self._looking:
            if self._found.is_there or self._looks != looks:
                return
            self._looks += 1
            api = self._found.api if self._is_settled else "auto"
            self._use(await look(self._client, replace(self._plan, api=api)))
            self._is_settled = True

    def _use(self, found: Found) -> None:
        self._found = found
        self._form: Form = (
            ChatForm(found.kind.reasoning) if found.api == "chat" else ResponsesForm()
        )
        self._slots = Slots(found.slots)

    @property
    def _path(self) -> str:
        return self._plan.path(self._form.endpoint)

    def _question(self, thinking: Thinking) -> Question:
        told = thinking.state
        assert isinstance(told, Told)
        kind = self._found.kind
        tools = self._toolsets.of(
            thinking.settings, thinking.tool_choice, obeys_choice=kind.obeys_tool_choice
        )
        model = self._plan.model or thinking.settings.model
        return Question(thinking=thinking, told=told, tools=tools, model=model, kind=kind)

    async def _warm(self, question: Question) -> Spent | None:
        reader, body = self._form.reader(), self._form.body(question)
        async with post(self._client, self._plan, self._path, body) as answer:
            async for _ in self._pieces(answer, reader):
                pass
        spent = [sign for sign in reader.end() if isinstance(sign, Spent)]
        return replace(spent[-1], output_tokens=0) if spent else None

    async def _answer(self, question: Question, checker: Checker) -> AsyncGenerator[Piece | Sign]:
        """Stream one answer of the server, checked."""
        reader, body = self._form.reader(), self._form.body(question)
        async with post(self._client, self._plan, self._path, body) as answer:
            yield Accepted()
            async with aclosing(self._pieces(answer, reader)) as batches:
                async for batch in batches:
                    for piece in checker.take(batch):
                        yield piece
                    if checker.is_enough:
                        for piece in checker.end(was_cut=False):
                            yield piece
                        return
        signs = reader.end()
        for sign in signs:
            if isinstance(sign, Spent):
                yield sign
        cut = [sign for sign in signs if isinstance(sign, Finished)]
        for piece in checker.end(was_cut=bool(cut)):
            yield piece
        for sign in cut:
            yield sign

    async def _pieces(self, answer: HttpAnswer, reader: Reader) -> AsyncGenerator[list[Piece]]:
        """Stream what each event of an answer brings, up to the one that means its end."""
        events, silence_s = EventReader(MAX_EVENT_BYTES), self._plan.silence_s
        try:
            async with aclosing(answer.pieces(within_s=silence_s)) as data:
                async for some in data:
                    for event in events.feed(some):
                        yield reader.feed(event)
                        if reader.is_over:
                            await answer.finish()
                            return
        except TimeoutError as error:
            raise MindError(f"the upstream was silent for {silence_s:g} s") from error
        except RemoteProtocolError as error:
            raise MindError(f"the upstream sent {error.reason}") from error
