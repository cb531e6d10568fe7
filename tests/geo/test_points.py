"""Points as they are handed over: any declared CRS, nothing silently moved or lost."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import GeographyError, TableError
from geo.points import metric_points
from tests.desert import CRS, ORIGIN, desert_points


def test_coordinates_in_the_order_given_and_missing_ones_unknown() -> None:
    points = desert_points([(50, 30), (100, 0), (0, 0)])
    points.loc["p0001", "geometry"] = None
    found = metric_points(points, CRS, what="what.residents") - ORIGIN
    np.testing.assert_allclose(found, [[50, 30], [np.nan, np.nan], [0, 0]], atol=1e-6)
    assert metric_points(points.iloc[:0], CRS, what="what.residents").shape == (0, 2)


def test_faulty_points_say_what_is_wrong() -> None:
    points = desert_points([(0, 0), (100, 0)])
    with pytest.raises(GeographyError, match="service points declare no coordinate system"):
        metric_points(points.set_crs(None, allow_override=True), CRS, what="what.services")
    with pytest.raises(TableError, match="stand more than once: p0000"):
        metric_points(points.iloc[[0, 0, 1]], CRS, what="what.services")
    with pytest.raises(GeographyError, match="must be points; they hold Polygon"):
        metric_points(points.set_geometry(points.buffer(5)), CRS, what="what.residents")
    with pytest.raises(GeographyError, match="must be a layer of points"):
        metric_points(pd.DataFrame({"x": [1]}), CRS, what="what.residents")
    broken = points.copy()
    broken.loc["p0001", "geometry"] = shapely.points(np.nan, 1.0)
    with pytest.raises(GeographyError, match=r"1 of the resident points.*p0001"):
        metric_points(broken, CRS, what="what.residents")
    lost = gpd.GeoSeries(gpd.points_from_xy([500.0], [95.0]), crs="EPSG:4326")
    with pytest.raises(GeographyError, match="not numbers"):
        metric_points(lost, CRS, what="what.residents")
