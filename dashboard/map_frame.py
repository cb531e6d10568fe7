"""The map: a base that is sent once, and a short answer painted on it at each change.

The base (Leaflet, colours, where the geometry lies) is byte-identical between
runs and has a fixed key, so the frame never reloads and keeps its zoom. An
answer travels as JSON in base64: no letter of a name can become code.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import folium
import streamlit as st
from folium.template import Template
from streamlit_folium import st_folium

from coverage.papers.map_content import base_content, coded
from coverage.papers.whole_file import write_whole
from dashboard import answers
from geo.errors import FileError
from geo.place import Place
from geo.place_settings import PlaceSettings

STATIC = answers.ROOT / "static"
# From inside the component's frame; holds behind a path prefix as well.
STATIC_URL = "../../app/static"
KEPT_GEOMETRIES = 40


NOTHING_SET = PlaceSettings()
KINDS = ("community", "organisation", "resident", "spot")


@dataclass(frozen=True)
class Click:
    """What was clicked: its kind and row, and where in degrees.

    `row` counts in the order in which the answer listed communities, service
    points or resident points; a ``spot`` of empty map has none (-1).
    """

    kind: str
    row: int
    longitude: float
    latitude: float


class OfflineMap(folium.Map):
    """A folium map whose scripts come from this server."""

    default_js = (
        # First, because it listens for answers that come while the others load.
        ("yike", f"{STATIC_URL}/yike_map.js"),
        ("yike_layers", f"{STATIC_URL}/yike_layers.js"),
        ("yike_picture", f"{STATIC_URL}/yike_picture.js"),
        ("yike_furniture", f"{STATIC_URL}/yike_furniture.js"),
        ("yike_meeting", f"{STATIC_URL}/yike_meeting.js"),
        ("leaflet", f"{STATIC_URL}/vendor/leaflet/leaflet.js"),
    )
    default_css = (
        ("leaflet_css", f"{STATIC_URL}/vendor/leaflet/leaflet.css"),
        ("yike_css", f"{STATIC_URL}/yike_map.css"),
        ("yike_meeting_css", f"{STATIC_URL}/yike_meeting.css"),
    )


class OpenBase(folium.MacroElement):
    """The line that hands the base to the page."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        'yike.open({{ this._parent.get_name() }}, "{{ this.content }}");'
        "{% endmacro %}"
    )

    def __init__(self, content: str) -> None:
        super().__init__()
        self._name = "OpenBase"
        self.content = content


class ShowAnswer(folium.FeatureGroup):
    """The line that hands one answer to the page; as a layer it is empty."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = L.layerGroup();"
        'yike.show("{{ this.content }}");'
        "{% endmacro %}"
    )

    def __init__(self, content: str) -> None:
        super().__init__()
        self.content = content


def show_map(
    place: Place,
    answer: dict[str, Any],
    on_click: Callable[[Click], None],
    settings: PlaceSettings = NOTHING_SET,
) -> None:
    """Draw the map of `place` with `coverage.papers.map_content.answer_content` painted on it.

    `on_click` is told what was clicked; `settings` are the office's own. Tiles
    are asked for only where the office set an address for them.
    """
    frame = OfflineMap(
        location=[0, 0],
        tiles=None,
        zoom_start=12,
        zoomSnap=0.25,
        zoomDelta=0.5,
        attributionControl=False,
    )
    frame.add_child(OpenBase(coded(_base(place) | _tiles(settings))))
    key = f"map-{place.place_id}"

    def clicked() -> None:
        click = _click(st.session_state.get(key))
        if click is not None:
            on_click(click)

    with st.container(key="map_frame"):
        st_folium(
            frame,
            key=key,
            height=460,
            use_container_width=True,
            returned_objects=[],
            feature_group_to_add=ShowAnswer(coded(answer)),
            on_change=clicked,
            # The map is written out once on the way; asked to, it would be twice.
            render=False,
        )


def _click(given: Any) -> Click | None:
    """Return what the frame reports, None for anything that is no click."""
    if not isinstance(given, dict) or given.get("kind") not in KINDS:
        return None
    numbers = [given.get(name) for name in ("row", "lng", "lat")]
    if not all(isinstance(one, int | float) for one in numbers):
        return None
    row, longitude, latitude = numbers
    if row < 0 and given["kind"] != "spot":
        return None
    return Click(given["kind"], int(row), float(longitude), float(latitude))


def _tiles(settings: PlaceSettings) -> dict[str, Any]:
    if not settings.tile_template:
        return {}
    return {
        "tiles": {"template": settings.tile_template, "said": settings.tile_attribution},
    }


def _base(place: Place) -> dict[str, Any]:
    geometry = answers.geometry(place)
    base = base_content(answers.bounds(place), geometry)
    name = f"{base['key']}.json"
    if _served(STATIC / "geometry" / name, geometry):
        return base | {"url": f"{STATIC_URL}/geometry/{name}"}
    return base | {"geometry": json.loads(geometry)}


def _served(target: Path, geometry: str) -> bool:
    """Put public geometry where the frame can fetch it; False where nothing can be written.

    Static files are readable by anyone who reaches the server: community
    shapes and streets may lie there, a register never.
    """
    if target.is_file():
        return True
    try:
        write_whole(target, geometry.encode())
        stored = target.parent.glob("*.json")
        newest = sorted(stored, key=lambda path: path.stat().st_mtime, reverse=True)
        for path in newest[KEPT_GEOMETRIES:]:
            path.unlink(missing_ok=True)
    except (FileError, OSError):
        # A read-only checkout: the geometry then travels inside the base.
        return False
    return True
