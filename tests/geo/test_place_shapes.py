"""Community shapes that crossed themselves by a hair are mended, not dropped."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import shapely

from geo.place import load_place
from tests.desert_place import CODES, write_desert


def test_a_ring_that_crosses_itself_is_mended(tmp_path: Path) -> None:
    folder = write_desert(tmp_path / "desert")
    frame = gpd.read_file(folder / "communities.geojson")
    ring = list(frame.geometry.iloc[0].exterior.coords)
    x, y = ring[0]
    spike = [(x, y), (x + 1e-5, y - 1e-5), (x, y - 1e-5), (x + 1e-5, y)]
    frame.loc[0, "geometry"] = shapely.Polygon([*ring[:-1], *spike, ring[0]])
    assert not frame.geometry.is_valid.all()
    frame.to_file(folder / "communities.geojson", driver="GeoJSON")
    place = load_place(folder)
    assert place.communities.geometry.is_valid.all()
    assert list(place.communities.index) == list(CODES)
    assert place.communities.geometry.iloc[0].area > 250_000
