"""Where the organisations of a register serve: coordinates, addresses, communities.

In this order: the file's own coordinates, a service address, the registered
address (both through the office's gazetteer or a geocoder), the community the
row names, a community named inside an address. What rests on less than an
address is an estimate and says so in ``located_by``.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from geo.datum import SYSTEMS, parse_coordinates, parse_pair, to_wgs84
from geo.errors import GeographyError
from geo.gazetteer import Gazetteer, Geocoder
from geo.phrases import Phrase
from geo.problems import DOUBTFUL, NOTE, REPAIRED, Finding, found_at
from geo.tables import LOCATED_BY_ESTIMATE

DEGREES = "EPSG:4326"
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Located:
    """Where every record serves.

    Parameters
    ----------
    points
        WGS-84 points, missing where nobody could place the record.
    located_by
        One of `geo.tables.LOCATED_BY`.
    findings
        What was found.
    """

    points: gpd.GeoSeries
    located_by: np.ndarray
    findings: tuple[Finding, ...]


def raw_numbers(
    text: pd.DataFrame, shapes: gpd.GeoSeries | None
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the two numbers of every record as the file gives them, and what could not be read.

    Columns ``x`` and ``y``, NaN where nothing is given. Shapes of the file are
    in degrees already; a shape that is no point gives a point inside it.
    """
    x, y = (_plain_numbers(text[name]) for name in ("lon", "lat"))
    paired = ((text["coordinates"] != "") & ~(np.isfinite(x) & np.isfinite(y))).to_numpy()
    cells = text["coordinates"].tolist()
    for at in np.flatnonzero(paired).tolist():
        pair = parse_pair(cells[at])
        if pair is not None:
            x[at], y[at] = pair
    given = (text["lon"] != "") | (text["lat"] != "") | (text["coordinates"] != "")
    unread = given.to_numpy() & ~(np.isfinite(x) & np.isfinite(y))
    # A lone 0 or a stroke in a number column means: none.
    nothing = text["lon"].isin(["0", "/", "-", "无", "0.0"]) | (
        (text["lon"] == "") & (text["lat"] == "") & (text["coordinates"] == "")
    )
    findings = found_at(
        unread & ~nothing.to_numpy(), "坐标", DOUBTFUL, Phrase.of("doubtful.coordinates_unread")
    )
    zero = (np.abs(x) < 1e-9) & (np.abs(y) < 1e-9)
    findings += found_at(zero, "坐标", DOUBTFUL, Phrase.of("doubtful.coordinates_zero"))
    lone = ~(np.isfinite(x) & np.isfinite(y)) | zero
    x[lone] = y[lone] = np.nan
    if shapes is not None:
        usable = (lone & ~(shapes.isna() | shapes.is_empty)).to_numpy()
        flat = usable & (shapes.geom_type != "Point").to_numpy()
        findings += found_at(flat, "图形", REPAIRED, Phrase.of("repaired.shape_to_point"))
        inside = shapes.representative_point()
        x[usable], y[usable] = inside.x.to_numpy()[usable], inside.y.to_numpy()[usable]
    return pd.DataFrame({"x": x, "y": y}, index=text.index), findings


def _plain_numbers(text: pd.Series) -> Numbers:
    numbers = np.array(pd.to_numeric(text.where(text != ""), errors="coerce"), dtype=np.float64)
    odd = np.flatnonzero(~np.isfinite(numbers) & (text != "").to_numpy())
    numbers[odd] = parse_coordinates(text.iloc[odd])
    return numbers


def _is_northing(metres: Numbers) -> npt.NDArray[np.bool_]:
    """Return whether each number can be a northing of CGCS2000 (17° to 54° north)."""
    return np.asarray((metres >= 1.85e6) & (metres <= 6.0e6))


def _is_easting(metres: Numbers) -> npt.NDArray[np.bool_]:
    """Return whether each number can be an easting, with or without its zone (13–45)."""
    zone = np.floor(metres / 1e6)
    within = metres - np.where((zone >= 13) & (zone <= 45), zone * 1e6, 0.0)
    return np.asarray((within >= 1e5) & (within <= 9e5))


def as_degrees(
    numbers: pd.DataFrame, *, system: str, swapped: bool = False
) -> tuple[Numbers, Numbers, list[Finding]]:
    """Convert the numbers of a file to WGS-84 degrees.

    Parameters
    ----------
    numbers
        Columns ``x`` and ``y`` as the file gives them.
    system
        One of `geo.datum.SYSTEMS`, or a plane system such as ``EPSG:4547``.
    swapped
        Whether the whole file gives the latitude first.

    Returns
    -------
    Longitudes, latitudes (NaN where there are none), and findings.

    Raises
    ------
    GeographyError
        The system is unknown.
    """
    x, y = numbers["x"].to_numpy(float).copy(), numbers["y"].to_numpy(float).copy()
    findings: list[Finding] = []
    if swapped:
        x, y = y, x
    if system not in SYSTEMS:
        # Surveyors call the northing X; the ranges of the two do not overlap in China.
        crossed = _is_northing(x) & _is_easting(y)
        x[crossed], y[crossed] = y[crossed], x[crossed]
        findings += found_at(crossed, "坐标", REPAIRED, Phrase.of("repaired.axes_exchanged"))
        lon, lat = _from_plane(x, y, system)
    else:
        # Single rows with the two numbers exchanged; in China the ranges do not overlap.
        crossed = (x >= 3) & (x <= 54) & (y >= 73) & (y <= 136)
        x[crossed], y[crossed] = y[crossed], x[crossed]
        findings += found_at(crossed, "坐标", REPAIRED, Phrase.of("repaired.swapped"))
        wild = np.isfinite(x) & ((np.abs(x) > 180) | (np.abs(y) > 90))
        findings += found_at(wild, "坐标", DOUBTFUL, Phrase.of("doubtful.coordinates_range"))
        x[wild] = y[wild] = np.nan
        lon, lat = to_wgs84(x, y, system=system)
    return lon, lat, findings


def _from_plane(x: Numbers, y: Numbers, system: str) -> tuple[Numbers, Numbers]:
    try:
        there = pyproj.CRS(system)
    except pyproj.exceptions.CRSError as fault:
        raise GeographyError(
            "error.datum_unknown", given=system, known="、".join((*SYSTEMS, "EPSG:…"))
        ) from fault
    lon, lat = pyproj.Transformer.from_crs(there, DEGREES, always_xy=True).transform(x, y)
    lost = ~(np.isfinite(lon) & np.isfinite(lat))
    return np.where(lost, np.nan, lon), np.where(lost, np.nan, lat)


def locate(
    text: pd.DataFrame,
    degrees: tuple[Numbers, Numbers],
    stated: np.ndarray,
    *,
    communities: gpd.GeoDataFrame | None,
    lookup: Geocoder | None = None,
) -> Located:
    """Place every record, and say what its place rests on.

    Parameters
    ----------
    text
        Canonical text columns.
    degrees
        Longitudes and latitudes the file gives, NaN where it gives none.
    stated
        The community every record states, see `stated_communities`.
    communities
        Communities of the place, or None.
    lookup
        A way from an address to a point, see `address_lookup`.
    """
    lon, lat = degrees[0].copy(), degrees[1].copy()
    located_by = np.where(np.isfinite(lon), "坐标", "未定位").astype(object)
    findings: list[Finding] = []
    if lookup is not None:
        for field, how in (("service_address", "地址"), ("address", "登记住所")):
            missing = np.flatnonzero(~np.isfinite(lon) & (text[field] != "").to_numpy())
            addresses = text[field].tolist()
            for at in missing.tolist():
                point = lookup(addresses[at])
                if point is not None:
                    lon[at], lat[at], located_by[at] = point[0], point[1], how
    if communities is not None:
        centres = communities.geometry.representative_point().to_crs(DEGREES)
        missing = ~np.isfinite(lon) & (stated != "")
        at_centre = centres.loc[stated[missing]]
        lon[missing], lat[missing] = at_centre.x.to_numpy(), at_centre.y.to_numpy()
        located_by[missing] = "社区中心"
        findings += found_at(missing, "", NOTE, Phrase.of("note.located_by_community"))
    findings += found_at(~np.isfinite(lon), "", DOUBTFUL, Phrase.of("doubtful.unplaced"))
    shapes = np.full(len(text), None, dtype=object)
    known = np.isfinite(lon)
    shapes[known] = shapely.points(lon[known], lat[known])
    points = gpd.GeoSeries(shapes, index=text.index, crs=DEGREES)
    return Located(points, located_by, tuple(findings))


def address_lookup(gazetteer: Gazetteer | None, geocoder: Geocoder | None) -> Geocoder | None:
    """Return one way from an address to a point: the gazetteer first, then the geocoder."""
    if gazetteer is None:
        return geocoder

    def find(address: str) -> tuple[float, float] | None:
        return gazetteer.find(address) or (geocoder(address) if geocoder is not None else None)

    return find


def estimated_location_share(service_points: pd.DataFrame) -> float | None:
    """Return the share of placed service points whose place is an estimate (其中 x% 依赖估算位置).

    None when no service point is placed.
    """
    placed = service_points["located_by"] != "未定位"
    if not placed.any():
        return None
    return float(service_points["located_by"][placed].isin(LOCATED_BY_ESTIMATE).mean())
