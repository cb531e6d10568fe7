"""Edits made on the map: what a click at a place changes in a scenario, and what it answers.

Coordinates come from the browser in degrees; a scenario keeps them in its own
CRS, or in that of the place where it names none.
"""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from coverage.papers.map_content import MapWords, map_words, subject_name
from coverage.papers.map_layers import OrganisationLayer, organisation_layer, position_deltas
from coverage.scenario import CLOSES, OPENS
from coverage.scenario_edits import (
    XY,
    AddOrganisation,
    CloseOrganisation,
    Edit,
    MoveOrganisation,
    Scenario,
)
from coverage.side_by_side import SideBySide
from coverage.standard import Standard
from geo.metric import WGS84, known_crs, transformed
from geo.phrases import Language, phrase
from geo.place import Place
from geo.place_tables import community_of

NEW, CLOSED = "n", "k"
NAMED = 3


def scenario_position(
    place: Place, scenario: Scenario, at: XY, crs: pyproj.CRS | None = None
) -> XY:
    """Return a position as the scenario writes it; `crs` is that of `at`, degrees by default."""
    target = known_crs(scenario.crs) if scenario.crs else place.crs
    given = WGS84 if crs is None else crs
    if given == target:
        return float(at[0]), float(at[1])
    x, y = transformed(np.array([at], dtype=np.float64), given, target)
    return float(x[0]), float(y[0])


def opened_at(
    place: Place, scenario: Scenario, category: str, at: XY, crs: pyproj.CRS | None = None
) -> AddOrganisation:
    """Return the edit that opens an organisation of `category` at a position.

    It is named for its category and the community it stands in, and its id is
    new to the place and to the scenario.
    """
    given = WGS84 if crs is None else crs
    point = gpd.GeoDataFrame(geometry=gpd.points_from_xy([at[0]], [at[1]]), crs=given)
    code = str(community_of(point.to_crs(place.crs), place.communities).iloc[0])
    where = str(place.communities.at[code, "name"]) if code else phrase("where.outside", "zh")
    before = "示例" if place.demonstration else ""
    taken = {getattr(edit, "organisation_id", "") for edit in scenario.edits}
    taken |= set(place.register.index)
    stem = f"site-{category}-{code or 'outside'}"
    number = next(k for k in range(1, len(taken) + 2) if f"{stem}-{k}" not in taken)
    return AddOrganisation(
        organisation_id=f"{stem}-{number}",
        name=f"{before}拟设{place.taxonomy[category].zh}（{where}）",
        categories=(category,),
        at=scenario_position(place, scenario, at, given),
    )


def moved_to(
    place: Place, scenario: Scenario, service_point_id: str, organisation_id: str, at: XY
) -> Scenario:
    """Return `scenario` with a service point moved to a position in degrees.

    A site the scenario opens is opened there instead; a point it moved already
    is moved once, to the last position.
    """
    there = scenario_position(place, scenario, at)
    for k, edit in enumerate(scenario.edits):
        if isinstance(edit, AddOrganisation) and edit.organisation_id == organisation_id:
            return _with(scenario, k, replace(edit, at=there))
        if isinstance(edit, MoveOrganisation) and edit.service_point_id == service_point_id:
            return _with(scenario, k, replace(edit, at=there))
    return scenario.with_edit(
        MoveOrganisation(organisation_id, there, service_point_id=service_point_id)
    )


def closed_or_reopened(scenario: Scenario, organisation_id: str) -> Scenario:
    """Return `scenario` with an organisation closed.

    A site the scenario opens is not opened; one it closes stays open again.
    """
    for k, edit in enumerate(scenario.edits):
        own = getattr(edit, "organisation_id", None) == organisation_id
        if own and isinstance(edit, AddOrganisation | CloseOrganisation):
            return scenario.without_edit(k)
    return scenario.with_edit(CloseOrganisation(organisation_id))


def edited_layer(
    place: Place, after: Place, scenario: Scenario, standard: Standard, subject: str
) -> OrganisationLayer:
    """Return the service points after a scenario; what it opened, moved or closed is marked.

    `NEW` marks what opened or moved, `CLOSED` stands where something closed.
    """
    layer = organisation_layer(after, standard, subject)
    points = after.service_points
    fresh = _ids(scenario, AddOrganisation)
    moved = {one.service_point_id for one in scenario.edits if isinstance(one, MoveOrganisation)}
    owners = points["organisation_id"].reindex(list(layer.service_point_ids))
    marks = "".join(
        NEW if owner in fresh or point in moved else mark
        for mark, owner, point in zip(layer.marks, owners, layer.service_point_ids, strict=True)
    )
    gone = _closed_layer(place, scenario, standard, subject)
    ids = (*layer.service_point_ids, *gone.service_point_ids)
    shapes = [points.geometry.loc[list(layer.service_point_ids)]]
    shapes.append(place.service_points.geometry.loc[list(gone.service_point_ids)])
    joined = gpd.GeoSeries(np.concatenate([one.to_numpy() for one in shapes]), crs=place.crs)
    return OrganisationLayer(
        at=position_deltas(joined),
        marks=marks + CLOSED * len(gone.marks),
        names=(*layer.names, *gone.names),
        categories=(*layer.categories, *gone.categories),
        service_point_ids=ids,
    )


def edited_words(
    place: Place,
    scenario: Scenario,
    standard: Standard,
    subject: str,
    points: OrganisationLayer,
    language: Language,
    *,
    approval_number: str = "",
) -> MapWords:
    """Return title and legend of the map that shows a place after a scenario."""
    words = map_words(place, standard, subject, points, language, approval_number=approval_number)
    if not scenario.edits:
        return words
    rows = {NEW: phrase("where.map.site", language), CLOSED: phrase("where.map.closed", language)}
    more = tuple((mark, text) for mark, text in rows.items() if mark in points.marks)
    return replace(
        words,
        title=phrase("where.map.title", language, title=words.title),
        legend=(*words.legend, *more),
    )


def answer_sentences(
    place: Place, sides: SideBySide, subjects: tuple[str, ...], language: Language
) -> tuple[tuple[str, str], ...]:
    """Return what a scenario changes: a subject with a change, and who gains and which gaps close.

    Names stand in it as the files write them.
    """
    said = []
    for subject in subjects:
        rows = sides.communities[sides.communities["category"] == subject]
        gained, lost = int(rows["gained"].sum()), int(rows["lost"].sum())
        built = int(rows["built"].sum())
        closes, opens = (rows[rows["gap"] == one]["community"] for one in (CLOSES, OPENS))
        parts = []
        for key, count, column in (("gained", gained, "gained"), ("lost", lost, "lost")):
            if count:
                where = _most(rows, column, language)
                parts.append(phrase(f"where.said.{key}", language, count=count, where=where))
        if built:
            parts.append(phrase("where.said.built", language, count=built))
        for key, names in (("closes", closes), ("opens", opens)):
            if len(names):
                where = _listed(names, language)
                parts.append(phrase(f"where.said.{key}", language, count=len(names), where=where))
        if parts:
            joint = "；" if language == "zh" else "; "
            name = subject_name(place, subject, language)
            said.append((name, joint.join(parts)))
    return tuple(said)


def _with(scenario: Scenario, position: int, edit: Edit) -> Scenario:
    edits = list(scenario.edits)
    edits[position] = edit
    return replace(scenario, edits=tuple(edits))


def _ids(scenario: Scenario, kind: type[Edit]) -> set[str]:
    return {str(getattr(one, "organisation_id", "")) for one in scenario.edits if type(one) is kind}


def _closed_layer(
    place: Place, scenario: Scenario, standard: Standard, subject: str
) -> OrganisationLayer:
    ids = _ids(scenario, CloseOrganisation)
    points = place.service_points
    only = replace(place, service_points=points[points["organisation_id"].isin(ids)])
    return organisation_layer(only, standard, subject)


def _most(rows: pd.DataFrame, column: str, language: Language) -> str:
    table = rows[rows[column] > 0].nlargest(NAMED, column)
    pairs = zip(table["community"], table[column], strict=True)
    words = [phrase("where.people_in", language, name=name, count=count) for name, count in pairs]
    return _joined(words, language)


def _listed(names: pd.Series, language: Language) -> str:
    listed = list(names)
    return _joined(listed[:NAMED], language) + ("…" if len(listed) > NAMED else "")


def _joined(words: list[str], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(words)
