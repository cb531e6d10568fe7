"""OpenStreetMap files → straight pieces of walkable ways.

.osm.pbf is read block by block (`geo.osm_pbf_ways`), everything else by
osmium in one pass: compiled code filters and locates the ways and writes them
as text lines (OPL), which numpy then turns into arrays. A loop over every node
of every way in Python takes several times as long.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import numpy as np
import osmium
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from geo.errors import FileError
from geo.osm_pbf_ways import ways_of_pbf
from geo.osm_ways import (
    NODE_KEYS,
    READ,
    SQUARES,
    WAY_KEYS,
    OsmSegments,
    Tags,
    WalkableWays,
    bounds_a_square,
    flags_of_node,
    flags_of_way,
    segments,
)
from geo.varints import MalformedError

_MEMBER_WAY = re.compile(rb"[M,]w(-?\d+)@")
_NODE = re.compile(rb"n(-?\d+)")


def read_osm(path: Path) -> OsmSegments:
    """Read the walkable ways of an OSM file (.osm, .osm.gz, .osm.bz2, .osm.pbf).

    Raises
    ------
    FileError
        The file is cut short or is not an OSM file.
    """
    if path.name.lower().endswith(".pbf"):
        try:
            return segments(ways_of_pbf(path))
        except MalformedError:
            # A rare form, or damage: osmium reads the one and has words for the other.
            pass
    return segments(ways_by_osmium(path))


def ways_by_osmium(path: Path) -> WalkableWays:
    """Return the walkable ways of an OSM file of any form. Raises as `read_osm`."""
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
            of_way = flags_of_way(_read_tags(tags))
            if of_way is not None:
                refs.append(rest[0][1:])
                flags.append(of_way)
        elif head[:1] == b"n":
            of_node = flags_of_node(_read_tags(tags))
            if of_node != 0:
                passages[int(head[1:])] = of_node
        elif flags_of_way(_read_tags(tags)) is not None:
            rings.update(map(int, _MEMBER_WAY.findall(rest[0])))
    if rings:
        more = _rings(path, rings, table)
        refs += more
        flags += [0] * len(more)
    return _ways(refs, flags, passages)


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
        if bounds_a_square(_read_tags(text)):
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
    found = READ.intersection(keys)
    return tuple([(key, words[2 * keys.index(key) + 1]) for key in found])


def _ways(refs: list[bytes], flags: list[int], passages: dict[int, int | None]) -> WalkableWays:
    """Return ways from their node lists as text."""
    table = _numbers(refs)
    node, ids = pd.factorize(table.column(0).to_numpy())
    longitude, latitude = np.empty(len(ids)), np.empty(len(ids))
    longitude[node], latitude[node] = table.column(1).to_numpy(), table.column(2).to_numpy()
    return WalkableWays(
        node=node,
        counts=np.array([one.count(b"n") for one in refs], dtype=np.int64),
        flags=np.array(flags, dtype=np.uint16),
        ids=ids,
        longitude=longitude,
        latitude=latitude,
        passages=passages,
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
