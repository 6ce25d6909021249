"""Whatever comes in whatever order: the transcript stays sound, and no mind gets stuck."""

import json
from collections import Counter
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from npcengine.policy.deadlines import Deadlines
from npcengine.protocol.capabilities import GATEWAY
from npcengine.session.inbox import Answered, FramesArrived, Settled, TimerFired
from npcengine.session.outside import Asked, Committed
from npcengine.session.pool import AGE
from tests.session.harness import Harness, Json, call, item_added, item_done, text_delta, words
from tests.sound import check_calls

NPCS = ("mira", "tomas")


class Response:
    """One response of the model server, on its way."""

    def __init__(self, connection: int, lane: str, context: list[Json], response_id: str) -> None:
        self.connection = connection
        self.lane = lane
        self.context = context
        self.id = response_id
        self.output: list[Json] = []
        self.opened = False


class AnyInterleaving(RuleBasedStateMachine):
    deadlines = Deadlines(turn_ms=3_600_000)
    """No turn is saved by its deadline: one that gets stuck stays stuck."""

    def __init__(self) -> None:
        super().__init__()
        self.h = Harness(*NPCS, capabilities=GATEWAY, deadlines=self.deadlines)
        self.seen = 0
        self.live = {0}
        self.running: dict[tuple[int, str], Response] = {}
        self.kept: dict[tuple[int, str], tuple[str, list[Json]]] = {}
        self.number = 0

    # --- the server ---------------------------------------------------------------------------

    def take_requests(self) -> None:
        for connection, request in self.h.sent[self.seen :]:
            self.note_closed(before=self.seen)
            self.seen += 1
            lane = request["stream_id"]
            key = (connection, lane)
            assert connection in self.live
            assert key not in self.running, "a lane was given two requests at once"
            context: list[Json] = []
            if (wanted := request.get("previous_response_id")) is not None:
                known = {rid: ctx for (c, _), (rid, ctx) in self.kept.items() if c == connection}
                assert wanted in known, "an id was named that this connection does not keep"
                context = known[wanted]
            context = [*context, *request["input"]]
            check_calls(context)
            self.number += 1
            self.running[key] = Response(connection, lane, context, f"resp_{self.number}")
        self.note_closed(before=self.seen)

    def note_closed(self, *, before: int) -> None:
        """Let connections be gone that were closed before a request was sent."""
        for connection, sent in self.h.disconnected.items():
            if sent <= before:
                self.gone(connection)

    def gone(self, connection: int) -> None:
        self.live.discard(connection)
        self.running = {k: r for k, r in self.running.items() if k[0] != connection}
        self.kept = {k: v for k, v in self.kept.items() if k[0] != connection}

    def say(self, response: Response, *events: Json) -> None:
        if not response.opened:
            response.opened = True
            created = {"type": "response.created", "response": {"id": response.id}}
            events = (created, *events)
        frames = [json.dumps({**e, "stream_id": response.lane}).encode() for e in events]
        self.h.put(FramesArrived(response.connection, list(frames)))
        self.take_requests()

    def pick(self, data: Any) -> Response:
        choices = sorted(self.running.values(), key=lambda r: r.id)
        picked: Response = data.draw(st.sampled_from(choices))
        return picked

    def end(self, response: Response, status: str) -> None:
        key = (response.connection, response.lane)
        self.running.pop(key, None)
        self.kept.pop(key, None)
        if status == "completed":
            self.kept[key] = (response.id, [*response.context, *response.output])
        body = {"id": response.id, "status": status, "output": response.output}
        self.say(response, {"type": f"response.{status}", "response": body})

    # --- what can happen ----------------------------------------------------------------------

    @rule(npc=st.sampled_from(NPCS), text=st.sampled_from(["Hi.", "Go!"]), wake=st.booleans())
    def perceive(self, npc: str, text: str, wake: bool) -> None:
        self.h.tell_npc(text, npc, wake=wake)
        self.take_requests()

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def stream_text(self, data: Any) -> None:
        self.say(self.pick(data), text_delta("Well. "))

    @precondition(lambda self: self.running)
    @rule(
        data=st.data(),
        tool=st.sampled_from(["walk_to", "unlock", "where_is", "fly_to"]),
        valid=st.booleans(),
        reach=st.sampled_from(["opened", "arguments", "item"]),
    )
    def stream_call(self, data: Any, tool: str, valid: bool, reach: str) -> None:
        """Write a call: just its opening, up to its whole arguments, or to the end of its item."""
        response = self.pick(data)
        self.number += 1
        field = {"walk_to": "place", "where_is": "thing", "unlock": "thing"}.get(tool, "x")
        item = call(tool, {field: "well"} if valid else {"no": 1}, f"call_{self.number}")
        index = len(response.output) + 1
        self.say(response, item_added({**item, "arguments": ""}, index))
        if reach == "opened":
            return
        response.output.append(item)
        done = {
            "type": "response.function_call_arguments.done",
            "item_id": item["id"],
            "output_index": index,
            "arguments": item["arguments"],
        }
        self.say(response, done if reach == "arguments" else item_done(item, index))

    @precondition(lambda self: self.running)
    @rule(data=st.data(), status=st.sampled_from(["completed"] * 4 + ["failed", "incomplete"]))
    def end_response(self, data: Any, status: str) -> None:
        self.end(self.pick(data), status)

    @precondition(lambda self: self.running)
    @rule(
        data=st.data(),
        code=st.sampled_from(
            [
                "previous_response_not_found",
                "server_error",
                "invalid_request",
                "websocket_connection_limit_reached",
            ]
        ),
    )
    def refuse(self, data: Any, code: str) -> None:
        response = self.pick(data)
        key = (response.connection, response.lane)
        self.running.pop(key)
        self.kept.pop(key, None)
        error = {"type": "error", "error": {"code": code, "message": "no"}}
        frame = json.dumps({**error, "stream_id": response.lane}).encode()
        self.h.put(FramesArrived(response.connection, [frame]))
        self.take_requests()

    @precondition(lambda self: self.h.edges)
    @rule(data=st.data(), again=st.booleans())
    def answer_or_settle(self, data: Any, again: bool) -> None:
        edges = [edge for edge in self.h.edges if isinstance(edge, Asked | Committed)]
        if not edges:
            return
        edge = data.draw(st.sampled_from(edges))
        for _ in range(1 + again):
            if isinstance(edge, Asked):
                self.h.put(Answered(edge.npc, edge.call_id, '{"value":1}', "fresh"))
            else:
                status = data.draw(st.sampled_from(["started", "succeeded", "failed"]))
                self.h.put(Settled(edge.npc, edge.call_id, status))
            self.take_requests()

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def lose_a_connection(self, data: Any) -> None:
        connection = data.draw(st.sampled_from(sorted(self.live)))
        self.gone(connection)
        self.h.lose(connection)
        self.take_requests()

    @precondition(lambda self: any(key.kind == AGE for key in self.h.timers))
    @rule()
    def grow_old(self) -> None:
        key = next(key for key in self.h.timers if key.kind == AGE)
        del self.h.timers[key]
        self.h.put(TimerFired(key))
        self.take_requests()

    @rule(ms=st.sampled_from([1, 100, 1_000, 16_000]))
    def pass_time(self, ms: int) -> None:
        for _ in range(10):
            self.h.pass_ms(ms / 10)
            self.take_requests()

    @precondition(lambda self: self.h.connecting)
    @rule()
    def connect(self) -> None:
        self.live |= set(self.h.connecting)
        self.h.open_all()
        self.take_requests()

    # --- what must hold at the end ------------------------------------------------------------

    def teardown(self) -> None:
        commits = Counter(edge.call_id for edge in self.h.commits)
        assert all(count == 1 for count in commits.values()), "an action was committed twice"
        for _ in range(200):
            if all(self.h.shown[npc].phase == "idle" for npc in NPCS if npc in self.h.shown):
                break
            if self.h.connecting:
                self.connect()
            for response in list(self.running.values()):
                response.output.append(words("Enough."))
                self.end(response, "completed")
            self.pass_time(1_000)
        assert all(state.phase == "idle" for state in self.h.shown.values()), "a mind is stuck"


class AnyInterleavingInAHurry(AnyInterleaving):
    deadlines = Deadlines(turn_ms=3_000)
    """Turns are often cut short, at any point."""


TestAnyInterleaving = AnyInterleaving.TestCase
TestAnyInterleavingInAHurry = AnyInterleavingInAHurry.TestCase
for case in (TestAnyInterleaving, TestAnyInterleavingInAHurry):
    case.settings = settings(settings.default, stateful_step_count=40, deadline=None)
del case  # or it would be collected as one more
