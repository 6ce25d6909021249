"""World queries: what an NPC can ask the game, each an ordinary function."""

import inspect
import math
from collections.abc import Callable
from typing import Any, Literal, TypeAlias, get_type_hints

import msgspec

from npcengine.errors import UsageError
from npcengine.policy.deadlines import ASYNC_BUDGET_MS, QUERY_BUDGET_MS
from npcengine.world.actions import describe_tool, tool_name
from npcengine.world.arguments import Arguments
from npcengine.world.results import Result

__all__ = ["Late", "QuerySpec", "Where"]

Where: TypeAlias = Literal["frame", "snapshot", "async"]
"""Where a query runs: inside the next ``update`` over live state, on the loop thread over the last
published view, or as a coroutine on the loop thread."""

Late: TypeAlias = Literal["snapshot", "partial", "refuse"]
"""What is answered when the deadline comes first: what the function says of the last published
view, what a generator has yielded so far, or nothing but that it may be asked again."""

_GIVEN = ("npc", "view")
"""Parameters that the engine fills in; the model never sees them."""


class QuerySpec:
    """One query as both ends see it. Immutable; shared by the threads."""

    def __init__(
        self,
        function: Callable[..., object],
        *,
        where: Where = "frame",
        budget_ms: float | None = None,
        late: Late | None = None,
    ) -> None:
        """Read a query's definition from its signature and docstring.

        Args:
            function: Takes ``npc`` (who asks) and ``view`` (the last published view) if it names
                them, and otherwise arguments of types that JSON can carry, all annotated.
                A generator's every value replaces the one before. In the frame, a ``view`` that
                has a default is left at it, and is given only when the answer is late.
            where: See :data:`Where`.
            budget_ms: How long it may take once it runs; a longer one is counted as an overrun,
                and a generator is stopped there. By default 8, and 150 for ``async``.
            late: See :data:`Late`. By default ``partial`` for a generator, ``snapshot`` for a
                function that takes a view and is no coroutine, ``refuse`` for everything else.

        Raises:
            UsageError: The signature cannot be offered to a model; the text says why.
        """
        self.function = function
        self.where: Where = where
        self.name = tool_name(getattr(function, "__name__", repr(function)))
        what = f"the query {self.name!r}"
        if budget_ms is None:
            budget_ms = ASYNC_BUDGET_MS if where == "async" else QUERY_BUDGET_MS
        if not 0 < budget_ms < math.inf:
            raise UsageError(f"{what}: budget_ms is milliseconds, more than 0: {budget_ms!r}")
        self.budget_ms = budget_ms
        yields_async = inspect.isasyncgenfunction(function)
        self.is_generator = yields_async or inspect.isgeneratorfunction(function)
        if (yields_async or inspect.iscoroutinefunction(function)) != (where == "async"):
            raise UsageError(f"{what} must be an 'async def' exactly when where='async'")
        parameters = inspect.signature(function).parameters
        self.takes_npc = "npc" in parameters
        self.takes_view = "view" in parameters
        self.view_is_optional = (
            self.takes_view and parameters["view"].default is not inspect.Parameter.empty
        )
        if where == "snapshot" and not self.takes_view:
            raise UsageError(f"{what} runs on a snapshot, so it needs a parameter named 'view'")
        self.late: Late = self._late(late, what)
        hints = _hints(function, what)
        self.result = Result(hints.get("return", Any), yielded=self.is_generator)
        fields = _fields(hints, parameters, what)
        try:
            struct = msgspec.defstruct(self.name, fields, forbid_unknown_fields=True, kw_only=True)
        except TypeError as error:
            raise UsageError(f"{what}: {error}") from error
        self.tool = describe_tool(self.name, struct, inspect.cleandoc(function.__doc__ or ""))
        self.arguments = Arguments(struct)

    def call(self, npc: object, view: object, arguments: msgspec.Struct) -> object:
        """Run the function; whatever it raises comes through."""
        given: dict[str, object] = msgspec.structs.asdict(arguments)
        if self.takes_npc:
            given["npc"] = npc
        if self.takes_view and not (self.view_is_optional and view is None):
            given["view"] = view
        return self.function(**given)

    def _late(self, late: Late | None, what: str) -> Late:
        can_look = self.takes_view and self.where != "async"
        match late:
            case None:
                return "partial" if self.is_generator else "snapshot" if can_look else "refuse"
            case "partial" if not self.is_generator:
                raise UsageError(f"{what} cannot be answered in part: only a generator can")
            case "snapshot" if self.where == "async":
                raise UsageError(f"{what} takes its time, so it cannot be run when it is due")
            case "snapshot" if not can_look:
                raise UsageError(f"{what} is to look at a view, so it needs a parameter 'view'")
            case "partial" | "snapshot" | "refuse":
                return late
            case _:
                raise UsageError(f"{what}: late is 'snapshot', 'partial' or 'refuse', not {late!r}")


def _hints(function: Callable[..., object], what: str) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=True)
    except (NameError, AttributeError, SyntaxError, TypeError) as error:
        raise UsageError(f"{what}: {error}; its annotations must be importable names") from error


def _fields(
    hints: dict[str, Any], parameters: Any, what: str
) -> list[tuple[str, Any] | tuple[str, Any, Any]]:
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for name, parameter in parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise UsageError(f"{what} takes {parameter}: a model needs every argument by its name")
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise UsageError(f"{what}: {name!r} must not be positional-only")
        if name in _GIVEN:
            continue
        if name not in hints:
            raise UsageError(f"{what}: {name!r} needs a type, it becomes the tool's schema")
        if parameter.default is parameter.empty:
            fields.append((name, hints[name]))
        else:
            fields.append((name, hints[name], parameter.default))
    return fields
