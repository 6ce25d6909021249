"""A server of this wire whose every quirk can be chosen: what the doctor has to find out."""

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from typing import Any, Literal

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

Json = dict[str, Any]

PIECE_S = 0.006
SHORT, LONG = 6, 60
"""Words of an answer: of most, and of one that somebody may want to stop."""


class Quirks(msgspec.Struct, frozen=True, kw_only=True):
    """What it is like; by default as a server should be."""

    names: int | None = 12
    """Lane names a connection; ``None`` does not echo any."""
    running: int = 3
    """Responses at once a connection."""
    admits: int = 1_000
    """Requests that may wait or run a connection."""
    knows: Literal["newest", "all", "nothing"] = "newest"
    """Which ids of a connection can be continued."""
    refuses_ids: bool = True
    """Whether an id that it does not know is an error; otherwise it is ignored."""
    stores: bool = True
    warm_up: Literal["reads", "answers", "refuses"] = "reads"
    steer: Literal["takes", "refuses", "unknown event", "silence"] = "takes"
    cancel: Literal["stops", "refuses", "goes on"] = "stops"
    is_flat: bool = False
    status: bool = True
    numbers: bool = True
    counts: bool = True
    pieces: int = 3
    """How many the arguments of a call come in; 0 for no calls at all."""
    json_closes: bool = False
    binary_closes: bool = False
    has_model: bool = True
    """Whether it has the model that it is asked for."""
    answers: int = 1_000_000
    """How many requests it answers, before it says nothing more."""
    refuses_key: bool = False
    """Whether nobody gets in without a key."""


class Quirky:
    """The server."""

    def __init__(self, quirks: Quirks) -> None:
        self.quirks = quirks
        self.stored: set[str] = set()
        self.made = 0

    async def meet(self, socket: ServerConnection) -> None:
        """Serve one connection."""
        await _Meeting(self, socket).hold()


class _Meeting:
    def __init__(self, server: Quirky, socket: ServerConnection) -> None:
        self._server = server
        self._quirks = server.quirks
        self._socket = socket
        self._ids: dict[str | None, list[str]] = {}
        self._names: set[str] = set()
        self._slots = asyncio.Semaphore(server.quirks.running)
        self._tasks: dict[str | None, asyncio.Task[None]] = {}
        self._ids_running: dict[str | None, str] = {}

    async def hold(self) -> None:
        try:
            async for frame in self._socket:
                if isinstance(frame, bytes):
                    if self._quirks.binary_closes:
                        return
                    await self._error("invalid_frame", None)
                    continue
                try:
                    event: Json = json.loads(frame)
                except ValueError:
                    if self._quirks.json_closes:
                        return
                    await self._error("invalid_json", None)
                    continue
                await self._take(event)
        except ConnectionClosed:
            pass
        finally:
            for task in self._tasks.values():
                task.cancel()

    async def _take(self, event: Json) -> None:
        match event["type"]:
            case "response.create":
                await self._create(event)
            case "response.steer" if self._quirks.steer == "silence":
                pass
            case "response.steer" if self._quirks.steer != "unknown event":
                error = {"code": "steering_not_supported", "message": "no"}
                kind = "accepted" if self._quirks.steer == "takes" else "failed"
                about = {"previous_response_id": event["previous_response_id"]}
                await self._send(
                    {"type": f"response.steer.{kind}", "steer": about, "error": error}, None
                )
            case "response.cancel" if self._quirks.cancel == "goes on":
                pass
            case "response.cancel" if self._quirks.cancel == "stops":
                self._tasks.pop(None).cancel()
                response: Json = {
                    "id": event["response_id"],
                    "status": "incomplete",
                    "output": [],
                }
                await self._send({"type": "response.incomplete", "response": response}, None)
            case _:
                await self._error("unknown_event", None)

    async def _create(self, event: Json) -> None:
        lane: str | None = event.get("stream_id")
        if lane is not None and self._quirks.names is not None:
            self._names.add(lane)
            if len(self._names) > self._quirks.names:
                self._names.discard(lane)
                await self._error("websocket_stream_limit_reached", lane)
                return
        if self._quirks.names is None:
            lane = None
        waiting = [task for task in self._tasks.values() if not task.done()]
        if len(waiting) >= self._quirks.admits:
            await self._error("rate_limit_exceeded", lane, status=429)
            return
        before = self._tasks.get(lane)
        self._tasks[lane] = asyncio.create_task(self._answer(event, lane, before))

    async def _answer(
        self, event: Json, lane: str | None, before: "asyncio.Task[None] | None"
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        parent: str | None = event.get("previous_response_id")
        is_known = parent is None or self._knows(parent)
        if not is_known and self._quirks.refuses_ids:
            await self._error("previous_response_not_found", lane)
            return
        if self._server.made == self._quirks.answers:
            return
        if not self._quirks.has_model:
            await self._error("model_not_found", lane, status=404)
            return
        is_warm_up = event.get("generate") is False
        if is_warm_up and self._quirks.warm_up == "refuses":
            await self._error("unknown_parameter", lane)
            return
        self._server.made += 1
        response_id = f"resp_{self._server.made}"
        async with self._slots:
            is_silent = is_warm_up and self._quirks.warm_up == "reads"
            counted = 30 + (20 if parent and is_known else 0)
            await self._stream(event, lane, response_id, counted, is_silent=is_silent)

    def _knows(self, response_id: str) -> bool:
        if response_id in self._server.stored:
            return True
        of_lanes = self._ids.values()
        match self._quirks.knows:
            case "newest":
                return any(ids and ids[-1] == response_id for ids in of_lanes)
            case "all":
                return any(response_id in ids for ids in of_lanes)
            case "nothing":
                return False

    async def _stream(
        self, event: Json, lane: str | None, response_id: str, counted: int, *, is_silent: bool
    ) -> None:
        number = 0
        body: Json = {"id": response_id, "status": "in_progress", "output": []}
        events: AsyncGenerator[Json] = self._words(event)
        if event.get("tool_choice") == "required" and self._quirks.pieces:
            events = self._call()
        for kind in ("created", "in_progress"):
            await self._send({"type": f"response.{kind}", "response": body}, lane, number)
            number += 1
        output: list[Json] = []
        if not is_silent:
            async for one in events:
                output = [one["item"]] if "item" in one else output
                await self._send(one, lane, number)
                number += 1
        body = {"id": response_id, "status": "completed", "output": output}
        if self._quirks.counts:
            body["usage"] = {"input_tokens": counted, "output_tokens": number, "total_tokens": 1}
        self._ids.setdefault(lane, []).append(response_id)
        if event.get("store", True) and self._quirks.stores:
            self._server.stored.add(response_id)
        await self._send({"type": "response.completed", "response": body}, lane, number)

    async def _words(self, event: Json) -> AsyncGenerator[Json]:
        text = json.dumps(event["input"])
        words = ["one "] * (LONG if "hundred" in text else SHORT)
        for word in words:
            await asyncio.sleep(PIECE_S)
            yield {"type": "response.output_text.delta", "item_id": "m", "delta": word}
        part: Json = {"type": "output_text", "text": "".join(words), "annotations": []}
        item: Json = {"type": "message", "id": "m", "role": "assistant", "content": [part]}
        yield {"type": "response.output_item.done", "item": item}

    async def _call(self) -> AsyncGenerator[Json]:
        arguments = '{"place":"the well"}'
        size = -(-len(arguments) // self._quirks.pieces)
        for begin in range(0, len(arguments), size):
            delta = arguments[begin : begin + size]
            yield {
                "type": "response.function_call_arguments.delta", "item_id": "c", "delta": delta,
            }  # fmt: skip
        item = {"type": "function_call", "id": "c", "call_id": "call_1", "name": "look"}
        yield {"type": "response.output_item.done", "item": {**item, "arguments": arguments}}

    async def _error(self, code: str, lane: str | None, *, status: int = 400) -> None:
        error = {"type": "invalid_request_error", "code": code, "message": "no"}
        flat: Json = {"code": code, "message": "no"}
        frame: Json = flat if self._quirks.is_flat else {"error": error}
        if self._quirks.status:
            frame["status"] = status
        await self._send({"type": "error", **frame}, lane)

    async def _send(self, event: Json, lane: str | None, number: int | None = None) -> None:
        if lane is not None:
            event = {**event, "stream_id": lane}
        if number is not None and self._quirks.numbers:
            event = {**event, "sequence_number": number}
        await self._socket.send(json.dumps(event))


@contextmanager
def quirky(quirks: Quirks) -> Generator[str]:
    """Run such a server while the block runs; yield its URL."""
    loop = asyncio.new_event_loop()
    meet = Quirky(quirks).meet

    async def refuse(connection: ServerConnection, request: Any) -> Any:
        has_key = "Authorization" in request.headers
        return None if has_key or not quirks.refuses_key else connection.respond(401, "no\n")

    async def begin() -> Server:
        return await serve(meet, "127.0.0.1", 0, process_request=refuse, close_timeout=1)

    server = loop.run_until_complete(begin())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/v1"
    finally:

        async def end() -> None:
            server.close()
            await server.wait_closed()

        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
