"""Walks without streets: the straight line times a detour factor (直线估算)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from coverage.search import UNREACHED, Nearest
from geo.place import Place
from geo.points import metric_points

TIES = 4  # a point in the middle of a square has four equally near neighbours


def straight_nearest(
    place: Place, members: Sequence[npt.NDArray[np.intp]], within_mm: Sequence[int]
) -> list[Nearest]:
    """Return the nearest service point of every resident point, per set of rows.

    Millimetres = straight metres x detour x 1000, rounded once; compared as
    everywhere else. Among equally near ones the lower row wins.
    """
    homes = metric_points(place.residents, place.crs, what="what.residents")
    services = metric_points(place.service_points, place.crs, what="what.services")
    return [
        _nearest(homes, services, rows, place.detour, bound)
        for rows, bound in zip(members, within_mm, strict=True)
    ]


def _nearest(
    homes: npt.NDArray[np.float64],
    services: npt.NDArray[np.float64],
    rows: npt.NDArray[np.intp],
    detour: float,
    within_mm: int,
) -> Nearest:
    millimetres = np.full(len(homes), UNREACHED, dtype=np.int32)
    service = np.full(len(homes), -1, dtype=np.int32)
    rows = rows[np.isfinite(services[rows]).all(axis=1)]
    if not len(rows) or not len(homes):
        return Nearest(millimetres, service, within_mm)
    # Several services at one address are one place; the first of them stands for it.
    places, first = np.unique(services[rows], axis=0, return_index=True)
    rows = rows[first]
    straight, near = cKDTree(places).query(homes, k=np.arange(1, min(TIES, len(rows)) + 1))
    walk = np.rint(straight * detour * 1000).astype(np.int64)
    key = np.where(walk == walk[:, :1], rows[near], np.iinfo(np.int64).max)
    reached = walk[:, 0] <= within_mm
    millimetres[reached] = walk[reached, 0]
    service[reached] = key.min(axis=1)[reached]
    return Nearest(millimetres, service, within_mm)
