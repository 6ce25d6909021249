"""Makes values: follows references, takes choices, and tries until one fits.

Far inside a schema that holds itself (a node with nodes) it takes the shortest way out.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from random import Random
from typing import TypeAlias, TypeVar

from npcengine.server.faults import MindError
from npcengine.server.minds.invent.budget import MAX_DEPTH, TRIES, Budget, UnfitError
from npcengine.server.minds.invent.demands import Demands
from npcengine.server.minds.invent.fitting import Fitting
from npcengine.server.minds.invent.numbers import integers, numbers
from npcengine.server.minds.invent.schemas import ANYTHING, NOTHING, Schema
from npcengine.server.minds.invent.texts import texts
from npcengine.server.minds.invent.ways import Ways

__all__ = ["invent"]

SHALLOW = 6
"""Depth up to which luck decides alone; after it, the shortest way out."""

MANY = 2
"""Items or fields more than there must be."""


def invent(schema: Mapping[str, object], random: Random) -> object:
    """Return a value that is valid under ``schema``.

    Raises:
        MindError: There is none, or none that could be found within a :class:`Budget`; where and
            why is in its message.
    """
    try:
        return _Inventor(schema, random).make(schema, "$", 0)
    except (ArithmeticError, RecursionError) as error:
        raise MindError("the schema goes beyond what numbers or nesting can be") from error


T = TypeVar("T")

_Made: TypeAlias = Iterator[object]


class _Inventor:
    def __init__(self, root: Schema, random: Random) -> None:
        self._random = random
        self._budget = Budget()
        self._fitting = Fitting(root, self._budget)
        self._ways = Ways(root, self._budget)

    def make(self, schema: Schema, path: str, depth: int) -> object:
        """Return a value.

        Raises:
            UnfitError: There is none here.
        """
        trouble: UnfitError | None = None
        for demands in self._demands(schema, path, depth):
            for candidates in self._candidates(demands, path, depth):
                try:
                    for value in islice(candidates, TRIES):
                        if self._fitting.fits(value, schema):
                            return value
                except UnfitError as unfit:
                    trouble = trouble or unfit
        raise trouble or UnfitError(path, "nothing was found that fits")

    def _demands(self, schema: Schema, path: str, depth: int) -> Iterator[Demands]:
        """Yield what is demanded, once for each way through the choices of a schema."""
        if not self._ways.ends(schema, MAX_DEPTH - depth):
            raise UnfitError(path, "nothing is allowed here, or it never ends")
        for schemas in self._plain(schema, path, depth):
            self._budget.work(len(schemas), path)
            yield Demands(schemas)

    def _plain(self, schema: Schema, path: str, depth: int) -> Iterator[tuple[Schema, ...]]:
        self._budget.look(schema, path)
        return self._decided((schema,), self._ways.forks(schema), path, depth)

    def _decided(
        self, first: tuple[Schema, ...], forks: list[list[Schema]], path: str, depth: int
    ) -> Iterator[tuple[Schema, ...]]:
        if not forks:
            yield first
            return
        ways = [way for way in forks[0] if self._ways.ends(way, MAX_DEPTH - depth - 1)]
        self._random.shuffle(ways)
        if self._is_far(depth):
            ways.sort(key=self._ways.shortest)
        for way in ways:
            for more in self._plain(way, path, depth + 1):
                yield from self._decided((*first, *more), forks[1:], path, depth)

    def _candidates(self, demands: Demands, path: str, depth: int) -> Iterator[_Made]:
        """Yield values to try: those that are listed, or those of each type."""
        if (values := demands.values()) is not None:
            yield iter(self._shuffled(values))
        else:
            for kind in self._shuffled(demands.types()):
                yield self._of_type(kind, demands, path, depth)

    def _of_type(self, kind: str, demands: Demands, path: str, depth: int) -> _Made:
        match kind:
            case "object":
                return self._objects(demands, path, depth)
            case "array":
                return self._arrays(demands, path, depth)
            case "string":
                return texts(demands, self._random, self._budget, path)
            case "integer":
                return integers(demands, self._random, path)
            case "number":
                return numbers(demands, self._random, path)
            case "boolean":
                return iter(self._shuffled([True, False]))
            case _:
                return iter([None])

    def _objects(self, demands: Demands, path: str, depth: int) -> _Made:
        while True:
            yield self._object(demands, path, depth)

    def _object(self, demands: Demands, path: str, depth: int) -> dict[str, object]:
        least, most = demands.counts("minProperties", "maxProperties")
        required, fields = demands.required(), demands.fields()
        optional = self._shuffled([name for name in fields if name not in required])
        more = max(sum(self._is_lucky(depth) for _ in optional), least - len(required))
        more = more if most is None else max(0, min(more, most - len(required)))
        chosen = {*required, *optional[:more]}
        made: dict[str, object] = {}
        for name in (name for name in fields if name in chosen):
            try:
                made[name] = self.make(demands.field(name), f"{path}.{name}", depth + 1)
            except UnfitError:
                if name in required:
                    raise
        self._add_others(made, demands, path, depth)
        return made

    def _add_others(self, made: dict[str, object], demands: Demands, path: str, depth: int) -> None:
        """Add fields of other names: as many as there must be, some more where they are meant."""
        least, most = demands.counts("minProperties", "maxProperties")
        known, patterned = demands.fields(), demands.patterned_fields()
        is_map = not known and (patterned or demands.other_field() not in (ANYTHING, NOTHING))
        wanted = max(
            least, self._random.randint(0, MANY) if is_map and not self._is_far(depth) else 0
        )
        wanted = wanted if most is None else min(wanted, most)
        for _ in range(TRIES * wanted):
            if len(made) >= wanted:
                return
            if patterned:
                pattern, field = self._random.choice(list(patterned.items()))
                names: Schema = {"type": "string", "pattern": pattern}
            else:
                names, field = {"type": "string", "minLength": 1}, demands.other_field()
            try:
                name = self.make({"allOf": [names, demands.field_name()]}, path, depth + 1)
                if isinstance(name, str) and name not in known and name not in made:
                    made[name] = self.make(field, f"{path}.{name}", depth + 1)
            except UnfitError:
                if len(made) < least:
                    raise
                return

    def _arrays(self, demands: Demands, path: str, depth: int) -> _Made:
        while True:
            yield self._array(demands, path, depth)

    def _array(self, demands: Demands, path: str, depth: int) -> list[object]:
        least, most = demands.counts("minItems", "maxItems")
        more = self._random.randint(0, MANY) if not self._is_far(depth) else 0
        count = least + more if most is None else min(least + more, most)
        self._budget.work(count, path)
        made: list[object] = []
        for index in range(count):
            item = demands.item(index)
            if demands.holds("uniqueItems"):
                item = {"allOf": [item, {"not": {"enum": list(made)}}]}
            try:
                made.append(self.make(item, f"{path}[{index}]", depth + 1))
            except UnfitError:
                if index < least:
                    raise
                break
        return made

    def _is_far(self, depth: int) -> bool:
        """Whether it is time for the shortest way out."""
        return depth > SHALLOW or self._budget.is_short

    def _is_lucky(self, depth: int) -> bool:
        return not self._is_far(depth) and self._random.random() < 0.5

    def _shuffled(self, values: Sequence[T]) -> list[T]:
        return self._random.sample(values, len(values))
