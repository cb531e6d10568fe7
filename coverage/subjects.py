"""What can be measured at a place: categories and headline groups, and their nearest walks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from coverage.standard import Standard
from coverage.walking import UNREACHED, Walks
from geo.place import Place
from geo.taxonomy import Category, Group


@dataclass(frozen=True)
class Subject:
    """A category or a group, with the residents column that counts its beneficiaries."""

    code: str
    kind: str
    column: str
    categories: tuple[str, ...]


def subjects_of(place: Place, walks: Walks, standard: Standard) -> tuple[Subject, ...]:
    """Return what can be measured here: categories with counted beneficiaries, then groups."""
    subjects = []
    for code in walks.categories:
        column = standard.column_for(place.taxonomy[code], place.count_columns)
        if column is not None:
            subjects.append(Subject(code, "category", column, (code,)))
    columns = {subject.code: subject.column for subject in subjects}
    for group in place.taxonomy.groups:
        if all(code in columns for code in group.categories):
            column = columns[group.categories[0]]
            subjects.append(Subject(group.code, "group", column, group.categories))
    return tuple(subjects)


def subject_categories(place: Place, subject: str) -> tuple[Category, ...]:
    """Return the categories behind a category code or a group code."""
    group = next((one for one in place.taxonomy.groups if one.code == subject), None)
    codes = group.categories if group is not None else (subject,)
    return tuple(place.taxonomy[code] for code in codes)


def subject_named(place: Place, subject: str) -> Category | Group:
    """Return the category or the group with the code `subject`."""
    for group in place.taxonomy.groups:
        if group.code == subject:
            return group
    return place.taxonomy[subject]


@dataclass(frozen=True, eq=False)
class Nearest:
    """Each resident point's walk to the nearest service point of one subject.

    `millimetres` (int32, ``UNREACHED`` beyond the search bound), `service_point`
    (position among the place's service points, -1 beyond) and `category` (index
    into `categories`: which of a group's categories is the nearest one).
    """

    millimetres: npt.NDArray[np.int32]
    service_point: npt.NDArray[np.int32]
    category: npt.NDArray[np.intp]
    categories: tuple[Category, ...]

    def at(self, rows: npt.NDArray[np.intp]) -> Nearest:
        """Return the walks of the resident points at the positions `rows` alone."""
        return replace(
            self,
            millimetres=self.millimetres[rows],
            service_point=self.service_point[rows],
            category=self.category[rows],
        )

    @property
    def metres(self) -> npt.NDArray[np.float64]:
        """The walk in metres, NaN beyond the search bound."""
        return np.where(self.millimetres == UNREACHED, np.nan, self.millimetres / 1000)

    def minutes(self, standard: Standard) -> npt.NDArray[np.float64]:
        """Return the walk in minutes at the beneficiaries' own speed, NaN beyond the bound."""
        per_metre = [standard.walk_minutes(category, 1000) for category in self.categories]
        return np.asarray(self.metres * np.asarray(per_metre)[self.category])


def nearest_of(place: Place, walks: Walks, subject: str) -> Nearest:
    """Return each resident point's walk to the nearest service point of a category or group."""
    categories = subject_categories(place, subject)
    columns = np.array([walks.categories.index(one.code) for one in categories])
    best = walks.millimetres[:, columns].argmin(axis=1)
    rows = np.arange(len(walks.residents))
    return Nearest(
        millimetres=walks.millimetres[rows, columns[best]],
        service_point=walks.service_point[rows, columns[best]],
        category=best,
        categories=categories,
    )
