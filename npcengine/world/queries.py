"""World queries: what an NPC can ask the game, each an ordinary function."""

import inspect
from collections.abc import Callable
from typing import Any, Literal, TypeAlias, get_type_hints

import msgspec

from npcengine.errors import UsageError
from npcengine.policy.deadlines import QUERY_BUDGET_MS
from npcengine.world.actions import describe_tool, tool_name
from npcengine.world.arguments import Arguments

__all__ = ["QuerySpec", "Where"]

Where: TypeAlias = Literal["frame", "snapshot", "async"]
"""Where a query runs: inside the next ``update`` over live state, on the loop thread over the last
published view, or as a coroutine on the loop thread."""

_GIVEN = ("npc", "view")
"""Parameters that the engine fills in; the model never sees them."""


class QuerySpec:
    """One query as both ends see it. Immutable; shared by the threads."""

    def __init__(
        self,
        function: Callable[..., object],
        *,
        where: Where = "frame",
        budget_ms: float = QUERY_BUDGET_MS,
    ) -> None:
        """Read a query's definition from its signature and docstring.

        Args:
            function: Takes ``npc`` (who asks) and ``view`` (the last published view) if it names
                them, and otherwise arguments of types that JSON can carry, all annotated.
            where: See :data:`Where`.
            budget_ms: How long it may take once it runs; a longer one is counted as an overrun.

        Raises:
            UsageError: The signature cannot be offered to a model; the text says why.
        """
        self.function = function
        self.where: Where = where
        self.budget_ms = budget_ms
        self.name = tool_name(getattr(function, "__name__", repr(function)))
        what = f"the query {self.name!r}"
        if inspect.iscoroutinefunction(function) != (where == "async"):
            raise UsageError(f"{what} must be an 'async def' exactly when where='async'")
        parameters = inspect.signature(function).parameters
        self.takes_npc = "npc" in parameters
        self.takes_view = "view" in parameters
        if where == "snapshot" and not self.takes_view:
            raise UsageError(f"{what} runs on a snapshot, so it needs a parameter named 'view'")
        fields = _fields(function, parameters, what)
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
        if self.takes_view:
            given["view"] = view
        return self.function(**given)


def _fields(
    function: Callable[..., object], parameters: Any, what: str
) -> list[tuple[str, Any] | tuple[str, Any, Any]]:
    try:
        hints = get_type_hints(function, include_extras=True)
    except (NameError, AttributeError, SyntaxError, TypeError) as error:
        raise UsageError(f"{what}: {error}; its annotations must be importable names") from error
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
