"""One mind's line to its server: what has been told, on which lane, and what is being answered.

A response that was interrupted goes on to its end all the same, as the tail of its lane. The next
request takes the first of these ways that is open:

1. *Fork*: on a spare lane, from where the interrupted request began, with what was heard of the
   answer. At once, whatever the tail still has to say; its tokens are wasted.
2. *Steer*: words into the tail, which stops at its next item and goes on with them. Taken instead
   of a fork when the tail is not in the middle of a speech, since then that is soon.
3. *Drain*: when the tail has ended, as its continuation.

Whoever waits for a tail does not wait for long: then the mind moves elsewhere, and tells all of it
again (:mod:`rounds`).

The transcript is the same in all three (ADR 0009). What differs is what the server still holds of
the unheard rest, and therefore what it has to be told.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Raw

from npcengine.protocol.chain import Chain, Cut, Place, Shape
from npcengine.protocol.changes import Change, Ended, Outcome
from npcengine.protocol.changes import Phase as LanePhase
from npcengine.protocol.incoming import (
    ServerEvent,
    SteerAccepted,
    SteerFailed,
    SteerPending,
    Usage,
)
from npcengine.protocol.items import (
    Item,
    Message,
    assistant_text,
    text_of,
)
from npcengine.protocol.lane import Lane
from npcengine.protocol.output import AnyCall, AnyOutput
from npcengine.session.gate import Ticket
from npcengine.session.requests import create, steer
from npcengine.session.seat import Seat
from npcengine.session.seats import Seats, Tail
from npcengine.session.shared import Shared
from npcengine.world.answers import action_output

__all__ = ["Line"]

_NEVER_BEGUN = action_output("dropped", Raw(b'"interrupted before it began"'))
"""The output of a call that a response made after it had been interrupted."""

_ABOUT_STEERS = frozenset({SteerAccepted, SteerPending, SteerFailed})

LIKELY_TOKENS = 200
"""How long an answer is taken to be before it is known."""


class _Steered(msgspec.Struct, frozen=True):
    """A steer that was sent and whose successor is awaited."""

    seat: Seat
    tail: Tail
    taken: Cut
    """Where the server is if it took the steer."""
    outcome: Outcome | None = None
    """How the tail ended, once it has."""


class Line:
    """See the top of this file. Loop thread only."""

    def __init__(self, npc: str, shared: Shared, chain: Chain) -> None:
        self._npc = npc
        self._shared = shared
        self.chain = chain
        self.seats = Seats(shared.seating, lambda tail: shared.gate.ended(tail.ticket, None))
        self._ticket: Ticket = ()
        """What the wallet knows the running request by."""
        self._context_tokens = 0
        """What the server said the conversation had come to."""
        self.lane = Lane()
        """The response that is running, or that ran last."""
        self._newest_tail: Tail | None = None
        """The tail that the conversation may go on from: nothing has been asked since."""
        self._steered: _Steered | None = None
        self.heard_ns = 0
        """When something last came on the lane that the mind speaks on."""
        self.fell_through = False
        """Whether what was asked has come to nothing through no fault of its own: ask again."""

    @property
    def words(self) -> str:
        """What the running response says, so far."""
        return self.lane.text if self.lane.phase.is_running else ""

    # --- out ----------------------------------------------------------------------------------

    def note(self, event: Message) -> None:
        """Let something be told with the next request."""
        self.chain.add(event)

    def warm_up(self, shape: Shape) -> None:
        """Let the server read what there is, if it has not, so that the next turn starts sooner.

        What comes of it is a tail like any other: nothing waits for it but the next request.
        """
        seat = self.seats.live
        if (
            seat is None
            or not (seat.keeps_contexts and self._shared.seating.warms_up)
            or self.seats.tails
            or self.lane.phase.is_running
        ):
            return
        if self.chain.is_known(Place(seat.connection), shape):
            return
        self._create(shape, no_tools=False, most_tokens=None, generate=False)
        self.cut((), ())
        self.seats.tails[seat].is_warm_up = True

    @property
    def is_a_way(self) -> bool:
        """Whether a request can be sent now; if not, that may change with whatever comes in."""
        if self.seats.is_moving:
            return True
        tail = self._tail
        if tail is None:
            return self.seats.live is not None
        if tail.is_warm_up:
            return False  # it will not be long, and saves more than a fork would
        return self._can_steer(tail) or self.seats.has_spare

    @property
    def waits_for_tail(self) -> bool:
        """Whether the next request, or one that was steered, is kept by what drains."""
        tail = self._tail
        if tail is not None and tail.is_warm_up:
            return False
        return self._steered is not None or (tail is not None and not self.is_a_way)

    @property
    def _tail(self) -> Tail | None:
        """What drains on the lane that the mind speaks on."""
        return self.seats.tails.get(self.seats.live) if self.seats.live is not None else None

    def ask(self, shape: Shape, *, no_tools: bool, most_tokens: int | None) -> None:
        """Send the next request, for which there :attr:`is_a_way`."""
        self.seats.move()
        tail = self._tail
        if tail is not None and not tail.lane.is_speaking and self._can_steer(tail):
            self._steer(tail)
        elif self.seats.find_free():
            self._create(shape, no_tools=no_tools, most_tokens=most_tokens)
        else:
            assert tail is not None, "there is a way"
            self._steer(tail)

    def _create(
        self, shape: Shape, *, no_tools: bool, most_tokens: int | None, generate: bool = True
    ) -> None:
        seat = self.seats.live
        assert seat is not None
        self._newest_tail = None
        plan = self.chain.begin(Place(seat.connection), shape)
        frame = create(
            shape,
            plan,
            stream_id=seat.stream_id,
            no_tools=no_tools,
            most_tokens=most_tokens,
            generate=generate,
        )
        likely = (most_tokens or LIKELY_TOKENS) if generate else 0
        known = self._context_tokens if plan.previous_response_id else 0
        self._begin(seat, frame, known=known, most_tokens=likely)

    def _can_steer(self, tail: Tail) -> bool:
        """Whether words can be brought into what drains on the live lane."""
        seat = self.seats.live
        return (
            self._shared.steering
            and tail.can_be_steered
            and tail is self._newest_tail
            and tail.lane.response_id is not None
            and seat is not None
            and seat.keeps_contexts
        )

    def _steer(self, tail: Tail) -> None:
        """Bring what is new into a tail."""
        seat, target = self.seats.live, tail.lane.response_id
        assert seat is not None
        assert target is not None
        items, taken = self.chain.steer(tail.cut)
        self._newest_tail = None
        self._steered = _Steered(seat, tail, taken)
        self._begin(
            seat, steer(target, items), known=self._context_tokens, most_tokens=LIKELY_TOKENS
        )

    def _begin(self, seat: Seat, frame: bytes, *, known: int, most_tokens: int) -> None:
        self._ticket = self._shared.gate.began(
            self._npc,
            self._shared.model,
            context_tokens=known,
            sent_chars=len(frame),
            most_tokens=most_tokens,
        )
        self.lane = Lane()
        self.lane.sent()
        self._shared.outside.send(seat.connection, frame)

    # --- in -----------------------------------------------------------------------------------

    def feed(self, seat: Seat, event: ServerEvent, now_ns: int) -> Sequence[Change]:
        """Take an event of one of our lanes; return what it changed of the running response."""
        is_live = seat is self.seats.live
        if is_live:
            self.heard_ns = now_ns
        if type(event) in _ABOUT_STEERS:
            if isinstance(event, SteerFailed):
                self._steer_failed(seat)
            return ()
        tail = self.seats.tails.get(seat) if self.seats.tails else None
        if tail is None:
            if not is_live:
                return ()
            self._steered = None  # the successor has begun
            changes = self.lane.feed(event)
            return self._charged(changes) if changes else changes
        for change in tail.lane.feed(event):
            if isinstance(change, Ended):
                self._shared.gate.ended(tail.ticket, change.outcome.usage)
                return self._drained(seat, tail, change.outcome)
        return ()

    def keep(self, outcome: Outcome, acted_on: Sequence[AnyCall]) -> list[tuple[str, int | None]]:
        """Write the response down that has ended: all of it, or when it died what it did and said.

        Args:
            outcome: How it ended.
            acted_on: Its calls that were acted on and are not among the outcome's items.

        Returns:
            Its messages, with their places in the transcript.
        """
        if outcome.phase is LanePhase.COMPLETED:
            kept: Sequence[Item] = outcome.items
            seat = self.seats.live
            keeps = seat is not None and seat.keeps_contexts
            may_follow = keeps and outcome.is_whole
            places = self.chain.completed(
                outcome.response_id if may_follow else None, outcome.items
            )
        else:
            words = self.lane.unfinished_text
            said: list[Item] = [item for item in outcome.items if isinstance(item, Message)]
            said += [assistant_text(words)] if words else []
            others = [item for item in outcome.items if not isinstance(item, Message)]
            kept = (*said, *others, *acted_on)
            places = self.chain.failed(kept)
        return [
            (text_of(item.content), place)
            for item, place in zip(kept, places, strict=True)
            if isinstance(item, Message)
        ]

    def lose(self, connection: int, reason: str) -> Sequence[Change] | None:
        """A connection is gone; return what that changed, ``None`` if we were not on it."""
        if not self.seats.lose(connection):
            return None
        self._newest_tail = self._steered = None
        return self.give_up(reason)

    def give_up(self, reason: str) -> Sequence[Change]:
        """Listen no longer to what is being answered."""
        return self._charged(self.lane.lost(reason))

    def _charged(self, changes: Sequence[Change]) -> Sequence[Change]:
        if changes and isinstance(ended := changes[-1], Ended):
            usage = ended.outcome.usage
            self._shared.gate.ended(self._ticket, usage)
            if usage is not None:
                self._context_tokens = usage.input_tokens + usage.output_tokens
        return changes

    def sleep(self) -> None:
        """Sit nowhere, and remember nothing of what a server holds."""
        self.seats.clear()
        self._newest_tail = None
        self.chain.forget()

    def restart(self, chain: Chain) -> None:
        """Go on with another conversation; what drains on our lanes has nothing to do with it."""
        self.chain = chain
        self._newest_tail = None
        self._context_tokens = 0

    def _drained(self, seat: Seat, tail: Tail, outcome: Outcome) -> Sequence[Change]:
        """An interrupted response has ended."""
        if outcome.phase is LanePhase.BROKEN:
            # For all we know it goes on: its lane is never free again.
            tail.ticket, tail.can_be_steered = (), False
        else:
            del self.seats.tails[seat]
        steered = self._steered
        if steered is not None and steered.tail is tail:
            return self._drained_to_successor(steered, outcome)
        if tail.is_warm_up and (outcome.items or tail.lane.text):
            self._shared.seating.does_not_warm_up()
            self.chain.evicted(tail.cut)  # what it said was not asked for, and nobody heard it
            return ()
        if tail is self._newest_tail and seat.keeps_contexts and self._can_follow(outcome):
            self._adopt(tail.cut, tail, outcome)
        else:
            self.chain.evicted(tail.cut)
        return ()

    def _drained_to_successor(self, steered: _Steered, outcome: Outcome) -> Sequence[Change]:
        calls = any(isinstance(item, AnyCall) for item in outcome.items)
        if not self._can_follow(outcome):
            self._steered = None
            return self.give_up("the response that was steered failed")
        if calls:
            # The server waits with our words for the outputs, and puts them ahead of our next.
            self._steered = None
            self._adopt(steered.taken, steered.tail, outcome)
            self._fall_through()
        else:
            self._steered = msgspec.structs.replace(steered, outcome=outcome)
        return ()

    def _steer_failed(self, seat: Seat) -> None:
        """The words were not taken, or were given back: they go another way."""
        steered, self._steered = self._steered, None
        if steered is None or steered.seat != seat:
            return
        steered.tail.can_be_steered = False
        self.chain.unsteer()
        if steered.outcome is not None:
            self._adopt(steered.tail.cut, steered.tail, steered.outcome)
        else:
            self._newest_tail = steered.tail
        self._fall_through()

    def _fall_through(self) -> None:
        self._shared.gate.ended(self._ticket, Usage())
        self.lane = Lane()
        self.fell_through = True

    # --- interruptions ------------------------------------------------------------------------

    def cut(self, kept: Sequence[Item], outputs: Sequence[AnyOutput]) -> bool:
        """Cut the running response off.

        Args:
            kept: What of it counts.
            outputs: The outputs of the calls among that.

        Returns:
            Whether its lane can still be used. It cannot when a steer was on its way there.
        """
        lane, self.lane = self.lane, Lane()
        seat = self.seats.live
        assert seat is not None
        if self._steered is not None:
            self._steered = None
            self._shared.gate.ended(self._ticket, None)
            self.chain.failed()  # nothing has come of it: with its first event the steer is over
            return False
        tail = Tail(lane, self._ticket, self.chain.cut(kept, outputs), outputs)
        self.seats.tails[seat] = self._newest_tail = tail
        return True

    def _can_follow(self, outcome: Outcome) -> bool:
        """Whether the server goes on from a response that ended like this."""
        if outcome.response_id is None:
            return False
        steered = outcome.error is not None and outcome.error.code == "steered"
        return outcome.phase is LanePhase.COMPLETED or (
            outcome.phase is LanePhase.INCOMPLETE and steered
        )

    def _adopt(self, cut: Cut, tail: Tail, outcome: Outcome) -> None:
        assert outcome.response_id is not None
        self._newest_tail = None
        if not outcome.is_whole:
            # Not all of its calls can be answered, or not all that it says is the mind's own.
            self.chain.unsteer()
            self.chain.evicted(cut)
            return
        outputs = tail.outputs(outcome.items, otherwise=_NEVER_BEGUN)
        self.chain.adopt(cut, outcome.response_id, outputs)
