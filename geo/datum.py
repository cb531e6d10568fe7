"""Coordinate systems of Chinese maps, and the numbers people type for them.

Three geographic systems are in use, and a fourth family of plane ones:

- **WGS-84** and **CGCS2000**: what receivers, OpenStreetMap and the survey use.
  Both are geocentric and differ by centimetres, so they are one and the same here.
- **GCJ-02**: online maps shift WGS-84 by 100 to 700 m with a published formula.
- **BD-09**: a further shift on top of GCJ-02.
- CGCS2000 / 3-degree Gauss-Kruger zones (EPSG 4513-4554), in metres.

The shift is defined forwards only. Its inverse is found by fixed-point
iteration to far below a millimetre of the formula; what such a map service
shows may still differ by a metre or so, so an inverse is labelled with the
phrase ``datum.inverse_label``.

**Outside rule.** The shift acts inside the rectangle 72.004-137.8347° E,
0.8293-55.8271° N and nowhere else. Which side a coordinate lies on is read from
the coordinate as given, in either direction, so within some 1.3 km of that
rectangle's edge (open sea, or far outside any district) a round trip need not close.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

from geo.coordinate_text import parse_coordinate, parse_coordinates, parse_pair
from geo.errors import GeographyError

__all__ = [
    "INVERSE_LABEL",
    "SYSTEMS",
    "from_projected",
    "from_wgs84",
    "metric_crs_for",
    "parse_coordinate",
    "parse_coordinates",
    "parse_pair",
    "projected_systems",
    "shift_metres",
    "to_wgs84",
]

Degrees = npt.NDArray[np.float64]
Numbers = npt.ArrayLike

SYSTEMS = ("wgs84", "cgcs2000", "gcj02", "bd09")
SHIFTED = ("gcj02", "bd09")
INVERSE_LABEL = "datum.inverse_label"

WEST, EAST, SOUTH, NORTH = 72.004, 137.8347, 0.8293, 55.8271

# The ellipsoid of the shift formula: Krasovsky 1940, not the one of WGS-84.
_AXIS = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323

# Stops far below 1 mm (1e-8 degrees); each round gains about two digits.
_CLOSE_ENOUGH = 1e-12
_MOST_ROUNDS = 40


def to_wgs84(lon: Numbers, lat: Numbers, *, system: str) -> tuple[Degrees, Degrees]:
    """Convert degrees of `system` to WGS-84.

    Parameters
    ----------
    lon, lat
        Degrees, numbers or arrays of one shape. NaN and infinity give NaN.
    system
        One of `SYSTEMS`.

    Returns
    -------
    Two arrays of the inputs' shape, in degrees. From GCJ-02 and BD-09 they
    reproduce the given coordinate to better than 1 mm when shifted again.

    Raises
    ------
    GeographyError
        The system is unknown, or the two arrays differ in shape.
    """
    x, y = _pair(lon, lat)
    _known(system)
    if system == "gcj02":
        return _inverse(x, y, _gcj02)
    if system == "bd09":
        return _inverse(x, y, _bd09)
    return x, y


def from_wgs84(lon: Numbers, lat: Numbers, *, system: str) -> tuple[Degrees, Degrees]:
    """Convert WGS-84 degrees to `system`.

    Parameters, returns and errors as `to_wgs84`.

    Notes
    -----
    GCJ-02 adds two polynomials with sine terms, divided by the radii of the
    Krasovsky ellipsoid; BD-09 turns and stretches GCJ-02 by small sine terms and
    adds (0.0065°, 0.006°). Both are the formulas in general circulation.
    """
    x, y = _pair(lon, lat)
    _known(system)
    if system not in SHIFTED:
        return x, y
    shift = _gcj02 if system == "gcj02" else _bd09
    inside = _inside(x, y)
    moved_x, moved_y = shift(x, y)
    return np.where(inside, moved_x, x), np.where(inside, moved_y, y)


def shift_metres(lon: Numbers, lat: Numbers, *, system: str) -> Degrees:
    """Return how far `system` displaces the WGS-84 coordinates, in metres on the ground."""
    x, y = _pair(lon, lat)
    moved_x, moved_y = from_wgs84(x, y, system=system)
    return metres_apart(x, y, moved_x, moved_y)


def metres_apart(lon: Numbers, lat: Numbers, other_lon: Numbers, other_lat: Numbers) -> Degrees:
    """Return the great-circle distance between coordinates, in metres (haversine)."""
    x, y = _pair(lon, lat)
    u, v = _pair(other_lon, other_lat)
    a = np.sin(np.radians(v - y) / 2) ** 2
    b = np.sin(np.radians(u - x) / 2) ** 2
    half = np.sqrt(a + np.cos(np.radians(y)) * np.cos(np.radians(v)) * b)
    return np.asarray(2 * 6_371_008.8 * np.arcsin(np.minimum(half, 1.0)), dtype=np.float64)


def metric_crs_for(lon: Numbers, lat: Numbers) -> str:
    """Return the CGCS2000 3-degree zone (by central meridian) that suits the coordinates.

    Parameters
    ----------
    lon, lat
        WGS-84 degrees; of arrays the median counts.

    Returns
    -------
    Such as ``"EPSG:4547"``, the zone of 114° E.

    Raises
    ------
    GeographyError
        Nothing finite is given, or the zone lies outside 75-135° E.
    """
    x, y = _pair(lon, lat)
    usable = np.isfinite(x) & np.isfinite(y)
    if not usable.any():
        raise GeographyError("error.datum_nothing_finite")
    middle = float(np.median(x[usable]))
    # On the border of two zones the western one, as the standards choose for 121.5° E.
    meridian = 3 * int(np.ceil(middle / 3 - 0.5))
    if not 75 <= meridian <= 135:
        raise GeographyError("error.datum_no_zone", longitude=round(middle, 4))
    return f"EPSG:{4534 + (meridian - 75) // 3}"


def projected_systems(
    easting: Numbers, northing: Numbers, *, near_longitude: float | None = None
) -> tuple[str, ...]:
    """Return the CGCS2000 zones that plane coordinates may belong to.

    Parameters
    ----------
    easting, northing
        Metres, as the file gives them.
    near_longitude
        Roughly where the district lies. An easting of six digits names no
        zone; the two zones nearest to this longitude come into question then.

    Returns
    -------
    EPSG names, best first; empty where the numbers are no plane coordinates.
    An easting of eight digits carries its zone in front: 25-45 are 3-degree
    zones (EPSG 4513-4533), 13-23 are 6-degree zones (EPSG 4491-4501).
    """
    x, y = _pair(easting, northing)
    usable = np.isfinite(x) & np.isfinite(y)
    if not usable.any():
        return ()
    east, north = float(np.median(x[usable])), float(np.median(y[usable]))
    if not 50_000 <= north <= 6_300_000:
        return ()
    if 10_000_000 <= east < 50_000_000:
        zone = int(east // 1_000_000)
        if 25 <= zone <= 45:
            return (f"EPSG:{4488 + zone}",)
        return (f"EPSG:{4478 + zone}",) if 13 <= zone <= 23 else ()
    if not 100_000 <= east <= 900_000 or near_longitude is None:
        return ()
    meridians = sorted(range(75, 136, 3), key=lambda one: abs(one - near_longitude))[:2]
    return tuple(f"EPSG:{4534 + (one - 75) // 3}" for one in meridians)


def from_projected(easting: Numbers, northing: Numbers, *, crs: str) -> tuple[Degrees, Degrees]:
    """Convert plane CGCS2000 coordinates of `crs` (``EPSG:4491`` to ``4554``) to degrees.

    What does not fall on the earth becomes NaN.

    Raises
    ------
    GeographyError
        `crs` is no plane CGCS2000 zone.
    """
    x, y = _pair(easting, northing)
    number = crs.removeprefix("EPSG:")
    if not (number.isdecimal() and 4491 <= int(number) <= 4554):
        raise GeographyError("error.datum_not_projected", given=crs)
    lon, lat = Transformer.from_crs(crs, "EPSG:4490", always_xy=True).transform(x, y)
    return _pair(lon, lat)


def _known(system: str) -> None:
    if system not in SYSTEMS:
        raise GeographyError("error.datum_unknown", given=system, known="、".join(SYSTEMS))


def _pair(lon: Numbers, lat: Numbers) -> tuple[Degrees, Degrees]:
    x, y = np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64)
    if x.shape != y.shape:
        raise GeographyError("error.datum_shapes", lon=x.size, lat=y.size)
    broken = ~(np.isfinite(x) & np.isfinite(y))
    return np.where(broken, np.nan, x), np.where(broken, np.nan, y)


def _inside(x: Degrees, y: Degrees) -> npt.NDArray[np.bool_]:
    return (x >= WEST) & (x <= EAST) & (y >= SOUTH) & (y <= NORTH)


def _gcj02(x: Degrees, y: Degrees) -> tuple[Degrees, Degrees]:
    """Shift WGS-84 to GCJ-02, without the outside rule."""
    u, v = x - 105.0, y - 35.0
    root = np.sqrt(np.abs(u))
    ripple = (20 * np.sin(6 * np.pi * u) + 20 * np.sin(2 * np.pi * u)) * 2 / 3
    north = -100 + 2 * u + 3 * v + 0.2 * v * v + 0.1 * u * v + 0.2 * root + ripple
    north += (20 * np.sin(np.pi * v) + 40 * np.sin(np.pi * v / 3)) * 2 / 3
    north += (160 * np.sin(np.pi * v / 12) + 320 * np.sin(np.pi * v / 30)) * 2 / 3
    east = 300 + u + 2 * v + 0.1 * u * u + 0.1 * u * v + 0.1 * root + ripple
    east += (20 * np.sin(np.pi * u) + 40 * np.sin(np.pi * u / 3)) * 2 / 3
    east += (150 * np.sin(np.pi * u / 12) + 300 * np.sin(np.pi * u / 30)) * 2 / 3

    radians = np.radians(y)
    bulge = 1 - _ECCENTRICITY_SQUARED * np.sin(radians) ** 2
    meridian = _AXIS * (1 - _ECCENTRICITY_SQUARED) / bulge**1.5
    parallel = _AXIS / np.sqrt(bulge) * np.cos(radians)
    return x + np.degrees(east / parallel), y + np.degrees(north / meridian)


def _bd09(x: Degrees, y: Degrees) -> tuple[Degrees, Degrees]:
    """Shift WGS-84 to BD-09, without the outside rule."""
    u, v = _gcj02(x, y)
    turn = np.pi * 3000 / 180
    radius = np.hypot(u, v) + 0.00002 * np.sin(v * turn)
    angle = np.arctan2(v, u) + 0.000003 * np.cos(u * turn)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _inverse(
    x: Degrees, y: Degrees, shift: Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]
) -> tuple[Degrees, Degrees]:
    """Find what `shift` moves onto (x, y): the shift varies slowly, so the iteration contracts."""
    inside = _inside(x, y)
    # The formula is only asked where it is meant; elsewhere a harmless stand-in is shifted.
    aim_x, aim_y = np.where(inside, x, 105.0), np.where(inside, y, 35.0)
    u, v = aim_x.copy(), aim_y.copy()
    for _ in range(_MOST_ROUNDS):
        moved_x, moved_y = shift(u, v)
        step_x, step_y = aim_x - moved_x, aim_y - moved_y
        u, v = u + step_x, v + step_y
        if max(np.max(np.abs(step_x), initial=0), np.max(np.abs(step_y), initial=0)) < (
            _CLOSE_ENOUGH
        ):
            break
    return np.where(inside, u, x), np.where(inside, v, y)
