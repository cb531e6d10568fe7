"""Derive comparable units (街区单元) from the roads of a district without public boundaries.

1. *Land*: what lies close to the streets people live on, so that river, lake
   and hills stay out.
2. *Blocks*: the land cut along every street.
3. *Units*: the smallest block joins the neighbour it belongs to most — across
   a lane rather than across a main road, into a compact rather than a straggling
   shape — until as many are left as the district has communities.
4. *Areas* (片区): units joined further in the same way.

Nothing is drawn at random; equal choices go to the block that comes first from
west to east.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from joining import Blocks, as_blocks, joined

HOMES = ("residential", "living_street")
NEAR_HOMES = (*HOMES, "tertiary", "unclassified")

# How much of a border made by such a road still joins its two sides.
JOINS = {
    "trunk": 0.05,
    "primary": 0.10,
    "secondary": 0.25,
    "tertiary": 0.60,
}
JOINS_OTHERWISE = 1.0

FILL_METRES = 220.0  # streets nearer to each other than twice this enclose land
EDGE_METRES = 40.0  # land goes this far beyond the outermost street
HOMES_METRES = 450.0  # land farther from any home street is park, port or shore
CITY_BLOCK_SQUARE_METRES = 450_000.0  # what roads enclose and is smaller is no lake
NECK_METRES = 60.0
ISLAND_METRES = 600.0  # land farther from the main land than this is left out
ISLAND_HOME_METRES = 1500.0  # and so is land with fewer metres of home streets
BY_AREA = 0.15
LARGEST_BLOCK = 0.8  # of an average unit
ROAD_WIDTH_METRES = 12.0
SIMPLIFY_METRES = 6.0


def derive_units(
    streets: gpd.GeoDataFrame, outline: shapely.Geometry, *, count: int, areas: int
) -> gpd.GeoDataFrame:
    """Return `count` units with ``area`` 0 … areas-1 and a polygon, from north to south.

    Parameters
    ----------
    streets
        Segments with ``highway``, in a metric CRS.
    outline
        District polygon in the same CRS.
    count, areas
        How many units and how many areas of units.
    """
    homes = streets[streets["highway"].isin(HOMES)].geometry.to_numpy()
    land = _land(streets, homes, outline)
    points, metres = _home_points(homes)
    pieces, sizes = _cut_to_size(land, streets, points, metres, count)
    alone = [[index] for index in range(len(pieces))]
    blocks = Blocks(list(pieces), sizes, _joins(pieces, streets), alone)
    blocks = joined(blocks, count)
    whole = shapely.coverage_simplify(np.array(blocks.shapes, dtype=object), SIMPLIFY_METRES)
    area = np.empty(count, dtype=int)
    for number, members in enumerate(joined(as_blocks(blocks), areas).members):
        area[members] = number
    units = gpd.GeoDataFrame({"area": area}, geometry=whole, crs=streets.crs)
    return _numbered(units)


def _land(
    streets: gpd.GeoDataFrame, homes: np.ndarray, outline: shapely.Geometry
) -> shapely.Geometry:
    near = streets[streets["highway"].isin(NEAR_HOMES)].geometry.to_numpy()
    filled = shapely.union_all(shapely.buffer(near, FILL_METRES, quad_segs=4))
    filled = shapely.buffer(filled, EDGE_METRES - FILL_METRES, quad_segs=4)
    lived_in = shapely.union_all(shapely.buffer(homes, HOMES_METRES, quad_segs=4))
    land = shapely.union(filled, _city_blocks(streets, outline))
    land = shapely.intersection(shapely.intersection(land, lived_in), outline)
    # Opening takes away what is no wider than a road: bridges, dams, tunnel mouths.
    opened = shapely.buffer(land, -NECK_METRES, quad_segs=4)
    # Closing puts together what only a crossing keeps apart.
    opened = shapely.buffer(opened, 2 * NECK_METRES, quad_segs=4)
    closed = shapely.buffer(opened, -NECK_METRES, quad_segs=4)
    parts = shapely.get_parts(shapely.intersection(closed, outline))
    main = parts[np.argmax(shapely.area(parts))]
    near_main = parts[shapely.distance(parts, main) < ISLAND_METRES]
    lived = [shapely.length(shapely.intersection(homes, part)).sum() for part in near_main]
    kept = near_main[np.array(lived) >= ISLAND_HOME_METRES]
    return shapely.union_all([_without_small_holes(part) for part in kept])


def _city_blocks(streets: gpd.GeoDataFrame, outline: shapely.Geometry) -> shapely.Geometry:
    """Return the blocks that roads of any kind enclose, unless large enough to be a lake."""
    noded = shapely.union_all(_through(streets), grid_size=0.01)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    return shapely.union_all(faces[shapely.area(faces) < CITY_BLOCK_SQUARE_METRES])


def _without_small_holes(piece: shapely.Polygon) -> shapely.Polygon:
    """Keep lakes as holes and fill yards."""
    rings = [ring for ring in piece.interiors if shapely.area(shapely.polygons(ring)) > 60_000]
    return shapely.Polygon(piece.exterior, rings)


def _through(streets: gpd.GeoDataFrame) -> np.ndarray:
    kind = streets["highway"]
    return streets[~kind.str.endswith("_link") & (kind != "motorway")].geometry.to_numpy()


def _cut_to_size(
    land: shapely.Geometry,
    streets: gpd.GeoDataFrame,
    points: np.ndarray,
    metres: np.ndarray,
    count: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Cut the land along every street, and blocks too large for one unit across their middle."""
    lines = np.concatenate([_through(streets), [shapely.boundary(land)]])
    while True:
        pieces = _faces_of(lines, land)
        sizes = _weighed(pieces, points, metres)
        large = np.flatnonzero(sizes > LARGEST_BLOCK / count)
        if not len(large):
            return pieces, sizes
        lines = np.concatenate([lines, [_across(pieces[one], points) for one in large]])


def _faces_of(lines: np.ndarray, land: shapely.Geometry) -> np.ndarray:
    noded = shapely.union_all(lines, grid_size=0.01)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    shapely.prepare(land)
    faces = faces[shapely.contains_properly(land, shapely.point_on_surface(faces))]
    centres = shapely.centroid(faces)
    return faces[np.lexsort((shapely.get_y(centres), shapely.get_x(centres)))]


def _across(piece: shapely.Geometry, points: np.ndarray) -> shapely.Geometry:
    """Return the line that halves a block's homes across their long axis."""
    inside = points[shapely.intersects(piece, points)]
    xy = shapely.get_coordinates(inside if len(inside) > 8 else shapely.boundary(piece))
    centre = np.median(xy, axis=0)
    _, _, axes = np.linalg.svd(xy - xy.mean(axis=0), full_matrices=False)
    across = np.array([-axes[0][1], axes[0][0]]) * 20_000.0
    return shapely.intersection(shapely.linestrings([centre - across, centre + across]), piece)


def _home_points(homes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    metres = shapely.length(homes)
    parts = np.ceil(metres / 25.0).astype(int)
    of = np.repeat(np.arange(len(homes)), parts)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(parts) - parts, parts)
    points = shapely.line_interpolate_point(homes[of], (nth + 0.5) / parts[of], normalized=True)
    return points, (metres / parts)[of]


def _weighed(pieces: np.ndarray, points: np.ndarray, metres: np.ndarray) -> np.ndarray:
    """Weigh blocks: mostly by the streets people live on, a little by their area; sums to one."""
    here, block = shapely.STRtree(pieces).query(points, predicate="dwithin", distance=0.5)
    shares = metres[here] / np.bincount(here, minlength=len(points))[here]
    lived = np.bincount(block, weights=shares, minlength=len(pieces))
    area = shapely.area(pieces)
    return (1 - BY_AREA) * lived / lived.sum() + BY_AREA * area / area.sum()


def _joins(pieces: np.ndarray, streets: gpd.GeoDataFrame) -> list[dict[int, float]]:
    tree = shapely.STRtree(pieces)
    one, other = tree.query(pieces, predicate="intersects")
    one, other = one[one < other], other[one < other]
    border = shapely.intersection(shapely.boundary(pieces[one]), shapely.boundary(pieces[other]))
    middle, metres, of = _border_segments(border)
    joining = np.full(len(metres), JOINS_OTHERWISE)
    for kind, share in reversed(JOINS.items()):  # the main road last, it has the last word
        roads = shapely.STRtree(streets.geometry[streets["highway"] == kind].to_numpy())
        near, _ = roads.query(middle, predicate="dwithin", distance=ROAD_WIDTH_METRES)
        joining[near] = share
    strength = np.bincount(of, weights=metres * joining, minlength=len(border))
    found: list[dict[int, float]] = [{} for _ in pieces]
    for a, b, length, open_metres in zip(one, other, shapely.length(border), strength, strict=True):
        if length > 0.0:
            found[a][int(b)] = found[b][int(a)] = float(open_metres)
    return found


def _border_segments(borders: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the middle of every straight piece of the borders, its metres, and whose it is."""
    parts, of_part = shapely.get_parts(borders, return_index=True)
    lines = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    parts, of_part = parts[lines], of_part[lines]
    xy, of_line = shapely.get_coordinates(parts, return_index=True)
    same = of_line[1:] == of_line[:-1]
    step = (xy[1:] - xy[:-1])[same]
    middle = shapely.points((xy[1:] + xy[:-1])[same] / 2)
    return middle, np.sqrt((step**2).sum(axis=1)), of_part[of_line[1:][same]]


def _numbered(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give numbers to areas, and the units inside each, from north-west to south-east."""
    centres = units.geometry.centroid
    along = centres.x - centres.y
    of_area = along.groupby(units["area"]).mean().rank(method="first").astype(int) - 1
    units = units.assign(area=units["area"].map(of_area).to_numpy(), along=along.round(3))
    units = units.sort_values(["area", "along"], kind="stable").drop(columns="along")
    return units.reset_index(drop=True)
