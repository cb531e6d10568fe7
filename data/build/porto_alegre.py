"""Make the place Porto Alegre from its population grid.

    python data/build/porto_alegre.py [FOLDER]

Reads ``data/porto_alegre/hexes.csv`` (the published grid: population, schools
and healthcare of 1,227 hexagons by their centres); writes
``communities.geojson`` and ``register.csv`` into FOLDER (default: the place
itself). Only centres are published, so a hexagon is drawn as the land nearer to
its centre than to any other, at most one hexagon's width away.
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

from files import DEGREES, write_csv, write_geojson  # noqa: E402
from joining import Blocks, as_blocks, joined  # noqa: E402

PLACE = BUILD.parent / "porto_alegre"
UTM = "EPSG:31982"
COMMUNITIES, AREAS = 100, 10
KINDS = {
    "healthcare": ("HC", "医疗机构 Healthcare"),
    "schools": ("SC", "学校 Schools"),
}


def build(folder: Path) -> None:
    """Write the derived files of the place into `folder`."""
    hexes = pd.read_csv(PLACE / "hexes.csv", dtype={"id": str, "lon": str, "lat": str})
    write_geojson(group_hexes(hexes), folder / "communities.geojson")
    write_csv(register_of(hexes), folder / "register.csv")


def group_hexes(hexes: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return groups of about a dozen neighbouring hexagons, and areas of such groups."""
    cells = _cells(hexes)
    # Half by number, half by people: empty shore joins what is lived in.
    people = hexes["population"].to_numpy(float)
    sizes = 0.5 / len(cells) + 0.5 * people / people.sum()
    alone = [[index] for index in range(len(cells))]
    groups = joined(Blocks(list(cells), sizes, _shared_borders(cells), alone), COMMUNITIES)
    area = np.empty(COMMUNITIES, dtype=int)
    for number, members in enumerate(joined(as_blocks(groups), AREAS).members):
        area[members] = number
    frame = gpd.GeoDataFrame({"area": area}, geometry=groups.shapes, crs=UTM)
    frame = _numbered(frame)
    numbers = range(1, len(frame) + 1)
    return gpd.GeoDataFrame(
        {
            "community_code": [f"poa-{number:03d}" for number in numbers],
            "name": [f"格网 {number:03d}" for number in numbers],
            "subdistrict_code": [f"poa-area-{one + 1:02d}" for one in frame["area"]],
            "subdistrict": [f"片区 {one + 1:02d}" for one in frame["area"]],
            "unit_kind": "格网",
        },
        geometry=frame.geometry.to_numpy(),
        crs=UTM,
    )


def register_of(hexes: pd.DataFrame) -> pd.DataFrame:
    """Return one row a hexagon and kind of service, its number of facilities as capacity."""
    rows = []
    for column, (category, name) in KINDS.items():
        here = hexes[hexes[column] > 0].astype({column: int})  # blank: nothing counted
        rows.append(
            pd.DataFrame(
                {
                    "organisation_id": category + "-" + here["id"],
                    "name": name + " " + here["id"],
                    "category": category,
                    "level": "登记",
                    "provider_type": "社会组织",
                    "capacity": here[column],
                    "lon": here["lon"],
                    "lat": here["lat"],
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def _cells(hexes: pd.DataFrame) -> np.ndarray:
    degrees = shapely.points(hexes["lon"].astype(float), hexes["lat"].astype(float))
    centres = gpd.GeoSeries(degrees, crs=DEGREES).to_crs(UTM).to_numpy()
    # Missing neighbours are put in for the drawing, so that cells at the edge are hexagons too.
    around = np.concatenate([centres, _missing_neighbours(centres)])
    drawn = shapely.voronoi_polygons(shapely.multipoints(around))
    borders = shapely.union_all(shapely.boundary(shapely.get_parts(drawn)), grid_size=0.01)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(borders)))
    _, found = shapely.STRtree(faces).query(centres, predicate="within")
    return faces[found]


def _missing_neighbours(centres: np.ndarray) -> np.ndarray:
    """Return where a hexagon of the same grid would have its centre and none is given."""
    tree = shapely.STRtree(centres)
    apart = tree.query_nearest(centres, exclusive=True, return_distance=True)[1]
    width = float(np.median(apart))
    one, other = tree.query(centres, predicate="dwithin", distance=1.3 * width)
    xy = shapely.get_coordinates(centres)
    steps = (xy[other] - xy[one])[one != other]
    sixth = np.floor(np.degrees(np.arctan2(steps[:, 1], steps[:, 0])) % 360 / 60).astype(int)
    step = np.array([np.median(steps[sixth == turn], axis=0) for turn in range(6)])
    wanted = shapely.points((xy[:, None, :] + step[None, :, :]).reshape(-1, 2))
    given, _ = tree.query(wanted, predicate="dwithin", distance=0.5 * width)
    wanted = np.delete(wanted, np.unique(given))
    # Two edges may ask for the same neighbour, a few metres apart.
    one, other = shapely.STRtree(wanted).query(wanted, predicate="dwithin", distance=0.5 * width)
    return np.delete(wanted, np.unique(one[other < one]))


def _shared_borders(cells: np.ndarray) -> list[dict[int, float]]:
    one, other = shapely.STRtree(cells).query(cells, predicate="touches")
    metres = shapely.length(shapely.intersection(cells[one], cells[other]))
    found: list[dict[int, float]] = [{} for _ in cells]
    for a, b, length in zip(one, other, metres, strict=True):
        if length > 0.0:
            found[a][int(b)] = float(length)
    return found


def _numbered(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give numbers to areas, and the groups inside each, from north to south."""
    south = -frame.geometry.centroid.y
    of_area = south.groupby(frame["area"]).mean().rank(method="first").astype(int) - 1
    frame = frame.assign(area=frame["area"].map(of_area).to_numpy(), south=south.round(3))
    frame = frame.sort_values(["area", "south"], kind="stable").drop(columns="south")
    return frame.reset_index(drop=True)


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else PLACE)
