"""The streets of a place as lines to draw: main roads always, the others when one is close."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geo.osm import MAIN_ROAD
from geo.place import Place

MAIN, LOCAL = "main", "local"
STREET_TOLERANCE_METRES = 1.5


def street_lines(place: Place) -> gpd.GeoDataFrame:
    """Return the streets of a place as few long lines, in its CRS, for drawing only.

    Returns
    -------
    GeoDataFrame with ``rank`` (`MAIN` or `LOCAL`) and ``geometry``; empty when
    the place has no street network. Without any main road known, the streets
    are all `LOCAL`.
    """
    network = place.streets
    if network is None:
        return gpd.GeoDataFrame({"rank": []}, geometry=[], crs=place.crs)
    nodes = np.column_stack([network.x, network.y])
    ends = np.stack([nodes[network.lower], nodes[network.neighbour]], axis=1)
    main = (network.flags & MAIN_ROAD) > 0
    ranks: list[str] = []
    lines: list[shapely.LineString] = []
    for rank, chosen in ((MAIN, main), (LOCAL, ~main)):
        if not chosen.any():
            continue
        pieces = shapely.multilinestrings(shapely.linestrings(ends[chosen]))
        merged = shapely.get_parts(shapely.line_merge(pieces))
        lines.extend(shapely.simplify(merged, STREET_TOLERANCE_METRES))
        ranks.extend([rank] * len(merged))
    return gpd.GeoDataFrame({"rank": ranks}, geometry=lines, crs=network.crs)
