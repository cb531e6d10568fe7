"""Files of an invented district as offices hand them in, for the import desk and its screens.

Twelve communities in three subdistricts; a GBK register with a title row, a blank name, a
total and telephone numbers, its points in GCJ-02; counts in a workbook with a title row and
a total. Names can carry what a hostile file could carry.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import shapely

from geo.datum import from_wgs84
from tests.dashboard.synthetic_place import INJECTIONS

WEST, SOUTH, CELL = 114.30, 30.52, 0.008
LETTERS = "甲乙丙丁戊己庚辛壬癸子丑"
KINDS = (
    ("养老服务中心", "居家养老、日间照料", "A1"),
    ("人民调解室", "邻里纠纷调解", "B1"),
    ("残疾人康复站", "残疾人康复训练", "C1"),
    ("合唱团", "文艺演出", "J1"),
)
HEADINGS = (
    "序号",
    "社会组织名称",
    "登记或备案",
    "登记状态",
    "所在社区",
    "宗旨和业务范围",
    "服务类别",
    "联系电话",
    "经度",
    "纬度",
)
ORGANISATIONS = 60
# Rows of the register that are read: one has no name.
ROWS_READ, ROWS_REJECTED = ORGANISATIONS + 1, 1


def communities(*, hostile: bool = False) -> gpd.GeoDataFrame:
    """Return the communities in degrees, under an office's own headings."""
    rows = []
    for k in range(len(LETTERS)):
        i, j = divmod(k, 3)
        west, south = WEST + i * CELL, SOUTH + j * CELL
        name = f"示例{LETTERS[k]}社区"
        if hostile and k < len(INJECTIONS):
            name = INJECTIONS[k]
        rows.append(
            {
                "社区代码": f"420106{j + 1:03d}{i + 1:03d}",
                "社区名称": name,
                "所属街道": f"示例{'一二三'[j]}街道",
                "geometry": shapely.box(west, south, west + CELL, south + CELL),
            }
        )
    return gpd.GeoDataFrame(rows, crs="EPSG:4326")


def write_communities(folder: Path, *, hostile: bool = False) -> Path:
    """Write the boundaries as GeoJSON."""
    path = folder / "社区边界.geojson"
    communities(hostile=hostile).to_file(path, driver="GeoJSON")
    return path


def register_rows(*, hostile: bool = False, system: str = "gcj02") -> list[list[str]]:
    """Return the rows of the register, headings first."""
    random = np.random.default_rng(11)
    areas = communities(hostile=hostile)
    rows = [list(HEADINGS)]
    for k in range(ORGANISATIONS):
        area = areas.iloc[k % len(areas)]
        west, south, east, north = area.geometry.bounds
        lon = random.uniform(west + CELL / 20, east - CELL / 20)
        lat = random.uniform(south + CELL / 20, north - CELL / 20)
        lon, lat = (float(one) for one in from_wgs84(lon, lat, system=system))
        kind, scope, code = KINDS[k % len(KINDS)]
        name = f"示例第{k + 1}{kind}"
        if hostile and k < len(INJECTIONS):
            name = INJECTIONS[k]
        state = "注销" if k % 10 == 9 else "正常"
        told = [scope, code, f"1380000{k:04d}", f"{lon:.6f}", f"{lat:.6f}"]
        rows.append([str(k + 1), name, "登记", state, area["社区名称"], *told])
    return rows


def write_register(
    folder: Path, *, name: str = "名册.csv", hostile: bool = False, system: str = "gcj02"
) -> Path:
    """Write the register as a csv in GBK with a title above and a total below."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["示例区社会组织名册（2024年）"])
    writer.writerows(register_rows(hostile=hostile, system=system))
    writer.writerow(["", "", "登记", "正常"])
    writer.writerow(["合计", str(ORGANISATIONS)])
    path = folder / name
    path.write_bytes(text.getvalue().encode("gbk"))
    return path


def write_counts(folder: Path, *, hostile: bool = False) -> Path:
    """Write how many people live in every community, in a workbook."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "人口"
    sheet.append(["示例区 2023 年常住人口统计表"])
    sheet.append(["所属街道", "社区", "常住人口", "60岁及以上", "登记户"])
    for k, row in enumerate(communities(hostile=hostile).itertuples()):
        sheet.append([row.所属街道, row.社区名称, 6000 + 37 * k, 1200 + k, 2000])
    sheet.append(["合计", "", sum(6000 + 37 * k for k in range(len(LETTERS)))])
    path = folder / "人口.xlsx"
    book.save(path)
    return path


def write_streets(folder: Path) -> Path:
    """Write a grid of street lines over the communities."""
    lines = []
    east, north = WEST + 4 * CELL, SOUTH + 3 * CELL
    for k in range(17):
        x = WEST + k * CELL / 4
        lines.append(shapely.LineString([(x, SOUTH + j * CELL / 4) for j in range(13)]))
    for j in range(13):
        y = SOUTH + j * CELL / 4
        lines.append(shapely.LineString([(WEST + k * CELL / 4, y) for k in range(17)]))
    path = folder / "道路.geojson"
    kinds = {"highway": ["residential"] * len(lines)}
    frame = gpd.GeoDataFrame(kinds, geometry=lines, crs="EPSG:4326")
    assert frame.total_bounds[2] <= east + 1e-9
    assert frame.total_bounds[3] <= north + 1e-9
    frame.to_file(path, driver="GeoJSON")
    return path
