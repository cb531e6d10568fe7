"""Where the map looks while a story is told, and what stands on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import shapely

from coverage.papers.map_layers import DEGREE_SCALE, area_rings, map_bounds, whole_degrees
from coverage.papers.story import AFTER, COMMUNITY, DISTRICT, PROPOSAL, SUBDISTRICT, Story
from coverage.scenario import AddOrganisation, Scenario
from geo.place import Place

# Around one community: its neighbours within an old person's walk are seen as well.
AROUND_COMMUNITY_METRES = 700.0
AROUND_SITES_METRES = 1_200.0
# The keys that turn pages; the map hands them on when it has the focus.
KEYS = ("ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "Escape")


def story_view(
    place: Place, story: Story, chapter: str, proposed: Scenario | None
) -> list[list[float]]:
    """Return the south-west and north-east corner a chapter looks at, in degrees.

    `proposed` opens the sites of the proposal; None before they are known.
    """
    if chapter in (PROPOSAL, AFTER) and proposed is not None and proposed.edits:
        spots = shapely.MultiPoint([edit.at for edit in _openings(proposed)])
        return _corners(place, spots.buffer(AROUND_SITES_METRES))
    if chapter == SUBDISTRICT and story.subdistrict is not None:
        return _corners(place, _subdistrict(place, story.subdistrict.code))
    if chapter == COMMUNITY and story.community is not None:
        shape = place.communities.geometry.loc[story.community.code]
        return _corners(place, shape.buffer(AROUND_COMMUNITY_METRES))
    return map_bounds(place)


def story_outline(place: Place, story: Story, chapter: str) -> list[Any]:
    """Return the outline of the subdistrict looked at, ready for the map; empty elsewhere."""
    if chapter not in (SUBDISTRICT, COMMUNITY) or story.subdistrict is None:
        return []
    shape = _subdistrict(place, story.subdistrict.code)
    return area_rings(place, gpd.GeoSeries([shape], crs=place.crs))


def story_picked(story: Story, chapter: str) -> str:
    """Return the community a chapter outlines; empty where it looks at more than one."""
    if chapter in (DISTRICT, SUBDISTRICT) or story.community is None:
        return ""
    return story.community.code


def meeting_content(
    content: dict[str, Any],
    place: Place,
    view: list[list[float]],
    sites: Scenario | None,
    *,
    here: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """Return the answer for the map with what a meeting adds: view, numbered sites, keys.

    `here` is the spot clicked last, in degrees.
    """
    spots: Sequence[Any] = _openings(sites) if sites is not None else ()
    points = gpd.GeoDataFrame(geometry=[shapely.Point(one.at) for one in spots], crs=place.crs)
    at = [
        [north / DEGREE_SCALE, east / DEGREE_SCALE]
        for east, north in (whole_degrees(points).tolist() if len(points) else [])
    ]
    spot = None if here is None else [here[1], here[0]]
    meeting = {"view": view, "sites": at, "here": spot, "keys": KEYS}
    return content | {"meeting": meeting}


def _openings(scenario: Scenario) -> list[AddOrganisation]:
    return [edit for edit in scenario.edits if isinstance(edit, AddOrganisation)]


def _subdistrict(place: Place, code: str) -> shapely.Geometry:
    inside = place.communities["subdistrict_code"] == code
    return place.communities.geometry[inside].union_all()


def _corners(place: Place, shape: shapely.Geometry) -> list[list[float]]:
    around = gpd.GeoDataFrame(geometry=[shape], crs=place.crs)
    return map_bounds(replace(place, communities=around))
