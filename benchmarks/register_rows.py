"""A register of very many rows, read and checked as ``yike.py check`` does it.

``python benchmarks/register_rows.py [--rows 50000] [--rounds 2]`` invents a messy
register of Wuchang (two rows of title, headings of the office's own, dates in five
ways, full-width digits, degrees in minutes and seconds, missing points and codes,
doubles, telephone numbers, a line of totals), writes it as workbook and as text,
and prints seconds of each step: processor time, and by the clock.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import xlsxwriter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from geo.check_report import check_file, report_answer
from geo.credit_code import check_character, organisation_check_character
from geo.office_files import read_office_file
from geo.place import Place, load_place
from geo.place_check import place_desk

ROOT = Path(__file__).resolve().parent.parent
HEADINGS = (
    "序号", "组织名称", "统一社会信用代码", "登记或备案", "备案状态", "状态", "年检结论",
    "业务范围", "服务类别", "所属街道", "所属社区", "住所", "成立日期", "最近活动日期",
    "联系电话", "经度", "纬度", "备注",
)  # fmt: skip
KINDS = (
    ("养老服务中心", "为老年人提供日间照料、助餐和居家养老服务", "A1"),
    ("人民调解室", "开展矛盾纠纷调解和法律咨询", "B1"),
    ("残疾人康复站", "残疾人康复训练、辅助器具适配", "C1"),
    ("舞蹈队", "组织居民开展文艺活动", ""),
    ("幼儿园", "学前教育", ""),
    ("志愿服务队", "社区志愿服务、邻里互助", ""),
    ("足球俱乐部", "青少年足球培训与赛事", ""),
)
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
DATES = ("{0}-{1:02}-{2:02}", "{0}/{1}/{2}", "{0}.{1}.{2}", "{0}年{1}月{2}日", "{0}{1:02}{2:02}")


def messy_rows(place: Place, count: int) -> list[list[str]]:
    """Return `count` invented records under `HEADINGS`, as an office would type them."""
    rng = np.random.default_rng(11)
    communities = place.communities.to_crs("EPSG:4326")
    at = rng.integers(len(communities), size=count)
    middles = shapely.get_coordinates(shapely.point_on_surface(communities.geometry.to_numpy()))
    points = middles[at] + rng.normal(0, 0.0008, (count, 2))
    names = communities["name"].to_numpy(object)
    areas = communities["subdistrict"].to_numpy(object)
    chance = rng.random((count, 6))
    rows = []
    for k in range(count):
        again = k - 1 if k and chance[k, 0] < 0.01 else k  # one in a hundred stands twice
        ending, scope, category = KINDS[again % len(KINDS)]
        lon, lat = (_typed(one, chance[k, 1]) for one in points[k])
        filed = again % 3 == 0
        rows.append([
            str(k + 1),
            _spaced(f"示例{names[at[again]].replace(' ', '')}第{again}{ending}", chance[k, 2]),
            "" if filed else _code(again, chance[k, 3]),
            "备案" if filed else "登记",
            ("已备案", "初审", "变更")[k // 3 % 3] if filed else "",
            ("正常", "正常", "正常", "注销", "存续", "异常", "")[k % 7],
            ("合格", "基本合格", "未参检", "")[k % 4],
            scope,
            category if chance[k, 4] < 0.5 else "",
            areas[at[k]],
            names[at[k]] if chance[k, 5] < 0.9 else "",
            f"示例路{k % 900 + 1}号{k % 30}室",
            _day(rng.integers(1990, 2024), k),
            _day(rng.integers(2020, 2025), k + 1) if k % 5 else "",
            f"139{k % 100_000_000:08d}",
            lon,
            lat,
            "同上" if k and k % 997 == 0 else "",
        ])  # fmt: skip
    return rows


def _typed(degrees: float, chance: float) -> str:
    if chance < 0.03:
        return ""
    if chance < 0.08:
        minutes = (degrees % 1) * 60
        return f"{int(degrees)}°{int(minutes)}′{min(minutes % 1 * 60, 59.99):.2f}″"
    return f"{degrees:.6f}".translate(WIDE) if chance < 0.12 else f"{degrees:.6f}"


def _spaced(name: str, chance: float) -> str:
    return f" {name[:4]}　{name[4:]} " if chance < 0.05 else name


def _code(number: int, chance: float) -> str:
    first = f"52420106MJ{number:06d}"
    whole = first + organisation_check_character(first[8:16])
    code = whole + check_character(whole)
    if chance < 0.02:
        return "5.24201E+17"
    return code.translate(WIDE) if chance < 0.04 else code


def _day(year: int, k: int) -> str:
    return DATES[k % len(DATES)].format(year, k % 12 + 1, k % 28 + 1)


def write_workbook(path: Path, rows: list[list[str]]) -> None:
    """Write the rows below a title, with a line of totals, coordinates as numbers."""
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    page = book.add_worksheet("名册")
    page.merge_range(0, 0, 0, len(HEADINGS) - 1, "示例区社会组织名册")
    page.write_row(2, 0, HEADINGS)
    for at, row in enumerate(rows, start=3):
        page.write_row(at, 0, row[:15])
        for column in (15, 16):
            cell = row[column]
            plain = cell.isascii() and cell
            page.write(at, column, float(cell) if plain else cell)
        page.write(at, 17, row[17])
    page.write_row(len(rows) + 3, 0, ["合计", str(len(rows))])
    book.close()


def write_text(path: Path, rows: list[list[str]]) -> None:
    """Write the rows as Excel saves them on Chinese Windows."""
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([HEADINGS, *rows])


def timed(act: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return what `act` returns, its seconds of the processor, and those by the clock."""
    processor, clock = time.process_time(), time.perf_counter()
    answer = act()
    return answer, time.process_time() - processor, time.perf_counter() - clock


def measure(path: Path, place: Place) -> tuple[dict[str, int], list[tuple[float, float]]]:
    """Return what the rows were, and the seconds of reading, of all, and of the JSON."""
    _, *reading = timed(lambda: read_office_file(path))
    desk = place_desk(place, system="wgs84")
    report, *checking = timed(lambda: check_file(path, desk))
    _, *answering = timed(lambda: report_answer(report, "zh"))
    return report.counts, [tuple(reading), tuple(checking), tuple(answering)]


def main() -> None:
    """Print one line a file: the least of the rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    place, *loading = timed(lambda: load_place(ROOT / "data" / "wuchang"))
    print(f"place: {loading[0]:.2f} s of the processor, {loading[1]:.2f} s by the clock")
    rows = messy_rows(place, given.rows)
    with tempfile.TemporaryDirectory() as folder:
        for name, write in (("register.xlsx", write_workbook), ("register.csv", write_text)):
            path = Path(folder) / name
            write(path, rows)
            rounds = [measure(path, place) for _ in range(given.rounds)]
            least = [min(of) for of in zip(*(steps for _, steps in rounds), strict=True)]
            shown = ", ".join(
                f"{what} {processor:.2f} s ({clock:.2f} s)"
                for what, (processor, clock) in zip(
                    ("reading alone", "reading and checking", "answer as JSON"), least, strict=True
                )
            )
            print(f"{name}, {path.stat().st_size / 1e6:.1f} MB: {shown}")
            print(f"  {rounds[0][0]}")
    if hasattr(os, "getloadavg"):
        print("load: " + " ".join(f"{one:.1f}" for one in os.getloadavg()))


if __name__ == "__main__":
    main()
