"""What a click draws over the communities: walking areas, resident points, one walk, rings.

Everything is ready for JSON and travels with an answer; names and hints are
data, set with ``textContent``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from coverage.organisation_reach import DrawnArea
from coverage.papers.map_layers import area_rings, position_deltas
from coverage.reach import Proof
from coverage.resident_walk import ResidentWalk
from coverage.subjects import subject_named
from geo.phrases import Language, phrase
from geo.place import Place

REACHED, NOT_REACHED, TO_CHECK = "r", "u", "q"
WALK, ESTIMATE = "w", "e"

LegendRows = tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class MapMarks:
    """What lies over the communities, as the page reads it, and its rows in the legend.

    Parameters
    ----------
    bands
        Walking areas, nearest first: ``mark`` and ``rings``.
    residents
        ``at``, ``marks``, ``sizes`` (shares of the largest radius), ``hints``
        (lines a point) and ``measured`` (real people were counted there, so
        that their homes stay out of pictures); None for none.
    resident_point_ids
        The ids behind the rows of `residents`.
    walk
        ``line``, ``estimated`` and ``label``; None for none.
    rings
        Positions to be ringed, as differences.
    legend
        Rows to add.
    waiting
        Whether the next click says where something goes; the pointer shows it.
    """

    bands: tuple[dict[str, Any], ...] = ()
    residents: dict[str, Any] | None = None
    resident_point_ids: tuple[str, ...] = ()
    walk: dict[str, Any] | None = None
    rings: tuple[int, ...] = field(default=())
    legend: LegendRows = ()
    waiting: bool = False

    def content(self) -> dict[str, Any]:
        """Return what travels."""
        return {
            "bands": self.bands,
            "residents": self.residents,
            "walk": self.walk,
            "rings": self.rings,
            "waiting": self.waiting,
        }

    def ringed(self, place: Place, points: gpd.GeoSeries) -> MapMarks:
        """Return the same with rings around the placed ones of `points`."""
        placed = gpd.GeoSeries(points[~points.isna()], crs=place.crs)
        return replace(self, rings=position_deltas(placed) if len(placed) else ())


def area_marks(place: Place, areas: Sequence[DrawnArea], language: Language) -> MapMarks:
    """Return the walking areas of an organisation, one outline a time, with their legend."""
    shown = [one for one in areas if not one.area.is_empty]
    bands = tuple(
        {"mark": f"b{k}", "rings": area_rings(place, gpd.GeoSeries([one.area]))}
        for k, one in enumerate(shown, start=1)
    )
    key = "map.area" if place.streets is not None else "map.area.straight"
    legend = tuple(
        (f"b{k}", phrase(key, language, minutes=one.minutes, metres=one.metres))
        for k, one in enumerate(shown, start=1)
    )
    return MapMarks(bands=bands, legend=legend)


def resident_marks(place: Place, proof: Proof, language: Language) -> MapMarks:
    """Return the resident points behind a number, sized by beneficiaries, with their legend.

    Points without beneficiaries stand behind no number and are not drawn.
    """
    rows = proof.points[proof.points["beneficiaries"] > 0]
    if rows.empty:
        return MapMarks()
    marks = np.where(rows["covered"], REACHED, NOT_REACHED)
    marks[rows["off_network"].to_numpy()] = TO_CHECK
    people = rows["beneficiaries"].to_numpy(np.float64)
    # The area of a dot tells the people.
    sizes = np.sqrt(people / people.max()).round(2).tolist()
    homes = gpd.GeoSeries(place.residents.geometry.loc[rows.index], crs=place.crs)
    name = subject_named(place, proof.subject).name(language)
    words = {
        REACHED: phrase("map.resident.reached", language, subject=name),
        NOT_REACHED: phrase("map.resident.not_reached", language, subject=name),
        TO_CHECK: phrase("map.resident.to_check", language, subject=name),
    }
    seen = [mark for mark in words if mark in set(marks)]
    return MapMarks(
        residents={
            "at": position_deltas(homes),
            "marks": "".join(marks),
            "sizes": sizes,
            "hints": _hints(rows, [words[mark] for mark in marks], language),
            "measured": bool(
                (place.residents.loc[rows.index].filter(like="basis_") == "measured").any(axis=None)
            ),
        },
        resident_point_ids=tuple(map(str, rows.index)),
        legend=tuple((mark, words[mark]) for mark in seen),
    )


def _hints(rows: Any, states: list[str], language: Language) -> list[list[str]]:
    nothing = phrase("gap.nothing_in_walking_range", language)
    hints = []
    for state, people, metres, minutes in zip(
        states, rows["beneficiaries"], rows["metres"], rows["minutes"], strict=True
    ):
        first = phrase("map.resident.hint", language, count=people, state=state)
        walk = nothing if np.isnan(metres) else walk_words(metres, minutes, language)
        hints.append([first, walk])
    return hints


def walk_words(metres: float, minutes: float, language: Language) -> str:
    """Return a walk in words: metres and minutes, one decimal where whole ones would mislead."""
    return phrase("map.walk", language, metres=metres, minutes=minutes)


def walk_marks(place: Place, walk: ResidentWalk, language: Language) -> MapMarks:
    """Return one walk as a line with its label; nothing where there is no walk."""
    if walk.line is None or walk.metres is None or walk.minutes is None:
        return MapMarks()
    vertices = shapely.get_coordinates(walk.line)
    line = gpd.GeoSeries(gpd.points_from_xy(vertices[:, 0], vertices[:, 1]), crs=place.crs)
    label = walk_words(walk.metres, walk.minutes, language)
    mark = ESTIMATE if walk.estimated else WALK
    key = "map.walk.estimated" if walk.estimated else "map.walk.network"
    if walk.estimated:
        label = phrase("map.walk.straight", language, walk=label)
    return MapMarks(
        walk={
            "line": position_deltas(line),
            "estimated": walk.estimated,
            "label": label,
        },
        legend=((mark, phrase(key, language)),),
    )


def together(*several: MapMarks) -> MapMarks:
    """Return marks drawn together; of residents, walks and rings the last one counts."""
    both = MapMarks()
    for one in several:
        both = MapMarks(
            bands=(*both.bands, *one.bands),
            residents=one.residents or both.residents,
            resident_point_ids=one.resident_point_ids or both.resident_point_ids,
            walk=one.walk or both.walk,
            rings=one.rings or both.rings,
            legend=(*both.legend, *one.legend),
            waiting=both.waiting or one.waiting,
        )
    return both
