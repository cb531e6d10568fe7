"""OpenStreetMap files → straight pieces of walkable ways.

A file is read in one pass: pyosmium filters and locates the ways in compiled
code and writes them as text lines (OPL), which numpy then turns into arrays. A
loop over every node of every way in Python takes several times as long.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import osmium
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from geo.errors import FileError
from geo.osm import DENIED, GATE, node_flags, way_flags

# One line of the text form: kind and id, tags, then nodes with places, or members.
WAY_KEYS = ("highway", "railway", "public_transport", "man_made", "route")
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
)
# A square drawn as a relation is walked along its rings, which carry no tags of their own.
SQUARES = (
    ("highway", "pedestrian"),
    ("highway", "footway"),
    ("railway", "platform"),
    ("public_transport", "platform"),
)
_READ = frozenset(key.encode() for key in READ_KEYS)
_MEMBER_WAY = re.compile(rb"[M,]w(\d+)@")
_NODE = re.compile(rb"n(\d+)")

Tags = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, eq=False)
class OsmSegments:
    """Straight pieces of walkable ways between neighbouring nodes.

    `start` and `end` number the rows of `longitude`/`latitude` (degrees,
    WGS-84); one row is one OSM node, or one side of a node nobody passes.
    """

    longitude: npt.NDArray[np.float64]
    latitude: npt.NDArray[np.float64]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    flags: npt.NDArray[np.uint16]


def read_osm(path: Path) -> OsmSegments:
    """Read the walkable ways of an OSM file (.osm, .osm.gz, .osm.bz2, .osm.pbf).

    Raises
    ------
    FileError
        The file is cut short or is not an OSM file.
    """
    keys, table = osmium.filter.KeyFilter, osmium.index.create_map("flex_mem")
    places = osmium.NodeLocationsForWays(table)
    places.ignore_errors()  # an extract may cut a way: its far nodes have no place
    lines = _as_lines(
        path,
        osmium.osm.NODE | osmium.osm.WAY | osmium.osm.RELATION,
        places,
        _for(osmium.osm.NODE, keys(*NODE_KEYS)),
        _for(osmium.osm.WAY, keys(*WAY_KEYS)),
        _for(osmium.osm.RELATION, osmium.filter.TagFilter(*SQUARES)),
    )
    refs: list[bytes] = []
    flags: list[int] = []
    passages: dict[int, int | None] = {}
    rings: set[int] = set()
    for line in lines:
        # Spaces, commas and equals signs inside a name are escaped in this form.
        head, tags, *rest = line.split(b" ")
        if head[:1] == b"w":
            of_way = _way_flags(_read_tags(tags))
            if of_way is not None:
                refs.append(rest[0][1:])
                flags.append(of_way)
        elif head[:1] == b"n":
            of_node = _node_flags(_read_tags(tags))
            if of_node != 0:
                passages[int(head[1:])] = of_node
        elif _way_flags(_read_tags(tags)) is not None:
            rings.update(map(int, _MEMBER_WAY.findall(rest[0])))
    if rings:
        more = _rings(path, rings, table)
        refs += more
        flags += [0] * len(more)
    return _segments(refs, flags, passages)


def _for(kind: osmium.osm.osm_entity_bits, only: osmium.BaseFilter) -> osmium.BaseFilter:
    """Return a filter that holds for one kind of object and lets the others pass."""
    only.enable_for(kind)
    return only


def _as_lines(
    path: Path, kinds: osmium.osm.osm_entity_bits, *handlers: osmium.BaseHandler
) -> list[bytes]:
    """Return the objects of some kinds that pass all `handlers`, as OPL lines."""
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "ways.opl"
        form = osmium.io.File(str(text), "opl,add_metadata=false,locations_on_ways=true")
        try:
            with osmium.SimpleWriter(form) as writer, osmium.io.Reader(str(path), kinds) as reader:
                osmium.apply(reader, *handlers, writer)
        except RuntimeError as fault:
            raise FileError("error.osm_unreadable", file=path.name, detail=str(fault)) from fault
        return text.read_bytes().splitlines()


def _rings(path: Path, way_ids: set[int], table: osmium.index.LocationTable) -> list[bytes]:
    """Return the node lists of ways that bound squares and are not walkable by their own tags."""
    ways = _as_lines(path, osmium.osm.WAY, osmium.filter.IdFilter(way_ids))
    rings = []
    for line in ways:
        _, text, refs = line.split(b" ")
        tags = _read_tags(text)
        if _way_flags(tags) is None and _open(tags):
            nodes = map(int, _NODE.findall(refs))
            rings.append(b",".join(_place(node, table) for node in nodes))
    return rings


def _place(node: int, table: osmium.index.LocationTable) -> bytes:
    """Return a node as a line of the text form has it; outside the extract it has no place."""
    try:
        place = table.get(node)
    except KeyError:
        return b"n%dxy" % node
    return b"n%dx%.7fy%.7f" % (node, place.lon, place.lat)


def _read_tags(text: bytes) -> Tags:
    """Return those of the tags ``Tkey=value,key=value`` that this house reads."""
    words = text[1:].replace(b"=", b",").split(b",")
    keys = words[::2]
    found = _READ.intersection(keys)
    return tuple([(key, words[2 * keys.index(key) + 1]) for key in found])


@lru_cache(maxsize=65536)
def _text(tags: Tags) -> dict[str, str]:
    return {key.decode(): value.decode("utf-8", "replace") for key, value in tags}


@lru_cache(maxsize=65536)
def _way_flags(tags: Tags) -> int | None:
    return way_flags(_text(tags))


@lru_cache(maxsize=65536)
def _node_flags(tags: Tags) -> int | None:
    return node_flags(_text(tags))


def _open(tags: Tags) -> bool:
    said = _text(tags)
    return said.get("foot", said.get("access")) not in DENIED


def _segments(refs: list[bytes], flags: list[int], passages: dict[int, int | None]) -> OsmSegments:
    """Cut ways into straight pieces, open at nodes nobody passes."""
    counts = np.array([one.count(b"n") for one in refs], dtype=np.int64)
    table = _numbers(refs)
    node, ids = pd.factorize(table.column(0).to_numpy())
    longitude, latitude = np.empty(len(ids)), np.empty(len(ids))
    longitude[node], latitude[node] = table.column(1).to_numpy(), table.column(2).to_numpy()
    last = np.zeros(len(node), dtype=np.bool_)
    last[np.cumsum(counts[counts > 0]) - 1] = True
    first = np.flatnonzero(~last)
    start, end = node[first], node[first + 1]
    of_segment = np.repeat(np.array(flags, dtype=np.uint16), counts)[first]
    # An extract cuts ways at its edge: the nodes beyond have no place.
    whole = ~np.isnan(longitude[start] + longitude[end])
    start, end, of_segment = start[whole], end[whole], of_segment[whole]
    of_node, shut = _passages(ids, passages)
    of_segment = of_segment | of_node[start] | of_node[end]
    start, end, copied = _split_at(shut, start, end)
    return OsmSegments(
        np.concatenate([longitude, longitude[copied]]),
        np.concatenate([latitude, latitude[copied]]),
        start,
        end,
        of_segment,
    )


def _numbers(refs: list[bytes]) -> pa.Table:
    """Return ids, longitudes and latitudes from the node lists of ways."""
    lines = b",".join(one for one in refs if one)[1:]
    text = lines.translate(bytes.maketrans(b"nxy", b"\n,,"), b",")
    names = ["id", "longitude", "latitude"]
    types = [pa.int64(), pa.float64(), pa.float64()]
    if not text:
        return pa.table([pa.array([], kind) for kind in types], names=names)
    return pa.csv.read_csv(
        pa.BufferReader(text),
        read_options=pa.csv.ReadOptions(column_names=names),
        convert_options=pa.csv.ConvertOptions(column_types=dict(zip(names, types, strict=True))),
    )


def _passages(
    ids: npt.NDArray[np.int64], passages: dict[int, int | None]
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


def _split_at(
    shut: npt.NDArray[np.bool_], start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give every piece that ends at a shut node an end of its own.

    Returns the new starts and ends, and the nodes that the further numbers copy.
    """
    at_start, at_end = np.flatnonzero(shut[start]), np.flatnonzero(shut[end])
    copied = np.concatenate([start[at_start], end[at_end]])
    fresh = len(shut) + np.arange(len(copied))
    start, end = start.copy(), end.copy()
    start[at_start], end[at_end] = fresh[: len(at_start)], fresh[len(at_start) :]
    return start, end, copied
