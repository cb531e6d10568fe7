"""Walkable ways of an OSM file, and the straight pieces they are cut into.

Every reader of OSM files hands over `WalkableWays`; from there on it does not
matter how the file was packed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.osm import GATE, VERDICTS, is_denied, node_flags, way_flags

WAY_KEYS = tuple(VERDICTS)
NODE_KEYS = ("barrier", "kerb")
READ_KEYS = (
    *WAY_KEYS,
    *NODE_KEYS,
    "foot",
    "access",
    "sidewalk",
    "sidewalk:both",
    "sidewalk:left",
    "sidewalk:right",
    "motorroad",
    "ramp:wheelchair",
    "wheelchair",
    "footway",
    "path",
    "bridge",
    "tunnel",
    "bollard",
    "parking",
)
# A square drawn as a relation is walked along its rings, which carry no tags of their own.
SQUARES = (
    ("highway", "pedestrian"),
    ("highway", "footway"),
    ("railway", "platform"),
    ("public_transport", "platform"),
)
READ = frozenset(key.encode() for key in READ_KEYS)

Tags = tuple[tuple[bytes, bytes], ...]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class WalkableWays:
    """Ways as lists of nodes.

    Parameters
    ----------
    node
        The nodes of all ways one after the other, as rows of `ids`.
    counts, flags
        Per way its number of nodes and the edge flags of `geo.osm`.
    ids, longitude, latitude
        Per node its number and its place in degrees (WGS-84); NaN outside the extract.
    passages
        By the number of a node what it does to its edges: flags, or None where
        nobody passes.
    """

    node: Whole
    counts: Whole
    flags: npt.NDArray[np.uint16]
    ids: Whole
    longitude: npt.NDArray[np.float64]
    latitude: npt.NDArray[np.float64]
    passages: Mapping[int, int | None]


@dataclass(frozen=True, eq=False)
class OsmSegments:
    """Straight pieces of walkable ways between neighbouring nodes.

    `start` and `end` number the rows of `longitude`/`latitude` (degrees,
    WGS-84); one row is one OSM node, or one side of a node nobody passes.
    """

    longitude: npt.NDArray[np.float64]
    latitude: npt.NDArray[np.float64]
    start: Whole
    end: Whole
    flags: npt.NDArray[np.uint16]


@lru_cache(maxsize=65536)
def _text(tags: Tags) -> dict[str, str]:
    return {key.decode(): value.decode("utf-8", "replace") for key, value in tags}


@lru_cache(maxsize=65536)
def flags_of_way(tags: Tags) -> int | None:
    """Return `geo.osm.way_flags` of tags as a file has them."""
    return way_flags(_text(tags))


@lru_cache(maxsize=65536)
def flags_of_node(tags: Tags) -> int | None:
    """Return `geo.osm.node_flags` of tags as a file has them."""
    return node_flags(_text(tags))


def bounds_a_square(tags: Tags) -> bool:
    """Return whether the ring of a square may be walked that is no street itself."""
    return flags_of_way(tags) is None and not is_denied(_text(tags))


def is_square(tags: Tags) -> bool:
    """Return whether a relation with these tags is a square that people walk on."""
    said = _text(tags)
    return any(said.get(key) == value for key, value in SQUARES) and flags_of_way(tags) is not None


def segments(ways: WalkableWays) -> OsmSegments:
    """Cut ways into straight pieces, open at nodes nobody passes."""
    node, longitude, latitude = ways.node, ways.longitude, ways.latitude
    last = np.zeros(len(node), dtype=np.bool_)
    last[np.cumsum(ways.counts[ways.counts > 0]) - 1] = True
    first = np.flatnonzero(~last)
    start, end = node[first], node[first + 1]
    of_segment = np.repeat(ways.flags, ways.counts)[first]
    # An extract cuts ways at its edge: the nodes beyond have no place.
    whole = ~np.isnan(longitude[start] + longitude[end])
    start, end, of_segment = start[whole], end[whole], of_segment[whole]
    of_node, shut = _passages(ways.ids, ways.passages)
    of_segment = of_segment | of_node[start] | of_node[end]
    start, end, copied = _split_at(shut, start, end)
    return OsmSegments(
        np.concatenate([longitude, longitude[copied]]),
        np.concatenate([latitude, latitude[copied]]),
        start,
        end,
        of_segment,
    )


def _passages(
    ids: Whole, passages: Mapping[int, int | None]
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.bool_]]:
    """Return per node the flags it gives its edges, and whether nobody passes it."""
    of_node = np.zeros(len(ids), dtype=np.uint16)
    shut = np.zeros(len(ids), dtype=np.bool_)
    rows = pd.Index(ids).get_indexer(pd.Index(list(passages), dtype=np.int64))
    for row, flags in zip(rows, passages.values(), strict=True):
        if row >= 0:
            shut[row] = flags is None
            of_node[row] = GATE if flags is None else flags
    return of_node, shut


def _split_at(shut: npt.NDArray[np.bool_], start: Whole, end: Whole) -> tuple[Whole, Whole, Whole]:
    """Give every piece that ends at a shut node an end of its own.

    Returns the new starts and ends, and the nodes that the further numbers copy.
    """
    at_start, at_end = np.flatnonzero(shut[start]), np.flatnonzero(shut[end])
    copied = np.concatenate([start[at_start], end[at_end]])
    fresh = len(shut) + np.arange(len(copied))
    start, end = start.copy(), end.copy()
    start[at_start], end[at_end] = fresh[: len(at_start)], fresh[len(at_start) :]
    return start, end, copied
