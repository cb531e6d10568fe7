"""Where something could open: points along underserved streets, or a list of premises."""

from __future__ import annotations

import io
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from geo.delimited import decoded
from geo.errors import FileError, InputError, SitingError, TableError
from geo.metric import known_crs
from geo.network import walk_graph
from geo.place import Place
from geo.place_tables import community_of

# Two minutes of an old person's walk: closer candidates are the same answer to a planner.
SPACING_METRES = 120.0

CANDIDATE_COLUMNS = ("name", "cost", "capacity", "community_code", "geometry")
# What the columns of a list of premises may be called, best first.
NAMES = {
    "candidate_id": ("candidate_id", "id", "编号", "編號"),
    "name": ("name", "名称", "名稱", "地址", "门牌", "門牌"),
    "cost": ("cost", "造价", "造價", "成本", "费用", "費用"),
    "capacity": ("capacity", "容量", "床位", "人数", "人數"),
}
LONGITUDE, LATITUDE = (
    ("lon", "lng", "longitude", "经度", "經度"),
    ("lat", "latitude", "纬度", "緯度"),
)


def street_candidates(
    place: Place,
    uncovered: npt.NDArray[np.bool_],
    *,
    within_metres: float,
    spacing_metres: float = SPACING_METRES,
) -> gpd.GeoDataFrame:
    """Return points on the streets of a place that could serve residents nobody reaches.

    Parameters
    ----------
    place
        The district.
    uncovered
        Bool per resident point: has beneficiaries and is not covered.
    within_metres
        How far beneficiaries may walk; farther candidates help nobody.
    spacing_metres
        One candidate a square of this size, the crossing nearest to its middle.

    Returns
    -------
    GeoDataFrame with `CANDIDATE_COLUMNS`, index ``candidate_id``. The ids name
    the square and so stay the same from one question to the next. At a place
    without streets the residents' own places are taken.

    Raises
    ------
    SitingError
        Nobody is uncovered, so nothing needs to open.
    """
    homes = shapely.get_coordinates(place.residents.geometry.to_numpy()[uncovered])
    if not len(homes):
        raise SitingError("error.sites_all_covered")
    spots = homes if place.streets is None else _crossings(place)
    apart, _ = cKDTree(homes).query(spots)
    reach = within_metres if place.streets is not None else within_metres / place.detour
    spots = spots[apart <= reach]
    cell = np.floor(spots / spacing_metres).astype(np.int64)
    off_middle = np.hypot(*(spots - (cell + 0.5) * spacing_metres).T)
    order = np.lexsort((spots[:, 1], spots[:, 0], off_middle, cell[:, 1], cell[:, 0]))
    first = np.sort(order[_firsts(cell[order])])
    ids = [f"{east}-{north}" for east, north in cell[first]]
    frame = gpd.GeoDataFrame(
        {"name": "", "cost": np.nan, "capacity": np.nan},
        index=pd.Index(ids, name="candidate_id", dtype="str"),
        geometry=shapely.points(spots[first]),
        crs=place.crs,
    )
    frame["community_code"] = community_of(frame, place.communities)
    # Only the district decides what opens in it.
    frame = frame[frame["community_code"] != ""]
    if frame.empty:
        raise SitingError("error.sites_no_candidates")
    return frame[list(CANDIDATE_COLUMNS)]


def _firsts(cell: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    new = np.ones(len(cell), dtype=np.bool_)
    new[1:] = (cell[1:] != cell[:-1]).any(axis=1)
    return new


def _crossings(place: Place) -> npt.NDArray[np.float64]:
    """Return the street nodes that lie on a part of the network that matters."""
    network = place.streets
    if network is None:
        return np.empty((0, 2))
    usable = walk_graph(network).captures
    nodes = np.unique(np.concatenate([network.lower[usable], network.neighbour[usable]]))
    return np.column_stack([network.x[nodes], network.y[nodes]])


def read_candidates(path: Path | str, place: Place) -> gpd.GeoDataFrame:
    """Read a list of premises, such as vacant public buildings.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage, shapefile or GeoParquet; or CSV with longitude and
        latitude. Columns for id, name, cost and capacity are found by their
        English or Chinese names and may be missing.
    place
        The district; candidates outside it are kept, with an empty community.

    Returns
    -------
    GeoDataFrame with `CANDIDATE_COLUMNS` in the CRS of the place, index
    ``candidate_id`` (where the file has none: 1, 2, … as it lists them).

    Raises
    ------
    FileError
        The file is missing or cannot be read.
    TableError
        No rows, no coordinates, an id twice, or a cost or capacity that is no number.
    """
    path = Path(path)
    if not path.is_file():
        raise FileError("error.file_missing", file=str(path))
    table = _read(path)
    if table.empty:
        raise TableError("error.candidates_empty", file=path.name)
    shapes = table.geometry.to_crs(place.crs)
    lost = np.flatnonzero(shapes.isna() | shapes.is_empty | ~_on_earth(shapes))
    if len(lost):
        rows = "、".join(str(row + 1) for row in lost[:5])
        raise TableError("error.candidates_nowhere", file=path.name, count=len(lost), rows=rows)
    found = gpd.GeoDataFrame(
        {
            "name": _texts(table, "name"),
            "cost": _numbers(table, "cost", path),
            "capacity": _numbers(table, "capacity", path),
        },
        geometry=shapes.representative_point().to_numpy(),
        crs=place.crs,
    )
    ids = _texts(table, "candidate_id")
    found.index = pd.Index(
        ids if (ids != "").any() else [str(k + 1) for k in range(len(table))],
        dtype="str",
        name="candidate_id",
    )
    if found.index.has_duplicates:
        twice = found.index[found.index.duplicated()].unique()
        raise TableError("error.candidates_twice", file=path.name, ids="、".join(twice[:5]))
    found["community_code"] = community_of(found, place.communities)
    return found[list(CANDIDATE_COLUMNS)]


def _on_earth(shapes: gpd.GeoSeries) -> npt.NDArray[np.bool_]:
    """Return which shapes have finite numbers: exchanged columns leave the projection."""
    numbers, of = shapely.get_coordinates(shapes.to_numpy(), return_index=True)
    found = np.ones(len(shapes), dtype=np.bool_)
    found[of[~np.isfinite(numbers).all(axis=1)]] = False
    return found


def _read(path: Path) -> gpd.GeoDataFrame:
    try:
        if path.suffix.lower() == ".csv":
            return _from_csv(path)
        if path.suffix.lower() in (".parquet", ".geoparquet"):
            table = gpd.read_parquet(path)
        else:
            table = gpd.read_file(path)
    except (OSError, RuntimeError, ValueError, UnicodeDecodeError) as fault:
        if isinstance(fault, InputError):
            raise
        raise FileError("error.candidates_file", file=path.name, detail=str(fault)) from fault
    if not isinstance(table, gpd.GeoDataFrame) or table.crs is None:
        raise TableError("error.no_crs", file=path.name)
    return table


def _from_csv(path: Path) -> gpd.GeoDataFrame:
    # Excel on Chinese Windows saves GBK.
    text, _ = decoded(path.read_bytes(), path.name)
    table = pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False)
    east, north = _column(table, LONGITUDE), _column(table, LATITUDE)
    if east is None or north is None:
        raise TableError("error.candidates_no_coordinates", file=path.name)
    x = pd.to_numeric(table[east], errors="coerce")
    y = pd.to_numeric(table[north], errors="coerce")
    points = shapely.points(x.to_numpy(), y.to_numpy())
    points[(x.isna() | y.isna()).to_numpy()] = None
    return gpd.GeoDataFrame(table, geometry=points, crs=known_crs("EPSG:4326"))


def _column(table: pd.DataFrame, names: tuple[str, ...]) -> str | None:
    lower = {str(name).strip().lower(): str(name) for name in table.columns}
    return next((lower[name] for name in names if name in lower), None)


def _texts(table: pd.DataFrame, what: str) -> npt.NDArray[np.object_]:
    column = _column(table, NAMES[what])
    if column is None:
        return np.full(len(table), "", dtype=object)
    return table[column].fillna("").astype(str).str.strip().to_numpy(dtype=object)


def _numbers(table: pd.DataFrame, what: str, path: Path) -> npt.NDArray[np.float64]:
    column = _column(table, NAMES[what])
    if column is None:
        return np.full(len(table), np.nan)
    given = table[column].replace("", None)
    values = pd.to_numeric(given, errors="coerce")
    wrong = np.flatnonzero((~np.isfinite(values) & given.notna()) | (values < 0))
    if len(wrong):
        rows = "、".join(str(row + 1) for row in wrong[:5])
        raise TableError("error.candidates_number", file=path.name, column=column, rows=rows)
    return values.to_numpy(dtype=np.float64)
