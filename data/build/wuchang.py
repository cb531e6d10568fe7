"""Make the demonstration place Wuchang from what the project ships.

    python data/build/wuchang.py [FOLDER]

Reads ``data/wuchang/streets.parquet``, ``data/wuchang/outline.geojson`` and
``data/codes/census_2020.csv``; writes ``communities.geojson``,
``residents.csv``, ``register.csv`` and ``service_points.csv`` into FOLDER
(default: the place itself), byte for byte the same each time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

BUILD = Path(__file__).resolve().parent
sys.path[:0] = [str(BUILD), str(BUILD.parent.parent)]

from files import (  # noqa: E402
    DEGREES,
    candidates_as_written,
    on_grid,
    points_in_degrees,
    write_csv,
    write_geojson,
)
from wuchang_invention import Units  # noqa: E402
from wuchang_register import invent_register  # noqa: E402
from wuchang_units import HOMES, derive_units  # noqa: E402

from geo.residents import largest_remainder, share_of_people, spread_counts  # noqa: E402
from geo.residents_candidates import street_candidates  # noqa: E402

PLACE = BUILD.parent / "wuchang"
CENSUS = BUILD.parent / "codes" / "census_2020.csv"
UTM = "EPSG:32650"
DISTRICT = "420106"
UNITS, AREAS = 140, 12
SPACING_METRES = 25.0
DISABLED_SHARE = 0.063
ACROSS_METRES = 500.0
CENSUS_COLUMNS = {
    "people": "pop",
    "elders": "p60",
    "elders_65": "p65",
    "elders_80": "p80",
    "children": "p0_14",
    "households": "家庭户数",
}


def build(folder: Path) -> None:
    """Write the derived files of the place into `folder`."""
    streets = gpd.read_parquet(PLACE / "streets.parquet")
    outline = gpd.read_file(PLACE / "outline.geojson").to_crs(UTM).union_all()
    units = derive_units(streets, outline, count=UNITS, areas=AREAS)
    write_communities(units, folder)
    communities = read_communities(folder)
    residents = spread_people(communities, streets)
    write_residents(residents, folder)
    register, service_points = invent_register(_units_of(residents, streets, outline))
    write_csv(register, folder / "register.csv")
    write_service_points(service_points, folder)


def write_communities(units: gpd.GeoDataFrame, folder: Path) -> None:
    """Write the units with codes that nobody can take for official ones."""
    numbers = range(1, len(units) + 1)
    frame = gpd.GeoDataFrame(
        {
            "community_code": [f"示例街区{number:03d}" for number in numbers],
            "name": [f"街区 {number:03d}" for number in numbers],
            "subdistrict_code": [f"示例片区{area + 1:02d}" for area in units["area"]],
            "subdistrict": [f"片区 {area + 1:02d}" for area in units["area"]],
            "unit_kind": "街区单元",
        },
        geometry=on_grid(units.geometry.to_crs(DEGREES).to_numpy(), 1e-6),
        crs=DEGREES,
    )
    write_geojson(frame, folder / "communities.geojson")


def read_communities(folder: Path) -> gpd.GeoDataFrame:
    """Return the units as everybody later reads them: rounded, in metres."""
    frame = gpd.read_file(folder / "communities.geojson").to_crs(UTM)
    return frame.set_index("community_code")


def spread_people(communities: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Spread the census over the streets people live on, in whole people."""
    homes = streets[streets["highway"].isin(HOMES)]
    candidates = street_candidates(communities, homes, spacing=SPACING_METRES)
    candidates = candidates_as_written(candidates, communities)
    metres = candidates.groupby("community_code")["weight"].sum().reindex(communities.index)
    census = pd.read_csv(CENSUS, dtype={"code": str}).set_index("code").loc[DISTRICT]
    counts = pd.DataFrame(index=communities.index)
    for ours, theirs in CENSUS_COLUMNS.items():
        counts[ours] = largest_remainder(int(census[theirs]), metres.to_numpy(float))
    residents = spread_counts(communities, counts, candidates, basis="estimated")
    return share_of_people(residents, "disabled", DISABLED_SHARE)


def write_residents(residents: gpd.GeoDataFrame, folder: Path) -> None:
    """Write the resident points; what their counts rest on stands in place.toml."""
    kept = ["community_code", *CENSUS_COLUMNS, "disabled"]
    table = pd.concat([residents[kept], points_in_degrees(residents.geometry)], axis=1)
    write_csv(table.reset_index(), folder / "residents.csv")


def write_service_points(points: pd.DataFrame, folder: Path) -> None:
    """Write the service points; one without a position keeps its row."""
    shapes = gpd.GeoSeries(
        gpd.points_from_xy(points["x"], points["y"], crs=UTM), index=points.index
    )
    placed = points["x"].notna().to_numpy()
    degrees = points_in_degrees(shapes[placed]).reindex(points.index).fillna("")
    write_csv(
        pd.concat([points.drop(columns=["x", "y"]), degrees], axis=1),
        folder / "service_points.csv",
    )


def _units_of(
    residents: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, outline: shapely.Geometry
) -> Units:
    of = dict(iter(residents.groupby("community_code")))
    shapely.prepare(outline)
    return Units(
        list(of),
        [frame.get_coordinates().to_numpy() for frame in of.values()],
        [frame["people"].to_numpy(float) for frame in of.values()],
        outline,
        _across_the_border(residents, streets, outline),
    )


def _across_the_border(
    residents: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, outline: shapely.Geometry
) -> np.ndarray:
    """Return points on home streets outside the district, a short walk from its residents."""
    homes = streets[streets["highway"].isin(HOMES)].geometry
    points = homes.interpolate(0.5, normalized=True)
    points = points[~points.intersects(outline).to_numpy()].to_numpy()
    lived = shapely.STRtree(residents.geometry.to_numpy())
    near, _ = lived.query(points, predicate="dwithin", distance=ACROSS_METRES)
    xy = np.round(shapely.get_coordinates(points[np.unique(near)]), 2)
    return xy[np.lexsort((xy[:, 1], xy[:, 0]))]


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else PLACE)
