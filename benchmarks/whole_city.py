"""Growth from a district to a whole city: everything of who is served, timed step by step.

``python benchmarks/whole_city.py STREETS.parquet [--rounds N]`` invents residents
along the residential streets, square communities and organisations of every
category in the mix of the Wuchang register, inside windows of growing size
around the middle of the streets, and prints seconds of the processor a step.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.crew import ROOT
from coverage.border import border_effects
from coverage.gaps import gap_list
from coverage.papers.kinds_table import five_kinds, reached
from coverage.reach import measure_coverage
from coverage.reconciliation import reconcile
from coverage.robustness import robustness
from coverage.rules import indicators, read_rules, supply_matches
from coverage.standard import Standard
from coverage.underserved import underserved_areas
from coverage.walking import walk_categories
from geo.place import Place, load_place

CRS = "EPSG:32650"
SIZES = (3_750, 7_500, 15_000, 30_000)  # organisations; the last is the whole city
SQUARE = 800.0  # metres: a community
SPACING = 60.0

SETTINGS = """schema = 1
zh = "示例城市"
en = "Example city"
metric_crs = "EPSG:32650"
data_date = "2024"
demonstration = true
[walking]
basis = "network"
streets = "streets.parquet"
snap_limit_metres = 300
[communities]
file = "communities.gpkg"
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
basis = { people = "estimated", elders = "estimated", elders_65 = "estimated", \
elders_80 = "estimated", children = "estimated", households = "estimated", disabled = "assumed" }
"""


def write_city(streets: gpd.GeoDataFrame, part: float, organisations: int, folder: Path) -> None:
    """Write the part of the city nearest its middle as a place."""
    rng = np.random.default_rng(7)
    middles = shapely.centroid(streets.geometry.to_numpy())
    heart = shapely.points(*np.median(shapely.get_coordinates(middles), axis=0))
    away = shapely.distance(middles, heart)
    kept = streets[away <= np.quantile(away, part)]
    kept.to_parquet(folder / "streets.parquet")
    homes = _points_along(kept[kept["highway"].isin(["residential", "living_street"])])
    squares = np.floor(homes / SQUARE).astype(int)
    cells, of = np.unique(squares, axis=0, return_inverse=True)
    _write_communities(cells, folder)
    people = rng.integers(60, 160, len(homes))
    counts = {"people": people, "elders": people // 5, "elders_65": people // 7}
    counts |= {"elders_80": people // 30, "children": people // 8}
    counts |= {"households": people // 2, "disabled": people // 16}
    table = pd.DataFrame({"x": homes[:, 0], "y": homes[:, 1], **counts})
    table.insert(0, "community_code", [f"c{k:05d}" for k in of])
    table.insert(0, "resident_point_id", [f"r{k}" for k in range(len(homes))])
    table.to_csv(folder / "residents.csv", index=False)
    _write_register(homes, organisations, rng, folder)
    (folder / "place.toml").write_text(SETTINGS, encoding="utf-8")


def _points_along(streets: gpd.GeoDataFrame) -> np.ndarray:
    lines = streets.geometry.to_numpy()
    metres = shapely.length(lines)
    parts = np.maximum(np.ceil(metres / SPACING).astype(int), 1)
    of = np.repeat(np.arange(len(lines)), parts)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(parts) - parts, parts)
    middles = shapely.line_interpolate_point(lines[of], (nth + 0.5) / parts[of], normalized=True)
    return np.asarray(shapely.get_coordinates(middles))


def _write_communities(cells: np.ndarray, folder: Path) -> None:
    low = cells * SQUARE
    areas = cells // 4
    names = [f"示例片区{east}-{north}" for east, north in areas]
    gpd.GeoDataFrame(
        {
            "community_code": [f"c{k:05d}" for k in range(len(cells))],
            "name": [f"示例单元{k}" for k in range(len(cells))],
            "subdistrict_code": names,
            "subdistrict": names,
            "unit_kind": "格网",
        },
        geometry=shapely.box(low[:, 0], low[:, 1], low[:, 0] + SQUARE, low[:, 1] + SQUARE),
        crs=CRS,
    ).to_file(folder / "communities.gpkg")


def _write_register(
    homes: np.ndarray, organisations: int, rng: np.random.Generator, folder: Path
) -> None:
    """Write organisations in the mix of the Wuchang register, near somebody's home."""
    model = pd.read_csv(ROOT / "data" / "wuchang" / "register.csv", dtype=str)
    columns = ["category", "categories", "level", "filing_status", "legal_form", "state"]
    columns += ["provider_type", "registered_on", "filed_on", "last_activity", "inspection"]
    rows = model[columns].iloc[rng.integers(0, len(model), organisations)].reset_index(drop=True)
    at = homes[rng.integers(0, len(homes), organisations)]
    at = at + rng.normal(0, 40, at.shape)
    rows.insert(0, "name", [f"示例组织{k}" for k in range(organisations)])
    rows.insert(0, "organisation_id", [f"o{k}" for k in range(organisations)])
    rows.assign(x=at[:, 0], y=at[:, 1]).to_csv(folder / "register.csv", index=False)


def steps(place: Place, rounds: int) -> dict[str, float]:
    """Return the least seconds of the processor of every step after reading."""
    standard = Standard()
    groups = tuple(group.code for group in place.taxonomy.groups)
    found: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        seconds = []
        for _ in range(rounds):
            begun = time.process_time()
            answer = work()
            seconds.append(time.process_time() - begun)
        found[name] = min(seconds)
        return answer

    walks = timed("walks of all categories", lambda: walk_categories(place, standard))
    slid = replace(standard, minutes=12)

    def slide() -> None:
        moved = measure_coverage(place, walks, slid, only=groups)
        gap_list(place, walks, moved, kind="group")

    timed("a slider step: groups and their gaps", slide)
    result = timed("coverage", lambda: measure_coverage(place, walks, standard))
    gaps = timed("gap list", lambda: gap_list(place, walks, result))
    timed("robustness", lambda: robustness(place, walks, result))
    scheme = five_kinds(place.taxonomy)
    timed("kinds reached", lambda: reached(place, walks, standard, scheme))
    each = {"ways of counting": reconcile, "border": border_effects}
    for name, work in each.items():
        timed(name, lambda work=work: [work(place, walks, result, subject=one) for one in groups])
    timed(
        "underserved areas",
        lambda: [underserved_areas(place, result, subject=one) for one in groups],
    )
    rules = read_rules()
    timed("rules", lambda: indicators(place, result, rules, walks=walks))
    timed("supply and demand", lambda: supply_matches(place, walks, result, gaps))
    return found


def main(path: Path, rounds: int) -> None:
    """Print a table: a row a step, a column a size."""
    streets = gpd.read_parquet(path).set_crs(CRS, allow_override=True)
    columns: dict[str, dict[str, float]] = {}
    for organisations in SIZES:
        part = organisations / SIZES[-1]
        with tempfile.TemporaryDirectory() as home:
            write_city(streets, part, organisations, Path(home))
            place = load_place(Path(home))
        head = (
            f"{organisations:,} organisations, {len(place.residents):,} points, "
            f"{len(place.communities):,} units"
        )
        columns[head] = steps(place, rounds)
        columns[head]["all after the walks"] = sum(list(columns[head].values())[2:])
    names = list(next(iter(columns.values())))
    print(f"| step | {' | '.join(columns)} | growth |")
    print("|---" * (len(columns) + 2) + "|")
    for name in names:
        seconds = [one[name] for one in columns.values()]
        cells = " | ".join(f"{one:.2f} s" for one in seconds)
        print(f"| {name} | {cells} | × {seconds[-1] / seconds[0]:.1f} |")


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("streets", type=Path)
    reader.add_argument("--rounds", type=int, default=3)
    asked = reader.parse_args()
    main(asked.streets, asked.rounds)
