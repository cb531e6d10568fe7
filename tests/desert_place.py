"""A whole place on the desert grid, written as files: small enough to work out by hand.

Four square communities of 500 m on an 11 x 11 grid of streets, 100 m apart:
west-south, east-south (one subdistrict), west-north, east-north (another).
Residents stand on crossings; services stand on crossings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from tests.desert import CRS, ORIGIN, desert_lines

CODES = ("420106001001", "420106001002", "420106002001", "420106002002")


@dataclass
class Desert:
    """What to write: (east, north) offsets in metres, people, and the register's rows."""

    homes: Sequence[tuple[float, float, Mapping[str, int]]] = (
        (100, 100, {"people": 100, "elders": 20, "elders_80": 3, "disabled": 6}),
        (400, 400, {"people": 200, "elders": 40, "elders_80": 6, "disabled": 12}),
        (900, 100, {"people": 50, "elders": 10, "elders_80": 1, "disabled": 3}),
        (100, 900, {"people": 80, "elders": 30, "elders_80": 9, "disabled": 5}),
        (900, 900, {"people": 70, "elders": 0, "elders_80": 0, "disabled": 0}),
    )
    organisations: Sequence[Mapping[str, object]] = (
        {"organisation_id": "o1", "name": "示例日间照料", "category": "A1", "x": 100, "y": 100},
        {"organisation_id": "o2", "name": "示例调解室", "category": "B1", "x": 500, "y": 500},
        {"organisation_id": "o3", "name": "示例康复站", "category": "C1", "x": 900, "y": 900},
    )
    streets: gpd.GeoDataFrame = field(default_factory=desert_lines)


SETTINGS = """schema = 1
zh = "沙漠网格"
en = "Desert grid"
metric_crs = "EPSG:32650"
data_date = "2020"
[walking]
basis = "network"
streets = "streets.parquet"
[communities]
file = "communities.geojson"
[register]
file = "register.csv"
crs = "EPSG:32650"
x = "x"
y = "y"
[residents]
file = "residents.csv"
crs = "EPSG:32650"
x = "x"
y = "y"
basis = { people = "measured", elders = "measured", elders_80 = "measured", disabled = "assumed" }
"""


def write_desert(folder: Path, desert: Desert | None = None, settings: str = SETTINGS) -> Path:
    """Write the place into `folder` and return it."""
    desert = desert or Desert()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "place.toml").write_text(settings, encoding="utf-8")
    desert.streets.to_parquet(folder / "streets.parquet")
    communities().to_crs("EPSG:4326").to_file(folder / "communities.geojson", driver="GeoJSON")
    homes = pd.DataFrame(
        [
            {"resident_point_id": f"h{k}", "x": ORIGIN[0] + east, "y": ORIGIN[1] + north, **counts}
            for k, (east, north, counts) in enumerate(desert.homes)
        ]
    )
    homes.to_csv(folder / "residents.csv", index=False, encoding="utf-8-sig")
    register = pd.DataFrame(
        [{"level": "登记", "state": "正常", **one} for one in desert.organisations]
    )
    if len(register):
        register["x"] = register["x"].astype(float) + ORIGIN[0]
        register["y"] = register["y"].astype(float) + ORIGIN[1]
    else:
        register = pd.DataFrame(
            columns=["organisation_id", "name", "category", "level", "state", "x", "y"]
        )
    register.to_csv(folder / "register.csv", index=False, encoding="utf-8-sig")
    return folder


def communities() -> gpd.GeoDataFrame:
    """Return the four squares."""
    # Half a metre beyond the grid, so that crossings on the outer streets lie inside.
    low, mid, high = -50.0, 500.5, 1050.0
    boxes = [
        shapely.box(x0 + ORIGIN[0], y0 + ORIGIN[1], x1 + ORIGIN[0], y1 + ORIGIN[1])
        for (y0, y1) in ((low, mid), (mid, high))
        for (x0, x1) in ((low, mid), (mid, high))
    ]
    return gpd.GeoDataFrame(
        {
            "community_code": CODES,
            "name": ["西南社区", "东南社区", "西北社区", "东北社区"],
            "subdistrict_code": ["420106001", "420106001", "420106002", "420106002"],
            "subdistrict": ["南街道", "南街道", "北街道", "北街道"],
            "unit_kind": "社区",
        },
        geometry=boxes,
        crs=CRS,
    )
