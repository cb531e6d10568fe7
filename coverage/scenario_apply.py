"""A place as it would be after edits.

The given place never changes; rows of residents and service points keep their
order, new ones stand at the end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage.scenario_edits import (
    KIND_OF,
    XY,
    AddOrganisation,
    AddResidents,
    AddStreet,
    ChangeCapacity,
    ChangeCategories,
    CloseOrganisation,
    CloseStreet,
    Edit,
    MoveOrganisation,
    ReopenOrganisation,
    Scenario,
)
from geo.errors import PlaceError
from geo.metric import known_crs, transformed
from geo.place import Place
from geo.place_tables import community_of
from geo.street_edits import with_street_added, with_street_closed
from geo.tables import REGISTER, RESIDENTS, SERVICE_POINTS, checked


def apply(place: Place, edits: Sequence[Edit] | Scenario) -> Place:
    """Return `place` as it would be after `edits`.

    Parameters
    ----------
    place
        The place as it is.
    edits
        Edits in order, or a scenario.

    Returns
    -------
    A new place with its own `content_hash`; without edits, the place itself.

    Raises
    ------
    PlaceError
        An edit names something that is not there, or that is there already.
    NetworkError
        A street link that meets no street, or streets of a place without any.
    TableError
        An unknown category or an impossible count.
    """
    listed = edits.edits if isinstance(edits, Scenario) else tuple(edits)
    crs = edits.crs if isinstance(edits, Scenario) else ""
    if not listed:
        return place
    after = place
    for edit in listed:
        after = _applied(after, _in_place_crs(edit, crs, place))
    digest = hashlib.sha256(place.content_hash.encode())
    digest.update(repr([(KIND_OF[type(one)], asdict(one)) for one in listed]).encode())
    digest.update(crs.encode())
    return replace(after, content_hash=digest.hexdigest())


def _in_place_crs(edit: Edit, crs: str, place: Place) -> Edit:
    """Return `edit` with its coordinates in the CRS of the place."""
    if not crs or known_crs(crs) == place.crs:
        return edit
    changes: dict[str, Any] = {}
    for field in fields(edit):
        if field.name in ("at", "line"):
            given = np.atleast_2d(np.asarray(getattr(edit, field.name), dtype=np.float64))
            x, y = transformed(given, known_crs(crs), place.crs)
            moved = tuple((float(a), float(b)) for a, b in zip(x, y, strict=True))
            changes[field.name] = moved[0] if field.name == "at" else moved
    return replace(edit, **changes)


def _applied(place: Place, edit: Edit) -> Place:  # noqa: PLR0911  (one line a kind of edit)
    match edit:
        case AddOrganisation():
            return _with_organisation(place, edit)
        case MoveOrganisation():
            return _moved(place, edit)
        case CloseOrganisation():
            return _in_state(place, edit.organisation_id, "注销")
        case ReopenOrganisation():
            return _in_state(place, edit.organisation_id, "正常")
        case ChangeCapacity():
            return _with_capacity(place, edit)
        case ChangeCategories():
            return _with_categories(place, edit)
        case AddResidents():
            return _with_residents(place, edit)
        case CloseStreet():
            return replace(place, streets=with_street_closed(_streets(place), edit.at))
        case AddStreet():
            return replace(place, streets=with_street_added(_streets(place), edit.line))


def _streets(place: Place) -> Any:
    if place.streets is None:
        raise PlaceError("error.scenario_no_streets", place=_words(place))
    return place.streets


def _words(place: Place) -> dict[str, str]:
    return {"zh": place.name.zh, "en": place.name.en}


def _known(place: Place, organisation_id: str) -> None:
    if organisation_id not in place.register.index:
        raise PlaceError("error.scenario_unknown", given=organisation_id, place=_words(place))


def _codes(place: Place, categories: Sequence[str]) -> str:
    """Return the categories joined as a cell, each held to the taxonomy."""
    if not categories:
        raise PlaceError("error.scenario_no_category", known="、".join(place.taxonomy.codes))
    return ";".join(sorted(place.taxonomy[code].code for code in categories))


def _point(at: XY) -> shapely.Point:
    if len(at) != 2 or not np.isfinite(at).all():
        raise PlaceError("error.scenario_point", given=str(at))
    return shapely.Point(at)


def _appended(
    frame: gpd.GeoDataFrame, index: str, row: dict[str, Any], place: Place
) -> gpd.GeoDataFrame:
    """Return `frame` with one more row; columns the edit does not name stay blank."""
    if index in frame.index:
        raise PlaceError("error.scenario_exists", given=index, place=_words(place))
    blank = {
        name: ("" if pd.api.types.is_string_dtype(frame[name].dtype) else _nothing(frame[name]))
        for name in frame.columns
    }
    values = {**blank, **{name: value for name, value in row.items() if name in frame.columns}}
    more = gpd.GeoDataFrame(
        pd.DataFrame([values], index=pd.Index([index], dtype="str", name=frame.index.name)),
        geometry="geometry",
        crs=frame.crs,
    )
    for name in frame.columns:
        if name != "geometry":
            more[name] = more[name].astype(frame[name].dtype)
    joined = pd.concat([frame, more])
    joined.index.name = frame.index.name
    return joined


def _nothing(column: pd.Series) -> Any:
    """Return what stands for "not stated" in a column of numbers, flags or shapes."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return False
    return 0 if pd.api.types.is_integer_dtype(column.dtype) else None


def _with_organisation(place: Place, edit: AddOrganisation) -> Place:
    joined = _codes(place, edit.categories)
    point = _point(edit.at)
    register = _appended(
        place.register,
        edit.organisation_id,
        {
            "name": edit.name,
            "category": edit.categories[0],
            "categories": joined,
            "level": "登记",
            "state": "正常",
            "provider_type": "社会组织",
            "geometry": None,
        },
        place,
    )
    where = gpd.GeoDataFrame(geometry=[point], crs=place.crs)
    community = community_of(where, place.communities).iloc[0]
    service_points = _appended(
        place.service_points,
        edit.organisation_id,
        {
            "organisation_id": edit.organisation_id,
            "categories": joined,
            "delivery": "到点",
            "capacity": edit.capacity,
            "located_by": "坐标",
            "community_code": community,
            "outside_district": community == "" and not _inside(place, point),
            "geometry": point,
        },
        place,
    )
    checked(register, REGISTER)
    checked(service_points, SERVICE_POINTS)
    return replace(place, register=register, service_points=service_points)


def _inside(place: Place, point: shapely.Point) -> bool:
    return place.outline is not None and bool(place.outline.intersects(point))


def _moved(place: Place, edit: MoveOrganisation) -> Place:
    _known(place, edit.organisation_id)
    points = place.service_points
    own = points.index[points["organisation_id"] == edit.organisation_id]
    if edit.service_point_id:
        own = own[own == edit.service_point_id]
    if len(own) != 1:
        raise PlaceError(
            "error.scenario_which_point",
            given=edit.organisation_id,
            count=len(own),
            points="、".join(own[:5]),
        )
    moved = points.copy()
    point = _point(edit.at)
    moved.loc[own, "geometry"] = gpd.GeoSeries([point], index=own, crs=points.crs)
    where = community_of(moved.loc[own], place.communities)
    moved.loc[own, "community_code"] = where
    moved.loc[own, "located_by"] = "坐标"
    moved.loc[own, "outside_district"] = where.iloc[0] == "" and not _inside(place, point)
    return replace(place, service_points=moved)


def _in_state(place: Place, organisation_id: str, state: str) -> Place:
    _known(place, organisation_id)
    register = place.register.copy()
    register.loc[organisation_id, "state"] = state
    filed = register.loc[organisation_id, "level"] == "备案"
    if state == "正常" and filed and register.loc[organisation_id, "filing_status"] == "注销":
        register.loc[organisation_id, "filing_status"] = "已备案"
    return replace(place, register=register)


def _with_capacity(place: Place, edit: ChangeCapacity) -> Place:
    _known(place, edit.organisation_id)
    if not edit.capacity >= 0:
        raise PlaceError("error.scenario_capacity", given=edit.capacity)
    points = place.service_points.copy()
    own = points["organisation_id"] == edit.organisation_id
    points["capacity"] = points["capacity"].astype(np.float64)
    points.loc[own, "capacity"] = float(edit.capacity)
    return replace(place, service_points=points)


def _with_categories(place: Place, edit: ChangeCategories) -> Place:
    _known(place, edit.organisation_id)
    joined = _codes(place, edit.categories)
    register, points = place.register.copy(), place.service_points.copy()
    register.loc[edit.organisation_id, "categories"] = joined
    register.loc[edit.organisation_id, "category"] = edit.categories[0]
    points.loc[points["organisation_id"] == edit.organisation_id, "categories"] = joined
    return replace(place, register=register, service_points=points)


def _with_residents(place: Place, edit: AddResidents) -> Place:
    point = _point(edit.at)
    where = gpd.GeoDataFrame(geometry=[point], crs=place.crs)
    community = community_of(where, place.communities).iloc[0]
    counts = dict(edit.counts)
    unknown = sorted(set(counts) - set(place.count_columns))
    if unknown or community == "":
        raise PlaceError(
            "error.scenario_residents",
            given="、".join(unknown) or str(edit.at),
            known="、".join(place.count_columns),
        )
    row: dict[str, Any] = {
        "people": 0,
        **counts,
        "community_code": community,
        "geometry": point,
        # A plan counts nobody yet: whatever the place's own basis is, this is assumed.
        **{f"basis_{name}": "assumed" for name in place.count_columns},
    }
    residents = _appended(place.residents, edit.resident_point_id, row, place)
    checked(residents, RESIDENTS)
    return replace(place, residents=residents)
