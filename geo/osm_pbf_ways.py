"""Walkable ways of a .osm.pbf file: first the ways, then only the nodes they need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.osm_blobs import Blocks
from geo.osm_pbf import RELATION, WAY, Block, Tagged
from geo.osm_ways import (
    NODE_KEYS,
    READ,
    WAY_KEYS,
    Tags,
    WalkableWays,
    bounds_a_square,
    flags_of_node,
    flags_of_way,
    is_square,
)
from geo.varints import NO_FIELD, Whole

_WAY_KEYS = frozenset(key.encode() for key in WAY_KEYS)
_NODE_KEYS = frozenset(key.encode() for key in NODE_KEYS)


def ways_of_pbf(path: Path) -> WalkableWays:
    """Return the walkable ways of a .osm.pbf file.

    Raises
    ------
    MalformedError
        The file is damaged, or holds a rare form that is not read here.
    """
    blocks = Blocks(path, READ)
    nodes: list[Whole] = []
    counts: list[Whole] = []
    flags: list[npt.NDArray[np.uint16]] = []
    rings: set[int] = set()
    for block in blocks:
        for ways in block.tagged(WAY):
            chosen, of_way = _walkable(block, ways)
            _add(block, ways, chosen, nodes, counts)
            flags.append(of_way)
        rings |= _rings(block)
    if rings:
        for block in blocks:
            for ways in block.tagged(WAY):
                chosen = _bounding(block, ways, rings)
                _add(block, ways, chosen, nodes, counts)
                flags.append(np.zeros(len(chosen), dtype=np.uint16))
    none = np.empty(0, dtype=np.int64)
    node, ids = pd.factorize(np.concatenate([none, *nodes]))
    longitude, latitude, passages = _located(blocks, ids)
    return WalkableWays(
        node=node,
        counts=np.concatenate([none, *counts]),
        flags=np.concatenate([none.astype(np.uint16), *flags]),
        ids=ids,
        longitude=longitude,
        latitude=latitude,
        passages=passages,
    )


def _add(
    block: Block, ways: Tagged, chosen: Whole, nodes: list[Whole], counts: list[Whole]
) -> None:
    start, stop = ways.listed
    refs, count = block.node_lists((start[chosen], stop[chosen]))
    nodes.append(refs)
    counts.append(count)


def _walkable(block: Block, ways: Tagged) -> tuple[Whole, npt.NDArray[np.uint16]]:
    """Return which ways are walked, and their flags."""
    is_way_key = np.array([one in _WAY_KEYS for one in block.strings], dtype=np.bool_)
    perhaps = np.zeros(len(ways.ids), dtype=np.bool_)
    perhaps[ways.row[is_way_key[ways.key]]] = True
    rows = np.flatnonzero(perhaps)
    kind, kinds = _alike(block, ways, rows)
    of_kind = [flags_of_way(tags) for tags in kinds]
    walked = np.array([one is not None for one in of_kind], dtype=np.bool_)[kind]
    of_way = np.array([one or 0 for one in of_kind], dtype=np.uint16)[kind]
    return rows[walked], of_way[walked]


def _alike(block: Block, tagged: Tagged, rows: Whole) -> tuple[Whole, list[Tags]]:
    """Return for some things the number of their set of tags, and those sets.

    Ways are many and their sets of tags few: the rules are asked once a set.
    """
    place = np.full(len(tagged.ids), -1)
    place[rows] = np.arange(len(rows))
    kept = np.flatnonzero(place[tagged.row] >= 0)
    row = place[tagged.row[kept]]
    pair, pairs = pd.factorize(tagged.key[kept] * len(block.strings) + tagged.value[kept])
    first = np.searchsorted(row, np.arange(len(rows)))
    rank = np.arange(len(row)) - first[row]
    kind = np.zeros(len(rows), dtype=np.int64)
    for column in range(int(rank.max(initial=-1)) + 1):
        here = rank == column
        next_pair = np.zeros(len(rows), dtype=np.int64)
        next_pair[row[here]] = pair[here] + 1
        kind = pd.factorize(kind * (len(pairs) + 1) + next_pair)[0]
    _, example = np.unique(kind, return_index=True)
    said = [
        (block.strings[one // len(block.strings)], block.strings[one % len(block.strings)])
        for one in pairs.tolist()
    ]
    count = np.bincount(row, minlength=len(rows))
    sets = [tuple(said[one] for one in pair[first[k] : first[k] + count[k]]) for k in example]
    return kind, sets


def _rings(block: Block) -> set[int]:
    """Return the ways that bound squares drawn as relations."""
    found: set[int] = set()
    kinds = block.kinds_of_members()
    for relations, (start, stop) in zip(block.tagged(RELATION), kinds, strict=True):
        kind, sets = _alike(block, relations, np.arange(len(relations.ids)))
        square = np.array([is_square(tags) for tags in sets], dtype=np.bool_)[kind]
        square &= (relations.listed[0] != NO_FIELD) & (start != NO_FIELD)
        found |= block.member_ways(relations, np.flatnonzero(square), start, stop)
    return found


def _bounding(block: Block, ways: Tagged, rings: set[int]) -> Whole:
    """Return which ways bound squares and are not walkable by their own tags."""
    rows = np.flatnonzero(np.isin(ways.ids, np.fromiter(rings, dtype=np.int64)))
    kind, sets = _alike(block, ways, rows)
    return rows[np.array([bounds_a_square(tags) for tags in sets], dtype=np.bool_)[kind]]


def _located(
    blocks: Blocks, ids: Whole
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], dict[int, int | None]]:
    """Return longitudes and latitudes of some nodes, and what they do to their edges."""
    longitude, latitude = np.full(len(ids), np.nan), np.full(len(ids), np.nan)
    passages: dict[int, int | None] = {}
    order = np.argsort(ids)
    ordered = ids[order]
    for block in blocks:
        is_node_key = np.array([one in _NODE_KEYS for one in block.strings], dtype=np.bool_)
        for nodes in block.nodes():
            at = np.searchsorted(ordered, nodes.ids)
            at[at == len(ordered)] = 0
            needed = ordered[at] == nodes.ids if len(ordered) else np.zeros(len(at), dtype=np.bool_)
            here = np.flatnonzero(needed)
            if not len(here):
                continue
            row = order[at[here]]
            east, north = nodes.places()
            longitude[row], latitude[row] = east[here], north[here]
            if is_node_key.any():
                passages.update(_passages(block, nodes.ids, needed, nodes.tags(), is_node_key))
    return longitude, latitude, passages


def _passages(
    block: Block,
    ids: Whole,
    needed: npt.NDArray[np.bool_],
    tags: tuple[Whole, Whole, Whole],
    is_node_key: npt.NDArray[np.bool_],
) -> Iterator[tuple[int, int | None]]:
    """Return what those of the nodes that are needed do to their edges."""
    row, key, value = tags
    speaks = np.zeros(len(ids), dtype=np.bool_)
    speaks[row[is_node_key[key]]] = True
    rows = np.flatnonzero(speaks & needed)
    kind, sets = _alike(block, Tagged(ids, row, key, value, (row, row)), rows)
    of_kind = [flags_of_node(one) for one in sets]
    for node, of_node in zip(ids[rows].tolist(), kind.tolist(), strict=True):
        if of_kind[of_node] != 0:
            yield node, of_kind[of_node]
