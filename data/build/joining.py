"""Join neighbouring shapes, the smallest first, until as many are left as wanted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components


@dataclass
class Blocks:
    """Polygons that tile the land, what each weighs and how strongly neighbours join.

    `joins[i][j]` is the length of the border of i and j in metres, each metre
    counted by how far the road on it still joins its sides.
    """

    shapes: list[shapely.Geometry]
    sizes: np.ndarray
    joins: list[dict[int, float]]
    members: list[list[int]]


def joined(blocks: Blocks, count: int) -> Blocks:
    """Let the smallest block join its best neighbour until `count` are left."""
    shapes, joins = list(blocks.shapes), [dict(one) for one in blocks.joins]
    sizes, members = blocks.sizes.copy(), [list(one) for one in blocks.members]
    alive = np.ones(len(shapes), dtype=bool)
    even = sizes.sum() / count
    while alive.sum() > count:
        open_ones = np.flatnonzero(alive & np.array([bool(one) for one in joins]))
        small = int(open_ones[np.argmin(sizes[open_ones])])
        best = max(
            sorted(joins[small]),
            key=lambda other: _belongs(small, other, shapes, sizes, joins[small][other], even),
        )
        shapes[best] = shapely.union(shapes[best], shapes[small])
        sizes[best] += sizes[small]
        members[best] += members[small]
        alive[small] = False
        for other, metres in joins[small].items():
            del joins[other][small]
            if other != best:
                joins[best][other] = joins[other][best] = joins[best].get(other, 0.0) + metres
        joins[small] = {}
    return _only(alive, shapes, sizes, joins, members)


def _belongs(
    small: int,
    other: int,
    shapes: list[shapely.Geometry],
    sizes: np.ndarray,
    joined_metres: float,
    even: float,
) -> float:
    """Score a join: much open border, a compact whole, nothing overgrown."""
    whole = shapely.union_all([shapes[small], shapes[other]])
    open_border = joined_metres / shapely.length(shapely.boundary(shapes[small]))
    compact = whole.area / shapely.convex_hull(whole).area
    overgrown = max(0.0, (sizes[small] + sizes[other]) / even - 1.0)
    return float((open_border + 0.05) * compact**3 / (1.0 + 6.0 * overgrown**2))


def _only(
    alive: np.ndarray,
    shapes: list[shapely.Geometry],
    sizes: np.ndarray,
    joins: list[dict[int, float]],
    members: list[list[int]],
) -> Blocks:
    number = {int(old): new for new, old in enumerate(np.flatnonzero(alive))}
    return Blocks(
        [shapes[old] for old in number],
        sizes[alive],
        [{number[other]: metres for other, metres in joins[old].items()} for old in number],
        [sorted(members[old]) for old in number],
    )


def as_blocks(blocks: Blocks) -> Blocks:
    """Treat units as blocks, and pieces of land as neighbours of the piece nearest to them."""
    joins = [dict(one) for one in blocks.joins]
    shapes = np.array(blocks.shapes, dtype=object)
    while True:
        links = [(a, b) for a, row in enumerate(joins) for b in row]
        rows = [a for a, _ in links]
        columns = [b for _, b in links]
        graph = coo_matrix((np.ones(len(links)), (rows, columns)), shape=(len(joins),) * 2)
        pieces, piece = connected_components(graph, directed=False)
        if pieces == 1:
            break
        first = np.flatnonzero(piece == piece[0])
        rest = np.flatnonzero(piece != piece[0])
        apart = shapely.distance(shapes[first][:, None], shapes[rest][None, :])
        near, far = np.unravel_index(np.argmin(apart), apart.shape)
        a, b = int(first[near]), int(rest[far])
        joins[a][b] = joins[b][a] = 50.0
    return Blocks(
        list(blocks.shapes), blocks.sizes, joins, [[index] for index in range(len(joins))]
    )
