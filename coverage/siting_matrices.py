"""Smaller questions with the same answer.

Large siting questions are large mostly by repetition: thousands of residents
reach the same candidates, and hundreds of candidates do nothing that a
neighbour does not do better. What is left out here cannot change the optimum.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from coverage.siting_question import Flags, Floats, Positions, Reach, summed

# Above this many products, comparing every pair costs more than it saves.
PAIRS_WORTH_COMPARING = 60_000_000
_KEYS_SEED = 20_240_229


def aggregated(
    reach: Reach, weights: Floats, *, keep_apart: npt.NDArray[np.int64] | None = None
) -> tuple[Reach, Floats, Positions]:
    """Merge demand rows that reach the same columns.

    Parameters
    ----------
    reach
        Demand x candidate csr matrix of ones.
    weights
        One a row.
    keep_apart
        Labels; rows of different labels are never merged.

    Returns
    -------
    The merged matrix, the summed weights, and for every row its merged row
    (-1 for rows that reach nothing or weigh nothing, which are left out).
    """
    rows = np.flatnonzero((np.diff(reach.indptr) > 0) & (weights > 0))
    merged = np.full(reach.shape[0], -1, dtype=np.int64)
    if len(rows) == 0:
        return reach[:0], weights[:0], merged
    kept = reach[rows]
    kept.sort_indices()
    keys = _row_keys(kept)
    if keep_apart is not None:
        keys = np.column_stack([keys, keep_apart[rows].astype(np.uint64)])
    first, group = _groups(keys)
    merged[rows] = group
    return kept[first], summed(group, weights[rows], len(first)), merged


def _row_keys(kept: Reach) -> npt.NDArray[np.uint64]:
    """Two independent 64-bit sums of random column numbers a row.

    Two different sets of columns share both sums with probability 2^-128, far
    below the rate at which memory itself fails.
    """
    numbers = np.random.default_rng(_KEYS_SEED).integers(
        1, 2**63, size=(kept.shape[1], 2), dtype=np.uint64
    )
    starts = kept.indptr[:-1]
    return np.column_stack([np.add.reduceat(numbers[kept.indices, k], starts) for k in range(2)])


def _groups(keys: npt.NDArray[np.uint64]) -> tuple[Positions, Positions]:
    """Return the first row of every distinct key and the group of every row, in order."""
    order = np.lexsort(keys.T[::-1])
    ordered = keys[order]
    new = np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)])
    label = np.empty(len(keys), dtype=np.int64)
    label[order] = np.cumsum(new) - 1
    first = np.full(int(new.sum()), len(keys), dtype=np.int64)
    np.minimum.at(first, label, np.arange(len(keys)))
    # Groups are numbered by their first row, so that results do not depend on the keys.
    rank = np.empty(len(first), dtype=np.int64)
    by_first = np.argsort(first)
    rank[by_first] = np.arange(len(first))
    return first[by_first], rank[label]


def dominated_columns(reach: Reach, costs: Floats | None = None) -> Flags:
    """Return the columns that another one replaces: it covers at least the same for no more.

    Of identical columns the first stays. When comparing every pair would cost
    more than it saves, only identical columns are found.
    """
    return _covered_by_another(reach.T.tocsr(), costs)


def dominated_rows(reach: Reach) -> Flags:
    """Return the rows that are covered whenever another row is covered.

    Row a is implied by row b when every column that covers b covers a.
    """
    return _covering_another(reach)


def _pairs(reach: Reach) -> tuple[Positions, Positions, npt.NDArray[np.float64]] | None:
    """Return for pairs of rows how many columns they share, or None when too many."""
    lengths = np.diff(reach.tocsc().indptr).astype(np.float64)
    if (lengths**2).sum() > PAIRS_WORTH_COMPARING:
        return None
    shared = (reach @ reach.T).tocoo()
    apart = shared.row != shared.col
    return shared.row[apart], shared.col[apart], shared.data[apart]


def _covered_by_another(sets: Reach, costs: Floats | None) -> Flags:
    sizes = np.diff(sets.indptr)
    gone: Flags = sizes == 0
    if (pairs := _pairs(sets)) is None:
        gone |= _repeated(sets, costs)
        return gone
    small, large, shared = pairs
    inside = shared == sizes[small]
    if costs is not None:
        inside &= costs[large] <= costs[small]
        same = (sizes[large] == sizes[small]) & (costs[large] == costs[small])
    else:
        same = sizes[large] == sizes[small]
    inside &= ~same | (large < small)
    gone[small[inside]] = True
    return gone


def _covering_another(sets: Reach) -> Flags:
    sizes = np.diff(sets.indptr)
    gone = np.zeros(len(sizes), dtype=bool)
    if (pairs := _pairs(sets)) is None:
        return gone
    small, large, shared = pairs
    inside = (shared == sizes[small]) & ((sizes[large] > sizes[small]) | (small < large))
    gone[large[inside]] = True
    return gone


def _repeated(sets: Reach, costs: Floats | None) -> Flags:
    filled = np.flatnonzero(np.diff(sets.indptr) > 0)
    gone = np.zeros(sets.shape[0], dtype=bool)
    if len(filled) == 0:
        return gone
    keys = _row_keys(sets[filled])
    if costs is not None:
        keys = np.column_stack([keys, costs[filled].view(np.uint64)])
    first, _ = _groups(keys)
    gone[filled] = True
    gone[filled[first]] = False
    return gone


def components(reach: Reach) -> tuple[int, Positions, Positions]:
    """Split a cover question into parts that share nothing.

    Returns
    -------
    How many parts, the part of every row, and the part of every column.
    """
    rows, columns = reach.shape
    both = in_blocks([[None, reach], [reach.T, None]])
    count, label = csgraph.connected_components(both, directed=False)
    return int(count), label[:rows].astype(np.int64), label[rows : rows + columns].astype(np.int64)


def only_columns(reach: Reach, columns: Positions) -> Reach:
    """Return `reach` with just these columns, rows kept."""
    return reach.tocsc()[:, columns].tocsr()


def in_blocks(parts: Sequence[Sequence[Reach | None]]) -> Reach:
    """Put matrices together as a table of blocks; None stands for zeros."""
    # scipy's stubs know no single type for blocks that are partly None.
    table: Any = parts
    return sparse.bmat(table, format="csr")


def one_below_another(parts: Sequence[Reach]) -> Reach:
    """Stack matrices with the same columns."""
    return in_blocks([[part] for part in parts])


def one_beside_another(parts: Sequence[Reach]) -> Reach:
    """Stack matrices with the same rows."""
    return in_blocks([list(parts)])
