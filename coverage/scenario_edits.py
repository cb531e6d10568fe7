"""Edits over a place: what could open, move, close, be built or be cut off.

Every edit is a small frozen value with a note; `coverage.scenario_apply` makes
the place that follows from them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

XY = tuple[float, float]


@dataclass(frozen=True)
class AddOrganisation:
    """An organisation opens at `at`."""

    organisation_id: str
    name: str
    categories: tuple[str, ...]
    at: XY
    capacity: float | None = None
    note: str = ""


@dataclass(frozen=True)
class MoveOrganisation:
    """An organisation moves to `at`; with several service points, the named one."""

    organisation_id: str
    at: XY
    service_point_id: str = ""
    note: str = ""


@dataclass(frozen=True)
class CloseOrganisation:
    """An organisation ends (注销): none of its service points counts any more."""

    organisation_id: str
    note: str = ""


@dataclass(frozen=True)
class ReopenOrganisation:
    """An organisation works again (正常), with its filing complete where it is a filed one."""

    organisation_id: str
    note: str = ""


@dataclass(frozen=True)
class ChangeCapacity:
    """Every service point of an organisation gets this capacity."""

    organisation_id: str
    capacity: float
    note: str = ""


@dataclass(frozen=True)
class ChangeCategories:
    """An organisation serves these categories from now on."""

    organisation_id: str
    categories: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class AddResidents:
    """A new estate at `at`; `counts` names columns of the residents table."""

    resident_point_id: str
    at: XY
    counts: tuple[tuple[str, int], ...]
    note: str = ""


@dataclass(frozen=True)
class CloseStreet:
    """The piece of street nearest to `at` is closed."""

    at: XY
    note: str = ""


@dataclass(frozen=True)
class AddStreet:
    """A link for walkers along `line`; its ends join the nearest streets."""

    line: tuple[XY, ...]
    note: str = ""


Edit = (
    AddOrganisation
    | MoveOrganisation
    | CloseOrganisation
    | ReopenOrganisation
    | ChangeCapacity
    | ChangeCategories
    | AddResidents
    | CloseStreet
    | AddStreet
)

KINDS: dict[str, type[Edit]] = {
    "add_organisation": AddOrganisation,
    "move_organisation": MoveOrganisation,
    "close_organisation": CloseOrganisation,
    "reopen_organisation": ReopenOrganisation,
    "change_capacity": ChangeCapacity,
    "change_categories": ChangeCategories,
    "add_residents": AddResidents,
    "close_street": CloseStreet,
    "add_street": AddStreet,
}
KIND_OF = {edit: kind for kind, edit in KINDS.items()}


@dataclass(frozen=True)
class Scenario:
    """A named list of edits.

    Parameters
    ----------
    name
        Shown name; unique within a place.
    edits
        In the order in which they happen.
    crs
        CRS of the coordinates in `edits`; empty: that of the place.
    note
        What the scenario is for.
    """

    name: str
    edits: tuple[Edit, ...] = ()
    crs: str = ""
    note: str = ""

    def with_edit(self, edit: Edit) -> Scenario:
        """Return the scenario with one more edit at the end."""
        return replace(self, edits=(*self.edits, edit))

    def without_edit(self, position: int) -> Scenario:
        """Return the scenario without the edit at `position`."""
        return replace(self, edits=self.edits[:position] + self.edits[position + 1 :])
