"""A place of any size, written as files: to measure the screens before or beyond real data.

Cells of a jittered grid are the communities; organisations and residents are
spread by a seeded generator. Names carry what a hostile file could carry.
"""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

CRS = "EPSG:32650"
ORIGIN = (240_000.0, 3_380_000.0)
CELL = 600.0

INJECTIONS = (
    '示例<img src=x onerror="window.hit=1;top.hit=1">',
    "示例${top.hit=1}",
    "示例`;top.hit=1;`",
    "示例</script><script>top.hit=1</script>",
    '示例"});top.hit=1;//',
    "示例{{ 7*7 }}[x](javascript:top.hit=1)",
)

# What a spreadsheet would run if it were written as it is.
FORMULAS = (
    '=HYPERLINK("http://evil.example/","示例")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    " =1+1",
    "＝1+1",
)
HOSTILE = (*INJECTIONS, *FORMULAS)

TITLE = """schema = 1
zh = "合成测试区"
en = "Synthetic test place"
"""
HOSTILE_TITLE = f"""schema = 1
zh = {json.dumps(INJECTIONS[0], ensure_ascii=False)}
en = {json.dumps(INJECTIONS[3], ensure_ascii=False)}
"""
HOSTILE_NOTES = "".join(
    f"[[note]]\nzh = {name}\nen = {name}\n"
    f"[[source]]\nzh = {name}\nen = {name}\nattribution = {name}\nlicence = {name}\ndate = {name}\n"
    for name in (json.dumps(one, ensure_ascii=False) for one in HOSTILE)
)
SETTINGS = """metric_crs = "EPSG:32650"
data_date = "2024"
demonstration = true
[walking]
basis = "straight_line"
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
basis = { people = "measured", elders = "estimated", disabled = "assumed" }
[[note]]
zh = "组织为虚构"
en = "The organisations are invented"
"""


def write_synthetic(
    folder: Path,
    *,
    communities: int = 150,
    organisations: int = 3_500,
    points_each: int = 40,
    hostile: bool = False,
) -> Path:
    """Write the place into `folder` and return it."""
    random = np.random.default_rng(20241)
    folder.mkdir(parents=True, exist_ok=True)
    settings = HOSTILE_TITLE + SETTINGS + HOSTILE_NOTES if hostile else TITLE + SETTINGS
    (folder / "place.toml").write_text(settings, encoding="utf-8")
    across = int(np.ceil(np.sqrt(communities)))
    cells = _cells(random, across, communities, hostile=hostile)
    cells.to_crs("EPSG:4326").to_file(folder / "communities.geojson", driver="GeoJSON")
    centres = shapely.get_coordinates(cells.geometry.centroid)
    _residents(random, centres, list(cells["community_code"]), points_each).to_csv(
        folder / "residents.csv", index=False, encoding="utf-8"
    )
    _register(random, organisations, across * CELL, hostile=hostile).to_csv(
        folder / "register.csv", index=False, encoding="utf-8"
    )
    return folder


def _cells(
    random: np.random.Generator, across: int, count: int, *, hostile: bool
) -> gpd.GeoDataFrame:
    corners = np.indices((across + 1, across + 1)).transpose(1, 2, 0) * CELL + ORIGIN
    corners = corners + random.uniform(-90, 90, corners.shape)
    shapes, names = [], []
    for k in range(count):
        i, j = divmod(k, across)
        ring = [corners[i, j], corners[i + 1, j], corners[i + 1, j + 1], corners[i, j + 1]]
        shapes.append(shapely.Polygon(ring))
        odd = hostile and k < len(HOSTILE)
        names.append(HOSTILE[k] if odd else f"街区 {k + 1:03d}")
    parts = [f"片区 {k * 12 // count + 1:02d}" for k in range(count)]
    if hostile:
        parts = [HOSTILE[(k * 12 // count) % len(HOSTILE)] for k in range(count)]
    frame = {
        "community_code": [f"4201060{k:05d}" for k in range(count)],
        "name": names,
        "subdistrict_code": [f"P{k * 12 // count + 1:02d}" for k in range(count)],
        "subdistrict": parts,
        "unit_kind": "街区单元",
    }
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=CRS)


def _residents(
    random: np.random.Generator, centres: np.ndarray, codes: list[str], each: int
) -> pd.DataFrame:
    at = np.repeat(centres, each, axis=0)
    at = at + random.uniform(-200, 200, at.shape)
    people = random.integers(50, 300, len(at))
    return pd.DataFrame(
        {
            "resident_point_id": [f"r{k:06d}" for k in range(len(at))],
            "community_code": np.repeat(codes, each),
            "x": at[:, 0].round(1),
            "y": at[:, 1].round(1),
            "people": people,
            "elders": people // 5,
            "disabled": people // 16,
        }
    )


def _register(
    random: np.random.Generator, count: int, width: float, *, hostile: bool
) -> pd.DataFrame:
    codes = np.array(["A1", "A2", "A3", "B1", "C1", "C2", "D1", "E1", "J1", "J2", "L1"])
    weights = np.array([1, 0.4, 0.4, 0.8, 0.5, 0.3, 2, 2, 10, 10, 12])
    at = random.beta(2, 2, (count, 2)) * width + ORIGIN
    frame = pd.DataFrame(
        {
            "organisation_id": [f"o{k:05d}" for k in range(count)],
            "name": [f"示例组织 {k:05d}" for k in range(count)],
            "category": random.choice(codes, count, p=weights / weights.sum()),
            "level": random.choice(["登记", "备案"], count, p=[0.15, 0.85]),
            "filing_status": "",
            "state": random.choice(["正常", "异常名录", "未年检"], count, p=[0.9, 0.05, 0.05]),
            "x": at[:, 0].round(1),
            "y": at[:, 1].round(1),
        }
    )
    frame.loc[frame["level"] == "备案", "filing_status"] = "已备案"
    if hostile:
        frame.loc[range(len(HOSTILE)), "name"] = HOSTILE
        frame.loc[range(len(HOSTILE)), ["category", "level", "state"]] = ["A1", "登记", "正常"]
    return frame
