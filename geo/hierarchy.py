"""A graph with its lesser junctions taken out, exactly.

A junction with few neighbours can be taken out when its neighbours are joined
by shortcuts past it: every distance between the others stays what it was. Taken
out round by round, independent ones together, most junctions go and a small
*core* is left. A search then runs upwards from its starts (each round knows
its neighbours above), over the core, and down again, and gives every junction
the distance it has on the whole graph.

Junctions come along a curve that keeps neighbours together, so they are taken
out block by block of that curve, first those of fewest neighbours, then, in
wider blocks, of what remains; who has a neighbour outside the block stays. So
memory beside the result, and time per junction, do not grow with the network.

Source: the elimination of R. Bauer, T. Columbus, I. Rutter and D. Wagner
("Search-space size in contraction hierarchies", 2016), stopped at a core; blocks
as in the nested dissection of A. George (1973), of one level.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, chain, permutations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

BLOCK = 2**15  # junctions looked at together
FEW, MOST = 8, 24  # neighbours; beyond, sweeping over shortcuts costs more than searching the core
WORTHWHILE = 0.02  # a round that takes out less than this share is the last
MIX = 2654435761  # Knuth's multiplicative hash: spreads equal degrees evenly, always the same

Short = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]


class Column(NamedTuple):
    """The k-th neighbour above of the first `len(up)` junctions of a round."""

    up: Short
    millimetres: Short


@dataclass(frozen=True, eq=False)
class Round:
    """Junctions taken out together: the rows `begin` to `end` of a search.

    Its columns begin `at` an entry of the hierarchy's; `counts` are their lengths.
    """

    begin: int
    end: int
    at: int
    counts: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Rounds of junctions taken out, and the core.

    `row` gives every junction its row in a search: round by round, then the
    core from `core_begin`; the last entry stands for "outside". `up` and
    `millimetres` are the columns of all rounds, one after the other.
    """

    row: Short
    rounds: tuple[Round, ...]
    up: Short
    millimetres: Short
    core_begin: int
    core: sparse.csr_array

    def columns(self, one: Round) -> tuple[Column, ...]:
        """Return the columns of a round, as views."""
        # Made when asked for: kept, thousands of them would lie about between what is freed.
        return _columns(self.up[one.at :], self.millimetres[one.at :], one.counts)


@dataclass(frozen=True, eq=False)
class _Arcs:
    """What is left of a graph: its arcs, sorted by tail, the shortest of equal ones."""

    tail: Short
    head: Short
    millimetres: Short

    def begins(self, nodes: int) -> npt.NDArray[np.int64]:
        return np.searchsorted(self.tail, np.arange(nodes + 1))

    def named(self, names: Short) -> _Arcs:
        return _Arcs(names[self.tail], names[self.head], self.millimetres)

    @classmethod
    def none(cls) -> _Arcs:
        return cls(*(np.empty(0, dtype=np.int32) for _ in range(3)))

    @classmethod
    def joined(cls, parts: list[_Arcs]) -> _Arcs:
        tail, head = ([getattr(one, name) for one in parts] for name in ("tail", "head"))
        millimetres = [one.millimetres for one in parts]
        return cls(np.concatenate(tail), np.concatenate(head), np.concatenate(millimetres))

    def shortest(self, nodes: int) -> _Arcs:
        """Return them sorted; of those between the same two junctions the shortest."""
        key = self.tail * np.int64(nodes) + self.head
        # Many are in order already, which a stable sort is quick about.
        order = np.argsort(key, kind="stable")
        first = np.flatnonzero(np.diff(key[order], prepend=-1))
        least = np.minimum.reduceat(self.millimetres[order], first) if len(first) else first[:0]
        kept = order[first]
        return _Arcs(self.tail[kept], self.head[kept], least.astype(np.int32))


@dataclass(frozen=True, eq=False)
class _Taken:
    """The junctions of one round, those of most neighbours first, with their neighbours.

    `head` and `millimetres` are the first neighbour of all of them, then the
    second of those that have two, and so on: `counts` says of how many.
    """

    node: Short
    head: Short
    millimetres: Short
    counts: tuple[int, ...]

    def columns(self) -> tuple[Column, ...]:
        return _columns(self.head, self.millimetres, self.counts)


def _columns(up: Short, millimetres: Short, counts: tuple[int, ...]) -> tuple[Column, ...]:
    """Return columns that lie one after the other as views of theirs."""
    ends = accumulate(counts)
    return tuple(
        Column(up[end - count : end], millimetres[end - count : end])
        for end, count in zip(ends, counts, strict=True)
    )


class _Shelf:
    """All rounds taken out of `nodes` junctions of at most so many neighbours.

    They stand one after the other in three arrays as long as they could ever
    get: what is not written takes no memory, and thousands of small arrays
    would leave holes behind.
    """

    def __init__(self, nodes: int, most: int) -> None:
        self.node = np.empty(nodes, dtype=np.int32)
        self.head = np.empty(nodes * most, dtype=np.int32)
        self.millimetres = np.empty_like(self.head)
        self.counts: list[tuple[int, tuple[int, ...]]] = []
        self.nodes = self.heads = 0

    def add(self, one: _Taken, names: Short) -> None:
        """Put a round on, its junctions by their names."""
        nodes = slice(self.nodes, self.nodes + len(one.node))
        heads = slice(self.heads, self.heads + len(one.head))
        self.node[nodes], self.head[heads] = names[one.node], names[one.head]
        self.millimetres[heads] = one.millimetres
        self.counts.append((len(one.node), one.counts))
        self.nodes, self.heads = nodes.stop, heads.stop


def build_hierarchy(weights: sparse.csr_array, *, tick: int) -> Hierarchy:
    """Take the lesser junctions out of a symmetric matrix of millimetres times `tick`.

    `weights` is sorted by row and column.
    """
    nodes = int(weights.shape[0])
    tail = np.repeat(np.arange(nodes, dtype=np.int32), np.diff(weights.indptr))
    millimetres = np.empty(len(tail), dtype=np.int32)
    np.divide(weights.data, tick, out=millimetres, casting="unsafe")
    arcs = _Arcs(tail, weights.indices.astype(np.int32, copy=False), millimetres)
    del weights, tail, millimetres  # nobody else may hold them: the largest arrays here
    left = np.arange(nodes, dtype=np.int32)
    taken: list[_Shelf] = []
    for most in (FEW, MOST):
        shelf, stay, arcs = _block_by_block(arcs, len(left), most)
        _rename(left, shelf.node[: shelf.nodes], shelf.head[: shelf.heads])
        taken.append(shelf)
        left = left[stay]
    return _numbered(taken, left, arcs, tick)


def _block_by_block(arcs: _Arcs, nodes: int, most: int) -> tuple[_Shelf, Rows, _Arcs]:
    """Take out what has few neighbours, all of them in its block.

    Returns
    -------
    The rounds; the junctions that are left; the arcs between those, in the
    order and the numbers of what is left.
    """
    taken = _Shelf(nodes, most)
    stay, parts = [np.empty(0, dtype=np.intp)], [_Arcs.none()]
    for begin in range(0, nodes, BLOCK):
        size = min(BLOCK, nodes - begin)
        own = np.arange(begin, begin + size, dtype=np.int32)
        low, high = np.searchsorted(arcs.tail, [begin, begin + size])
        tail, head, millimetres = (
            arcs.tail[low:high],
            arcs.head[low:high],
            arcs.millimetres[low:high],
        )
        inside = (head >= begin) & (head < begin + size)
        shift = np.int32(begin)
        inner = _Arcs(tail[inside] - shift, head[inside] - shift, millimetres[inside])
        outer = _Arcs(tail[~inside], head[~inside], millimetres[~inside])
        free = np.ones(size, dtype=np.bool_)
        free[outer.tail - shift] = False
        rounds, left, inner = _taken_out(inner, free, most)
        for one in rounds:
            taken.add(one, own)
        stay.append(np.flatnonzero(left) + begin)
        parts.append(_Arcs.joined([inner.named(own), outer]).shortest(nodes))
    kept = np.concatenate(stay)
    number = np.full(nodes, -1, dtype=np.int32)
    number[kept] = np.arange(len(kept), dtype=np.int32)
    arcs = _Arcs.joined(parts)
    _rename(number, arcs.tail, arcs.head)
    return taken, kept, arcs


def _taken_out(arcs: _Arcs, free: Flags, most: int) -> tuple[list[_Taken], Flags, _Arcs]:
    """Take out junctions that are `free` and have at most so many neighbours, round by round.

    Returns
    -------
    The rounds, which junctions are left, and the arcs among those.
    """
    left = np.ones(len(free), dtype=np.bool_)
    taken: list[_Taken] = []
    while True:
        begins = arcs.begins(len(left))
        chosen = _independent(arcs, np.diff(begins), left & free, most)
        if len(chosen) <= WORTHWHILE * left.sum():
            return taken, left, arcs
        one = _with_neighbours(arcs, begins, chosen)
        taken.append(one)
        left[one.node] = False
        arcs = _without(arcs, one, left)


def _independent(arcs: _Arcs, degree: npt.NDArray[np.int64], free: Flags, most: int) -> Short:
    """Return junctions of few neighbours, no two of them neighbours; the lesser go first."""
    nodes = len(degree)
    may = free & (degree <= most)
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
    counts = tuple(int((degree > k).sum()) for k in range(int(degree.max(initial=0))))
    parts = [begins[node[:has]] + k for k, has in enumerate(counts)]
    arc = np.concatenate([begins[:0], *parts])
    return _Taken(node, arcs.head[arc], arcs.millimetres[arc], counts)


def _without(arcs: _Arcs, taken: _Taken, left: Flags) -> _Arcs:
    """Return the arcs among those left, with shortcuts past those taken."""
    kept = left[arcs.tail] & left[arcs.head]
    tails, heads, lengths = [arcs.tail[kept]], [arcs.head[kept]], [arcs.millimetres[kept]]
    for one, other in permutations(taken.columns(), 2):
        has = min(len(one.up), len(other.up))
        tails.append(one.up[:has])
        heads.append(other.up[:has])
        lengths.append(one.millimetres[:has] + other.millimetres[:has])
    joined = _Arcs(np.concatenate(tails), np.concatenate(heads), np.concatenate(lengths))
    return joined.shortest(len(left))


def _rename(names: Short, *junctions: Short) -> None:
    """Put names in the place of numbers, in the arrays themselves."""
    for some in junctions:
        np.take(names, some, out=some, mode="clip")


def _numbered(taken: list[_Shelf], core: Short, arcs: _Arcs, tick: int) -> Hierarchy:
    """Give every junction its row, so that each round is a slice; `arcs` number the core."""
    order = np.concatenate([*(one.node[: one.nodes] for one in taken), core])
    nodes = len(order)
    row = np.empty(nodes + 1, dtype=np.int32)
    row[order] = np.arange(nodes, dtype=np.int32)
    row[nodes] = nodes
    up = np.concatenate([one.head[: one.heads] for one in taken])
    _rename(row, up)
    millimetres = np.concatenate([one.millimetres[: one.heads] for one in taken])
    rounds, begin, at = [], 0, 0
    for size, counts in chain.from_iterable(one.counts for one in taken):
        rounds.append(Round(begin, begin + size, at, counts))
        begin, at = begin + size, at + sum(counts)
    inner = sparse.coo_array(
        (arcs.millimetres * float(tick), (arcs.tail, arcs.head)),
        shape=(len(core), len(core)),
    ).tocsr()
    return Hierarchy(row, tuple(rounds), up, millimetres, begin, inner)
