"""Walks in a mountain country, beside two routers that read the same file."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from coverage.walking import walk_metres
from geo.streets import read_streets


@pytest.mark.parametrize("router", ["osrm_metres", "valhalla_metres"])
def test_a_mountain_country_as_routers_measure_it(root: Path, router: str) -> None:
    """300 buildings to the nearest of 12 amenities: OSRM 26.10 and Valhalla 3.5.1 on foot.

    Share within 1,250 m ± 0.003; median |d| ≤ 5 m, 95 % ≤ 60 m; every point
    reached. Streets © OpenStreetMap contributors, ODbL.
    """
    folder = root / "tests" / "reference" / "vaduz"
    homes, services = (
        pd.read_csv(folder / name, index_col="id")
        for name in ("nearest_service.csv", "services.csv")
    )
    points, ends = (
        gpd.GeoSeries(gpd.points_from_xy(one["lon"], one["lat"]), index=one.index, crs=4326)
        for one in (homes, services)
    )
    network = read_streets(folder / "streets.osm.pbf")
    walks = walk_metres(network, points, ends, within_metres=20_000, legs=False)["metres"]
    assert np.isfinite(walks).all()
    apart = (walks - homes[router]).abs()
    assert apart.median() <= 5
    assert apart.quantile(0.95) <= 60
    assert (walks <= 1_250).mean() == pytest.approx((homes[router] <= 1_250).mean(), abs=0.003)
