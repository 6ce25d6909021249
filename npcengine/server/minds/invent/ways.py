"""The ways through a schema: what it refers to and leaves open, and which way comes to an end."""

from npcengine.server.minds.invent.budget import MAX_DEPTH, Budget
from npcengine.server.minds.invent.demands import Demands
from npcengine.server.minds.invent.schemas import Schema, as_schema, listed, resolve

__all__ = ["Ways"]


class Ways:
    """One schema, and what is known of its parts."""

    def __init__(self, root: Schema, budget: Budget) -> None:
        self._root = root
        self._budget = budget
        self._known: dict[tuple[int, int], tuple[bool, Schema]] = {}
        """By a schema's id and the depth left; the schema is kept, so that no other gets its id."""

    def forks(self, schema: Schema) -> list[list[Schema]]:
        """Return what has to be decided: of each list, one schema has to be fit as well."""
        forks: list[list[Schema]] = []
        if "$ref" in schema:
            forks.append([resolve(self._root, schema["$ref"])])
        forks += ([as_schema(part)] for part in listed(schema, "allOf"))
        for key in ("anyOf", "oneOf"):
            if key in schema:
                forks.append([as_schema(way) for way in listed(schema, key)])
        if "if" in schema:
            then = {"allOf": [schema["if"], schema.get("then", True)]}
            forks.append([then, as_schema(schema.get("else", True))])
        return forks

    def ends(self, schema: Schema, depth: int) -> bool:
        """Whether a value can be made with no more than ``depth`` schemas inside each other."""
        if depth < 0 or schema.get("not") in (True, {}):
            return False
        if (known := self._known.get((id(schema), depth))) is not None:
            return known[0]
        self._budget.look(schema, "$")
        ends = all(
            any(self.ends(way, depth - 1) for way in ways) for ways in self.forks(schema)
        ) and self._ends_itself(Demands([schema]), depth)
        self._known[id(schema), depth] = (ends, schema)
        return ends

    def shortest(self, schema: Schema) -> int:
        """Return the least depth in which a value can be made."""
        depths = range(MAX_DEPTH)
        return next((depth for depth in depths if self.ends(schema, depth)), MAX_DEPTH)

    def _ends_itself(self, demands: Demands, depth: int) -> bool:
        kinds = demands.types()
        if demands.values() is not None or not set(kinds) <= {"object", "array"}:
            return True
        if "object" in kinds:
            required = demands.required()
            least, _ = demands.counts("minProperties", "maxProperties")
            if all(self.ends(demands.field(name), depth - 1) for name in required) and (
                least <= len(required) or self._some_other_ends(demands, required, depth)
            ):
                return True
        if "array" in kinds:
            least, _ = demands.counts("minItems", "maxItems")
            return all(self.ends(demands.item(n), depth - 1) for n in range(min(least, 64)))
        return False

    def _some_other_ends(self, demands: Demands, required: set[str], depth: int) -> bool:
        """Whether there can be more fields than the required ones."""
        optional = [demands.field(name) for name in demands.fields() if name not in required]
        fields = [*optional, *demands.patterned_fields().values(), demands.other_field()]
        return any(self.ends(field, depth - 1) for field in fields)
