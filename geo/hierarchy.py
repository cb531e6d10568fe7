"""A graph with its lesser junctions taken out, exactly.

A junction with few neighbours can be taken out when its neighbours are joined
by shortcuts past it: every distance between the others stays what it was. Taken
out round by round, independent ones together, most junctions go and a small
*core* is left. A search then runs upwards from its starts (each round knows
its neighbours above), over the core, and down again, and gives every junction
the distance it has on the whole graph.

Source: the elimination of R. Bauer, T. Columbus, I. Rutter and D. Wagner
("Search-space size in contraction hierarchies", 2016), stopped at a core.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

MOST_NEIGHBOURS = 8  # taking out a junction of more costs more shortcuts than it saves
WORTHWHILE = 0.03  # a round that takes out less than this share is the last
MIX = 2654435761  # Knuth's multiplicative hash: spreads equal degrees evenly, always the same

Short = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Column:
    """The k-th neighbour above of the first `len(up)` junctions of a round."""

    up: Short
    millimetres: Short


@dataclass(frozen=True, eq=False)
class Round:
    """Junctions taken out together: the rows `begin` to `end` of a search."""

    begin: int
    end: int
    columns: tuple[Column, ...]


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Rounds of junctions taken out, and the core.

    `row` gives every junction its row in a search: round by round, then the
    core from `core_begin`; the last entry stands for "outside".
    """

    row: Short
    rounds: tuple[Round, ...]
    core_begin: int
    core: sparse.csr_array


@dataclass(frozen=True, eq=False)
class _Arcs:
    """What is left of a graph: its arcs, sorted by tail, the shortest of equal ones."""

    tail: Short
    head: Short
    millimetres: Short

    def begins(self, nodes: int) -> npt.NDArray[np.int64]:
        return np.searchsorted(self.tail, np.arange(nodes + 1))


@dataclass(frozen=True, eq=False)
class _Taken:
    """The junctions of one round, those of most neighbours first, with their neighbours."""

    node: Short
    head: Short
    millimetres: Short
    degree: npt.NDArray[np.int64]


def build_hierarchy(weights: sparse.csr_array, *, tick: int) -> Hierarchy:
    """Take the lesser junctions out of a symmetric matrix of millimetres times `tick`."""
    nodes = int(weights.shape[0])
    tail = np.repeat(np.arange(nodes, dtype=np.int32), np.diff(weights.indptr))
    millimetres = (weights.data / tick).astype(np.int32)
    arcs = _Arcs(tail, weights.indices.astype(np.int32), millimetres)
    left = np.ones(nodes, dtype=np.bool_)
    taken: list[_Taken] = []
    while True:
        begins = arcs.begins(nodes)
        chosen = _independent(arcs, np.diff(begins), left)
        if len(chosen) <= WORTHWHILE * left.sum():
            break
        one = _with_neighbours(arcs, begins, chosen)
        taken.append(one)
        left[one.node] = False
        arcs = _without(arcs, one, left)
    return _numbered(taken, np.flatnonzero(left).astype(np.int32), arcs, tick)


def _independent(arcs: _Arcs, degree: npt.NDArray[np.int64], left: Flags) -> Short:
    """Return junctions of few neighbours, no two of them neighbours; the lesser go first."""
    nodes = len(degree)
    may = left & (degree <= MOST_NEIGHBOURS)
    mixed = (np.arange(nodes, dtype=np.uint64) * np.uint64(MIX)) % np.uint64(2**32)
    key = degree * 2**32 + mixed.astype(np.int64)
    both = np.flatnonzero(may[arcs.tail] & may[arcs.head])
    tail, head = arcs.tail[both], arcs.head[both]
    may[tail[key[head] < key[tail]]] = False
    return np.flatnonzero(may).astype(np.int32)


def _with_neighbours(arcs: _Arcs, begins: npt.NDArray[np.int64], chosen: Short) -> _Taken:
    degree = begins[chosen + 1] - begins[chosen]
    order = np.argsort(-degree, kind="stable")  # stable: neighbours on the ground stay together
    node, degree = chosen[order], degree[order]
    width = int(degree.max(initial=0))
    head = np.zeros((width, len(node)), dtype=np.int32)
    length = np.zeros((width, len(node)), dtype=np.int32)
    for k in range(width):
        has = int((degree > k).sum())
        arc = begins[node[:has]] + k
        head[k, :has], length[k, :has] = arcs.head[arc], arcs.millimetres[arc]
    return _Taken(node, head, length, degree)


def _without(arcs: _Arcs, taken: _Taken, left: Flags) -> _Arcs:
    """Return the arcs among those left, with shortcuts past those taken."""
    kept = left[arcs.tail] & left[arcs.head]
    tails, heads, lengths = [arcs.tail[kept]], [arcs.head[kept]], [arcs.millimetres[kept]]
    for a in range(len(taken.head)):
        for b in range(len(taken.head)):
            has = int((taken.degree > max(a, b)).sum())
            if a != b and has:
                tails.append(taken.head[a, :has])
                heads.append(taken.head[b, :has])
                lengths.append(taken.millimetres[a, :has] + taken.millimetres[b, :has])
    tail, head, length = np.concatenate(tails), np.concatenate(heads), np.concatenate(lengths)
    key = tail * np.int64(len(left)) + head
    # Those kept are in order already, which a stable sort is quick about.
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    shortest = np.minimum.reduceat(length[order], first)
    return _Arcs(tail[order[first]], head[order[first]], shortest)


def _numbered(taken: list[_Taken], core: Short, arcs: _Arcs, tick: int) -> Hierarchy:
    """Give every junction its row, so that each round is a slice."""
    order = np.concatenate([*(one.node for one in taken), core])
    nodes = len(order)
    row = np.empty(nodes + 1, dtype=np.int32)
    row[order] = np.arange(nodes, dtype=np.int32)
    row[nodes] = nodes
    rounds, begin = [], 0
    for one in taken:
        counts = [int((one.degree > k).sum()) for k in range(len(one.head))]
        columns = tuple(
            Column(row[one.head[k, :has]], one.millimetres[k, :has].copy())
            for k, has in enumerate(counts)
        )
        rounds.append(Round(begin, begin + len(one.node), columns))
        begin += len(one.node)
    inner = sparse.coo_array(
        (arcs.millimetres * float(tick), (row[arcs.tail] - begin, row[arcs.head] - begin)),
        shape=(len(core), len(core)),
    ).tocsr()
    return Hierarchy(row, tuple(rounds), begin, inner)
