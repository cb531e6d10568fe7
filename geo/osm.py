"""OpenStreetMap tags → ways that people walk on.

The table below is the whole rule, each line with its reason. It follows what
the public walking routers agree on, so that a walk measured here can be checked
against them.

A file is read in one pass: pyosmium filters and locates the ways in compiled
code and writes them as text lines (OPL), which numpy then turns into arrays. A
loop over every node of every way in Python takes several times as long.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import osmium
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from geo.errors import FileError

# Flags of an edge. A walker masks some of them; the rest speak to whoever doubts the network.
STEPS = 1  # stairs without a ramp for wheels
KERB = 2  # a raised kerb at one end
GATE = 4  # a gate at one end: it may be closed
NARROW = 8  # a stile, turnstile or barrier that wheels do not pass
NO_WHEELS = 16  # tagged wheelchair=no
FERRY = 32  # a boat: walked at walking pace, never where a walk begins
CROSSING = 64  # a marked crossing of a road
BRIDGE = 128
TUNNEL = 256
MAIN_ROAD = 512  # trunk, primary or secondary: drawn on maps from afar, nothing to a walker

MAIN_ROADS = ("trunk", "primary", "secondary")

Verdict = Literal["in", "asked", "out"]


@dataclass(frozen=True)
class Rule:
    """One line of the walkability table: `asked` means only with permission on foot."""

    key: str
    value: str
    verdict: Verdict
    reason: str


RULES = (
    Rule("highway", "footway", "in", "made for walking"),
    Rule("highway", "path", "in", "open to people on foot unless tagged otherwise"),
    Rule("highway", "steps", "in", "made for walking; flagged, for wheels"),
    Rule(
        "highway",
        "pedestrian",
        "in",
        "street or square for people on foot; a square is walked along its edge",
    ),
    Rule("highway", "corridor", "in", "indoor passage of a station or arcade"),
    Rule("highway", "living_street", "in", "people on foot have priority"),
    Rule("highway", "residential", "in", "people live here and walk here"),
    Rule("highway", "service", "in", "access road: the way to most front doors"),
    Rule("highway", "track", "in", "field or forest road"),
    Rule("highway", "unclassified", "in", "minor public road"),
    Rule("highway", "road", "in", "public road whose class nobody has surveyed"),
    Rule("highway", "tertiary", "in", "public road, pavement or verge"),
    Rule("highway", "tertiary_link", "in", "as its road"),
    Rule("highway", "secondary", "in", "public road, pavement or verge"),
    Rule("highway", "secondary_link", "in", "as its road"),
    Rule("highway", "primary", "in", "public road, in towns with pavements"),
    Rule("highway", "primary_link", "in", "as its road"),
    Rule(
        "highway",
        "trunk",
        "in",
        "in Chinese cities an avenue with pavements; motorroad=yes closes it",
    ),
    Rule("highway", "trunk_link", "in", "as its road"),
    Rule("highway", "platform", "in", "where people wait for trains and buses"),
    Rule("highway", "elevator", "in", "a lift between two levels"),
    Rule("railway", "platform", "in", "where people wait for trains"),
    Rule("public_transport", "platform", "in", "where people wait for trains and buses"),
    Rule("man_made", "pier", "in", "people walk on it"),
    Rule(
        "route", "ferry", "in", "crossed at walking pace, as routers do; nobody's walk starts on it"
    ),
    Rule("highway", "cycleway", "asked", "a cycle track is not a pavement unless foot= says so"),
    Rule("highway", "bridleway", "asked", "for riders unless foot= says so"),
    Rule("highway", "busway", "asked", "for buses unless foot= says so"),
    Rule(
        "highway",
        "motorway",
        "asked",
        "closed on foot by law; a bridge with a walkway says foot=yes",
    ),
    Rule("highway", "motorway_link", "asked", "as its road"),
    Rule("highway", "proposed", "out", "does not exist yet"),
    Rule("highway", "construction", "out", "does not exist yet"),
    Rule("highway", "abandoned", "out", "no longer exists"),
    Rule("highway", "razed", "out", "no longer exists"),
    Rule("highway", "raceway", "out", "a race track"),
    Rule("highway", "bus_guideway", "out", "a track only guided buses can use"),
    Rule("highway", "via_ferrata", "out", "climbing gear needed"),
    Rule("highway", "escape", "out", "a runaway-truck ramp"),
    Rule("highway", "rest_area", "out", "an area beside a motorway, not a way"),
    Rule("highway", "services", "out", "an area beside a motorway, not a way"),
)
VERDICTS: dict[str, dict[str, Verdict]] = {}
for _rule in RULES:
    VERDICTS.setdefault(_rule.key, {})[_rule.value] = _rule.verdict

# foot= outranks access=, which counts only where foot= is silent: a private road that says
# foot=yes is walked, a public one that says foot=no is not.
DENIED = frozenset({"no", "private", "agricultural", "forestry", "delivery", "military"})
PERMITTED = frozenset({"yes", "designated", "permissive", "official", "destination", "customers"})
# A pavement beside a road is walked whatever the class of the road.
SIDEWALK = frozenset({"both", "left", "right", "yes"})
WALLS = frozenset({"wall", "fence", "yes"})  # node barriers nobody walks through
GATES = frozenset(
    {"gate", "lift_gate", "swing_gate", "sliding_gate", "hampshire_gate", "chain", "wicket_gate"}
)
NARROWS = frozenset(
    {
        "stile",
        "turnstile",
        "full-height_turnstile",
        "kissing_gate",
        "cycle_barrier",
        "motorcycle_barrier",
        "horse_stile",
        "log",
        "debris",
    }
)
RAISED = frozenset({"raised", "regular", "rolled", "yes"})
FLUSH = frozenset({"lowered", "flush", "no"})


def way_flags(tags: Mapping[str, str]) -> int | None:
    """Return the edge flags of a way with `tags`, or None when nobody walks there.

    ``oneway`` is ignored: it binds wheels, not feet.
    """
    verdict = _verdict(tags)
    if verdict in (None, "out"):
        return None
    foot, access = tags.get("foot"), tags.get("access")
    allowed = foot if foot is not None else access
    if allowed in DENIED:
        return None
    pavement = _pavement(tags)
    closed = verdict == "asked" or tags.get("motorroad") == "yes"
    if closed and not pavement and foot not in PERMITTED and not _open_to_all(tags, access):
        return None
    return _flags_of_way(tags)


def _verdict(tags: Mapping[str, str]) -> Verdict | None:
    # highway= speaks first; a platform or pier may carry no highway= at all.
    for key, verdicts in VERDICTS.items():
        verdict = verdicts.get(tags.get(key, ""))
        if verdict is not None:
            return verdict
    return None


def _pavement(tags: Mapping[str, str]) -> bool:
    return any(
        tags.get(key) in SIDEWALK
        for key in ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")
    )


def _open_to_all(tags: Mapping[str, str], access: str | None) -> bool:
    # access=yes opens a cycleway or bridleway; on a motorway it speaks of vehicles.
    motorway = tags.get("highway", "").startswith("motorway") or tags.get("motorroad") == "yes"
    return access in PERMITTED and not motorway


def _flags_of_way(tags: Mapping[str, str]) -> int:
    flags = 0
    if tags.get("highway") == "steps" and tags.get("ramp:wheelchair") != "yes":
        flags |= STEPS
    if tags.get("wheelchair") == "no":
        flags |= NO_WHEELS
    if tags.get("route") == "ferry" and "highway" not in tags:
        flags |= FERRY
    if tags.get("footway") == "crossing" or tags.get("path") == "crossing":
        flags |= CROSSING
    if tags.get("bridge", "no") != "no":
        flags |= BRIDGE
    if tags.get("tunnel", "no") != "no":
        flags |= TUNNEL
    if tags.get("highway", "").removesuffix("_link") in MAIN_ROADS:
        flags |= MAIN_ROAD
    return flags


def node_flags(tags: Mapping[str, str]) -> int | None:
    """Return the flags a node gives its edges, or None when nobody passes through it."""
    foot, access, barrier = tags.get("foot"), tags.get("access"), tags.get("barrier", "")
    allowed = foot if foot is not None else access
    if allowed in DENIED:
        return None
    if allowed is None and barrier in WALLS and tags.get("bollard") != "rising":
        return None
    flags = 0
    if barrier in GATES:
        flags |= GATE
    if barrier in NARROWS:
        flags |= NARROW
    kerb = tags.get("kerb", "raised" if barrier == "kerb" else "")
    if kerb in RAISED:
        flags |= KERB
    return flags


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
_TAG = re.compile(
    rb"(?<=[,T])(" + b"|".join(re.escape(key.encode()) for key in READ_KEYS) + rb")=([^,]*)"
)
_MEMBER_WAY = re.compile(rb"[M,]w(\d+)@")

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
    keys = osmium.filter.KeyFilter
    lines = _as_lines(
        path,
        keys(*NODE_KEYS).enable_for(osmium.osm.NODE),
        keys(*WAY_KEYS).enable_for(osmium.osm.WAY),
        osmium.filter.TagFilter(*SQUARES).enable_for(osmium.osm.RELATION),
    )
    refs: list[bytes] = []
    flags: list[int] = []
    passages: dict[int, int | None] = {}
    rings: set[int] = set()
    for line in lines:
        kind, tags = line[:1], _tags(line)
        if kind == b"w":
            of_way = _way_flags(tags)
            if of_way is not None:
                refs.append(line[line.rindex(b" N") + 2 :])
                flags.append(of_way)
        elif kind == b"n":
            of_node = _node_flags(tags)
            if of_node != 0:
                passages[int(line[1 : line.index(b" ")])] = of_node
        elif kind == b"r" and _way_flags(tags) is not None:
            rings.update(map(int, _MEMBER_WAY.findall(line)))
    if rings:
        more = [line[line.rindex(b" N") + 2 :] for line in _ring_lines(path, rings)]
        refs += more
        flags += [0] * len(more)
    return _segments(refs, flags, passages)


def _as_lines(path: Path, *filters: osmium.BaseHandler) -> list[bytes]:
    """Return what passes `filters` as OPL lines, ways with the places of their nodes."""
    places = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
    places.ignore_errors()  # an extract may cut a way: its far nodes have no place
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "ways.opl"
        form = osmium.io.File(str(text), "opl,add_metadata=false,locations_on_ways=true")
        try:
            with osmium.SimpleWriter(form) as writer, osmium.io.Reader(str(path)) as reader:
                osmium.apply(reader, places, *filters, writer)
        except RuntimeError as fault:
            raise FileError("error.osm_unreadable", file=path.name, detail=str(fault)) from fault
        return text.read_bytes().splitlines()


def _ring_lines(path: Path, way_ids: set[int]) -> list[bytes]:
    """Return the ways that bound squares and are not walkable by their own tags."""
    lines = _as_lines(
        path,
        osmium.filter.EntityFilter(osmium.osm.WAY),
        osmium.filter.IdFilter(way_ids),
    )
    return [line for line in lines if _way_flags(_tags(line)) is None and _open(_tags(line))]


def _tags(line: bytes) -> Tags:
    start = line.index(b" T") + 2
    return tuple(_TAG.findall(line, start, line.find(b" ", start) % (len(line) + 1)))


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
