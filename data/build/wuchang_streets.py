"""Make the shipped streets and outline of Wuchang from the extract they come from.

    python data/build/wuchang_streets.py SOURCE [FOLDER]

SOURCE holds ``streets.parquet`` (columns ``u, v, key, highway, geometry``;
UTM 50N without a code) and ``outline.geojson`` (OSM relation 3076297). Node
numbers are left out, since they do not follow the direction of the lines;
coordinates keep the centimetre at which the segments meet.
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import shapely

BUILD = Path(__file__).resolve().parent
sys.path.insert(0, str(BUILD))

from files import write_geojson  # noqa: E402  (the folder of the scripts is no package)

PLACE = BUILD.parent / "wuchang"
UTM = "EPSG:32650"


def ship_streets(source: Path, folder: Path) -> None:
    """Write streets.parquet and outline.geojson into `folder`."""
    streets = gpd.read_parquet(source / "streets.parquet")[["highway", "geometry"]]
    streets = streets.reset_index(drop=True).set_crs(UTM, allow_override=True)
    lines = shapely.set_precision(streets.geometry.to_numpy(), 0.01, mode="pointwise")
    streets = streets.assign(highway=streets["highway"].astype("str")).set_geometry(
        gpd.GeoSeries(lines, crs=UTM)
    )
    streets.to_parquet(folder / "streets.parquet", compression="zstd", index=False)
    outline = gpd.read_file(source / "outline.geojson")
    outline = gpd.GeoDataFrame(
        {"name": ["武昌区"], "osm": ["relation/3076297"]},
        geometry=outline.geometry.to_numpy(),
        crs=outline.crs,
    )
    write_geojson(outline, folder / "outline.geojson")


if __name__ == "__main__":
    ship_streets(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else PLACE)
