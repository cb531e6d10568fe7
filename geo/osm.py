"""OpenStreetMap tags → ways that people walk on.

The table below is the whole rule, each line with its reason. It follows what
the public walking routers agree on, so that a walk measured here can be checked
against them. Where they part, this house

- walks along trunk roads (as Valhalla and GraphHopper; not OSRM), which are
  avenues in Chinese cities;
- walks across open car parks along their edge (as OSRM), which is how people
  leave a front door, though never through a car park under ground;
- keeps the carriageway beside a pavement that is drawn as a line of its own
  (``sidewalk=separate``; OSRM leaves it out): such pavements are full of gaps.

`geo.osm_file` reads files by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

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
    Rule(
        "amenity",
        "parking",
        "in",
        "an open car park is walked across, along its edge; not one under ground or in a building",
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
VERDICTS: Mapping[str, Mapping[str, Verdict]] = {
    key: {rule.value: rule.verdict for rule in RULES if rule.key == key}
    for key in dict.fromkeys(rule.key for rule in RULES)
}

# foot= outranks access=, which counts only where foot= is silent: a private road that says
# foot=yes is walked, a public one that says foot=no is not.
# A list (``yes;permissive``) opens the way when one of its words does.
DENIED = frozenset(
    {"no", "private", "agricultural", "forestry", "delivery", "military", "use_sidepath"}
)
PERMITTED = frozenset({"yes", "designated", "permissive", "official", "destination", "customers"})
COVERED_PARKING = frozenset({"underground", "multi-storey", "rooftop", "garage_boxes", "sheds"})
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
    foot, access = _word(tags.get("foot")), _word(tags.get("access"))
    if is_denied(tags):
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
            under_roof = key == "amenity" and tags.get("parking") in COVERED_PARKING
            return "out" if under_roof else verdict
    return None


def is_denied(tags: Mapping[str, str]) -> bool:
    """Return whether people on foot are kept out: by foot=, or by access= where foot= is silent."""
    foot = _word(tags.get("foot"))
    return (foot if foot is not None else _word(tags.get("access"))) in DENIED


def _word(value: str | None) -> str | None:
    """Return the most open word of a list; nearly always there is just one."""
    if value is None or ";" not in value:
        return value
    words = [word.strip() for word in value.split(";")]
    return min(words, key=lambda word: (word not in PERMITTED, word in DENIED))


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
    barrier, silent = tags.get("barrier", ""), not {"foot", "access"} & set(tags)
    if is_denied(tags):
        return None
    if silent and barrier in WALLS and tags.get("bollard") != "rising":
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
