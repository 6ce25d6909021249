"""Where one can walk, and how to get there."""

from collections import deque
from collections.abc import Container

from demo_game.village.tiled import MapFile
from demo_game.village.units import Cell, Spot, spot_at_px

__all__ = ["Door", "Ground", "Place"]


class Place:
    """Somewhere with a name."""

    __slots__ = ("label", "name", "spot")

    def __init__(self, name: str, label: str, spot: Spot) -> None:
        self.name = name
        self.label = label
        """As people say it, with its article."""
        self.spot = spot


class Door:
    """Something that can be locked."""

    __slots__ = ("is_locked", "is_open", "name", "spot")

    def __init__(self, name: str, spot: Spot, *, is_locked: bool) -> None:
        self.name = name
        self.spot = spot
        self.is_locked = is_locked
        self.is_open = False


class Ground:
    """The map as walkers know it."""

    def __init__(self, chart: MapFile) -> None:
        self.width, self.height = chart.width, chart.height
        solid = chart.tiles("solid")
        self._blocked = [tile != 0 for tile in solid]
        # Nobody leaves on the evening of the festival: doorways are closed to walkers, open or not.
        for o in chart.objects("doors"):
            first, last = spot_at_px(o.x, o.y).cell, spot_at_px(o.x + o.width - 1, o.y).cell
            for column in range(first.column, last.column + 1):
                self._blocked[first.row * self.width + column] = True
        self.places = {
            o.name: Place(o.name, str(o.get("label", o.name)), spot_at_px(o.x, o.y))
            for o in chart.objects("places")
        }
        self.doors = {
            o.name: Door(
                o.name,
                spot_at_px(o.x + o.width / 2, o.y + o.height),
                is_locked=bool(o.get("locked", False)),
            )
            for o in chart.objects("doors")
        }

    def is_free(self, cell: Cell) -> bool:
        """Whether one can stand in a cell; nothing outside the map is free."""
        column, row = cell
        inside = 0 <= column < self.width and 0 <= row < self.height
        return inside and not self._blocked[row * self.width + column]

    def spot_of(self, name: str) -> Spot | None:
        """Return where a place or a door is."""
        fixed = self.places.get(name) or self.doors.get(name)
        return None if fixed is None else fixed.spot

    def nearest_place(self, spot: Spot, *, but: str = "") -> Place:
        """Return the place a point is at, or nearest to; one of them may be left out."""
        return min(
            (place for place in self.places.values() if place.name != but),
            key=lambda place: (abs(place.spot.x - spot.x) + abs(place.spot.y - spot.y), place.name),
        )

    def path(self, start: Cell, goal: Cell) -> list[Cell] | None:
        """Return the shortest way, from the first step to ``goal``; ``None`` if there is none.

        Breadth first, four ways, always in the same order: equals are decided alike every time.

        Args:
            start: Where one stands; it need not be free.
            goal: Where to.
        """
        if start == goal:
            return []
        if not self.is_free(goal):
            return None
        came_from: dict[Cell, Cell] = {goal: goal}
        # Searched from the goal, so that the way can be read off from the start.
        queue = deque([goal])
        while queue:
            cell = queue.popleft()
            if cell == start:
                return self._walk_back(start, goal, came_from)
            for column, row in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                step = Cell(cell.column + column, cell.row + row)
                if (step == start or self.is_free(step)) and step not in came_from:
                    came_from[step] = cell
                    queue.append(step)
        return None

    def free_cell_near(self, spot: Spot, start: Cell, taken: Container[Cell]) -> Cell | None:
        """Return the free cell nearest to a point, of equals the one nearest to ``start``.

        Args:
            spot: Where one would like to stand; up to three cells from there will do.
            start: Where one comes from.
            taken: Cells that others stand in.
        """
        home = spot.cell
        best: tuple[int, int, Cell] | None = None
        for row in range(home.row - 3, home.row + 4):
            for column in range(home.column - 3, home.column + 4):
                cell = Cell(column, row)
                if cell in taken or not self.is_free(cell):
                    continue
                there = abs(column - home.column) + abs(row - home.row)
                here = abs(column - start.column) + abs(row - start.row)
                if best is None or (there, here, cell) < best:
                    best = (there, here, cell)
        return None if best is None else best[2]

    @staticmethod
    def _walk_back(start: Cell, goal: Cell, came_from: dict[Cell, Cell]) -> list[Cell]:
        way: list[Cell] = []
        cell = start
        while cell != goal:
            cell = came_from[cell]
            way.append(cell)
        return way
