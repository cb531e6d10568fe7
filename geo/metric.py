"""The CRS that distances are measured in, and the way of coordinates into it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj

from geo.errors import GeographyError

WGS84 = pyproj.CRS("EPSG:4326")
# UTM stays within 0.1 % of the ground inside its zone; web maps are off by 15 % at 30° N.
OWN_CRS_TOLERANCE = 0.002
GIVEN_CRS_TOLERANCE = 0.01

Metres = npt.NDArray[np.float64]


def known_crs(given: Any) -> pyproj.CRS:
    """Return `given` as a CRS.

    Raises
    ------
    GeographyError
        Nobody knows a CRS of that name.
    """
    try:
        return pyproj.CRS(given)
    except pyproj.exceptions.CRSError as fault:
        raise GeographyError("error.crs_unknown", given=str(given)) from fault


def measuring_crs(vertices: Metres, crs: pyproj.CRS, *, given: Any = None) -> pyproj.CRS:
    """Return the CRS to measure in: the one given, the data's own if it is fit, or UTM.

    Parameters
    ----------
    vertices
        Coordinates (n, 2) in `crs`.
    crs
        Their CRS.
    given
        What the caller asks for; None leaves the choice here.

    Raises
    ------
    GeographyError
        The CRS given is unknown, or a metre in it is not a metre on the ground;
        or the coordinates lie nowhere on Earth.
    """
    middle = np.median(vertices, axis=0)
    longitude, latitude = transformed(middle[None, :], crs, WGS84)
    where = float(longitude[0]), float(latitude[0])
    if not np.isfinite(where).all():
        example = ", ".join(f"{value:.4g}" for value in middle)
        raise GeographyError("error.crs_off_earth", given=crs.to_string()[:80], example=example)
    if given is not None:
        wanted = known_crs(given)
        ground = _ground_metres(wanted, where)
        if abs(ground - 1) > GIVEN_CRS_TOLERANCE:
            raise GeographyError(
                "error.crs_not_metric", given=wanted.to_string()[:80], ground=f"{ground:.3g}"
            )
        return wanted
    if abs(_ground_metres(crs, where) - 1) <= OWN_CRS_TOLERANCE:
        return crs
    return utm_crs(*where)


def utm_crs(longitude: float, latitude: float) -> pyproj.CRS:
    """Return the UTM zone (WGS-84) of a place in degrees."""
    zone = int(np.floor((longitude + 180) / 6)) % 60 + 1
    return pyproj.CRS.from_epsg((32600 if latitude >= 0 else 32700) + zone)


def transformed(vertices: Metres, source: pyproj.CRS, target: pyproj.CRS) -> tuple[Metres, Metres]:
    """Return coordinates (n, 2) of `source` as x and y of `target`."""
    if source == target:
        return vertices[:, 0].copy(), vertices[:, 1].copy()
    change = pyproj.Transformer.from_crs(source, target, always_xy=True)
    x, y = change.transform(vertices[:, 0], vertices[:, 1])
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def _ground_metres(crs: pyproj.CRS, where: tuple[float, float]) -> float:
    """Return how many metres on the ground one unit of `crs` is at `where` (degrees); 0 if none."""
    if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info[:2]):
        return 0.0
    factors = pyproj.Proj(crs).get_factors(*where)
    scale = max(
        (float(factors.meridional_scale), float(factors.parallel_scale)), key=lambda k: abs(k - 1)
    )
    return 1 / scale if np.isfinite(scale) and scale > 0 else 0.0
