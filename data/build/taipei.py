"""Make the two small test places of Taipei: Da'an with streets, three districts without.

    python data/build/taipei.py SOURCE [FOLDER]

SOURCE holds ``daan/`` and ``taipei/`` as published (streets, villages with
residents by age, service lists); they are too large to ship whole. FOLDER
defaults to ``tests/places``.
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

from files import DEGREES, candidates_as_written, points_in_degrees, write_csv, write_geojson  # noqa: E402
from taipei_services import provider_of, read_services  # noqa: E402

from geo.residents import share_of_people, spread_counts  # noqa: E402
from geo.residents_candidates import grid_candidates, street_candidates  # noqa: E402

TWD97 = "EPSG:3826"
DISABLED_SHARE = 0.063
AGES_FROM = {"people": 0, "elders": 60, "elders_65": 65, "elders_80": 80}
NEAR_METRES = {"daan": 1500.0, "taipei": 800.0}
TOWNS = ("大安", "文山", "南港")


def build_daan(source: Path, folder: Path) -> None:
    """Write Da'an: 13 villages, real streets, residents along them."""
    folder.mkdir(parents=True, exist_ok=True)
    villages = gpd.read_file(source / "daan" / "villages_population_2024.geojson")
    streets = gpd.read_file(source / "daan" / "streets.gpkg")
    communities = _write_villages(villages, folder, simplify=0.0)
    _write_streets(streets, folder)
    candidates = street_candidates(communities, streets, spacing=60.0)
    _write_residents(communities, villages, candidates, folder)
    _write_services(communities, read_services(source / "taipei"), folder)


def build_taipei(source: Path, folder: Path) -> None:
    """Write three districts of villages without streets."""
    folder.mkdir(parents=True, exist_ok=True)
    villages = gpd.read_file(source / "taipei" / "villages_population_2024.geojson")
    villages = villages[villages["TOWN"].str.removesuffix("區").isin(TOWNS)]
    communities = _write_villages(villages, folder, simplify=8.0)
    candidates = grid_candidates(communities, spacing=200.0)
    _write_residents(communities, villages, candidates, folder)
    _write_services(communities, read_services(source / "taipei"), folder)


def _write_villages(
    villages: gpd.GeoDataFrame, folder: Path, *, simplify: float
) -> gpd.GeoDataFrame:
    villages = villages.sort_values("V_ID")
    shapes = villages.geometry.to_crs(TWD97).to_numpy()
    if simplify:
        shapes = shapely.coverage_simplify(shapes, simplify)
    frame = gpd.GeoDataFrame(
        {
            "community_code": villages["V_ID"].to_numpy(),
            "name": villages["VILLAGE"].to_numpy(),
            "subdistrict_code": villages["TOWN_ID"].to_numpy(),
            "subdistrict": villages["TOWN"].str.removesuffix("區").to_numpy(),
            "unit_kind": "里",
        },
        geometry=shapes,
        crs=TWD97,
    )
    write_geojson(frame, folder / "communities.geojson")
    shipped = gpd.read_file(folder / "communities.geojson").to_crs(TWD97)
    return shipped.set_index("community_code")


def _write_streets(streets: gpd.GeoDataFrame, folder: Path) -> None:
    path = folder / "streets.gpkg"
    path.unlink(missing_ok=True)
    streets[["geometry"]].to_file(path, layer="streets", layer_options={"SPATIAL_INDEX": "NO"})


def _write_residents(
    communities: gpd.GeoDataFrame,
    villages: gpd.GeoDataFrame,
    candidates: gpd.GeoDataFrame,
    folder: Path,
) -> None:
    candidates = candidates_as_written(candidates, communities)
    counts = _counts(villages).loc[communities.index]
    residents = spread_counts(communities, counts, candidates, basis="measured")
    residents = share_of_people(residents, "disabled", DISABLED_SHARE)
    kept = ["community_code", *counts.columns, "disabled"]
    table = pd.concat([residents[kept], points_in_degrees(residents.geometry)], axis=1)
    write_csv(table.reset_index(), folder / "residents.csv")


def _counts(villages: gpd.GeoDataFrame) -> pd.DataFrame:
    """Sum five-year age bands; the columns for both sexes together, not those for one."""
    bands = villages.columns[villages.columns.str.fullmatch(r"A\d+(A\d+|UP_5)_CNT")]
    first_age = {band: int(band[1:].split("A")[0].split("UP")[0]) for band in bands}
    counts = pd.DataFrame(index=pd.Index(villages["V_ID"], name="community_code"))
    for column, from_age in AGES_FROM.items():
        wanted = [band for band in bands if first_age[band] >= from_age]
        counts[column] = villages[wanted].sum(axis=1).to_numpy(np.int64)
    young = [band for band in bands if first_age[band] < 15]
    counts["children"] = villages[young].sum(axis=1).to_numpy(np.int64)
    return counts


def _write_services(communities: gpd.GeoDataFrame, rows: pd.DataFrame, folder: Path) -> None:
    rows = _near(communities, rows, NEAR_METRES[folder.name])
    rows = _once_each(rows)
    rows["serves"] = [_villages_of(towns, communities) for towns in rows["serves_towns"]]
    names = sorted(rows["name"].unique())
    numbers = {name: f"S{at:04d}" for at, name in enumerate(names, start=1)}
    rows["organisation_id"] = rows["name"].map(numbers)
    rows = rows.sort_values(["organisation_id", "delivery", "lon", "lat"], kind="stable")
    nth = rows.groupby("organisation_id").cumcount() + 1
    rows["service_point_id"] = rows["organisation_id"] + "-" + nth.astype(str)
    of = rows.groupby("organisation_id")["categories"].agg(lambda all_: _merged(list(all_)))
    register = pd.DataFrame(
        {
            "organisation_id": list(numbers.values()),
            "name": names,
            "category": [of[one].split(";")[0] for one in numbers.values()],
            "categories": [of[one] for one in numbers.values()],
            "level": "登记",
            "provider_type": [provider_of(name) for name in names],
        }
    )
    write_csv(register, folder / "register.csv")
    rows["capacity"] = rows["capacity"].map(lambda one: "" if np.isnan(one) else str(int(one)))
    kept = ["service_point_id", "organisation_id", "categories", "delivery", "capacity", "serves"]
    degrees = rows[["lon", "lat"]].map(lambda one: "" if np.isnan(one) else f"{one:.6f}")
    located = np.where(rows["lon"].isna(), "未定位", "地址")
    points = pd.concat([rows[kept].assign(located_by=located), degrees], axis=1)
    write_csv(points, folder / "service_points.csv")


def _near(communities: gpd.GeoDataFrame, rows: pd.DataFrame, metres: float) -> pd.DataFrame:
    """Keep what stands in or near the villages, comes to them, or names their town unplaced."""
    points = gpd.GeoSeries(gpd.points_from_xy(rows["lon"], rows["lat"]), crs=DEGREES)
    around = communities.union_all().buffer(metres)
    stands_near = points.to_crs(TWD97).intersects(around).to_numpy()
    towns = set(communities["subdistrict"])
    unplaced = rows["lon"].isna() & rows["town"].isin(towns)
    at_home = rows["delivery"] != "到点"
    comes_here = rows["serves_towns"].map(lambda joined: bool(towns & set(joined.split(";"))))
    return rows[(stands_near | unplaced) & (~at_home | comes_here)].copy()


def _once_each(rows: pd.DataFrame) -> pd.DataFrame:
    """Let a unit that stands in several lists stand once, with the categories of all."""
    stands = [rows[axis].round(3).fillna(0.0) for axis in ("lon", "lat")]
    same = rows.groupby([rows["name"], rows["delivery"], *stands], sort=False)
    categories = same["categories"].transform(lambda joined: _merged(list(joined)))
    capacity = same["capacity"].transform("max")
    return rows.assign(categories=categories, capacity=capacity)[same.cumcount() == 0]


def _merged(joined: list[str]) -> str:
    codes = sorted({code for one in joined for code in one.split(";")})
    return ";".join(codes[:3])


def _villages_of(towns: str, communities: gpd.GeoDataFrame) -> str:
    served = communities["subdistrict"].isin(towns.split(";"))
    return ";".join(communities.index[served.to_numpy()]) if towns else ""


if __name__ == "__main__":
    into = Path(sys.argv[2]) if len(sys.argv) > 2 else BUILD.parent.parent / "tests" / "places"
    build_daan(Path(sys.argv[1]), into / "daan")
    build_taipei(Path(sys.argv[1]), into / "taipei")
