"""Shapes as bytes (well-known binary), looked through before they are read.

The reader of shapes calls itself for every collection inside a collection and
knows no limit: bytes that nest deeply enough would stop the whole process.
"""

from __future__ import annotations

import struct

import numpy as np
import shapely

DEEPEST = 8
_POINT, _LINE, _POLYGON = 1, 2, 3
# Collections of points, lines, areas, and of anything.
_COLLECTIONS = (4, 5, 6, 7)
_HAS_Z, _HAS_M, _HAS_SRID = 0x80000000, 0x40000000, 0x20000000


def shape_of_bytes(given: object) -> shapely.Geometry | None:
    """Return the shape that well-known binary describes (also PostGIS's own kind), or None.

    None too for coordinates that are no numbers, for curves, and for collections
    nested more than `DEEPEST` deep.
    """
    if not isinstance(given, bytes) or not _sound(given):
        return None
    try:
        # A ring is compared with itself: no number in it is a warning, and None below.
        with np.errstate(invalid="ignore"):
            shape = shapely.from_wkb(given)
    except shapely.errors.ShapelyError:
        return None
    return shape if shape is not None and finite(shape) else None


def finite(shape: shapely.Geometry) -> bool:
    """Return whether every coordinate of `shape` is a number."""
    return bool(np.isfinite(shapely.get_coordinates(shape)).all())


def _sound(content: bytes) -> bool:
    """Return whether the bytes hold what their headers say, nested no deeper than allowed."""
    at, waiting = 0, [1]
    try:
        while waiting:
            if waiting[-1] == 0:
                waiting.pop()
                continue
            waiting[-1] -= 1
            order = "<" if content[at] else ">"
            (code,) = struct.unpack_from(f"{order}I", content, at + 1)
            at += 9 if code & _HAS_SRID else 5
            kind, numbers = _kind(code)
            if kind == _POINT:
                at += 8 * numbers
            elif kind in (_LINE, _POLYGON):
                at = _after_points(content, at, order, numbers, rings=kind == _POLYGON)
            elif kind in _COLLECTIONS and len(waiting) <= DEEPEST:
                waiting.append(struct.unpack_from(f"{order}I", content, at)[0])
                at += 4
            else:
                return False
            if at > len(content):
                return False
    except (struct.error, IndexError):
        return False
    return True


def _kind(code: int) -> tuple[int, int]:
    """Return the kind of a shape and the numbers a point has: both ways of marking heights."""
    kind = code & 0x0FFFFFFF
    marked = bool(code & _HAS_Z) + bool(code & _HAS_M)
    return kind % 1000, 2 + marked + {0: 0, 1: 1, 2: 1, 3: 2}.get(kind // 1000, 0)


def _after_points(content: bytes, at: int, order: str, numbers: int, *, rings: bool) -> int:
    """Return where the points of a line, or of all rings of an area, end."""
    count = 1
    if rings:
        (count,) = struct.unpack_from(f"{order}I", content, at)
        at += 4
    for _ in range(count):
        (points,) = struct.unpack_from(f"{order}I", content, at)
        at += 4 + 8 * numbers * points
        if at > len(content):
            break
    return at
