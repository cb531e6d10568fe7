"""What a register is held against: the place, what was declared, what was corrected before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import geopandas as gpd
import pandas as pd

from geo.gazetteer import Gazetteer, Geocoder
from geo.register_states import INACTIVE_MONTHS
from geo.taxonomy import Taxonomy, read_taxonomy


@dataclass(frozen=True, eq=False)
class Desk:
    """What a register is held against; without a place everything but the taxonomy is empty.

    Parameters
    ----------
    taxonomy
        Categories that organisations are put into.
    communities
        Communities of the place in a metric CRS.
    streets
        Street lines, the best witness of a coordinate system.
    residents
        Resident points of the place: whom the faults of a boundary file touch.
    system
        Declared coordinate system: one of `geo.datum.SYSTEMS` or ``EPSG:…``; None: not declared.
    gazetteer, geocoder
        Ways from an address to a point.
    corrections
        What the office corrected before, see `geo.ledger`.
    today, inactive_months
        Against what and how long the last activity counts.
    level_when_absent, state_when_absent
        For registers without any evidence of either; said in a note.
    """

    taxonomy: Taxonomy = field(default_factory=read_taxonomy)
    communities: gpd.GeoDataFrame | None = None
    streets: gpd.GeoDataFrame | gpd.GeoSeries | None = None
    residents: gpd.GeoDataFrame | None = None
    system: str | None = None
    gazetteer: Gazetteer | None = None
    geocoder: Geocoder | None = None
    corrections: pd.DataFrame | None = None
    today: date = field(default_factory=date.today)
    inactive_months: int = INACTIVE_MONTHS
    level_when_absent: str = "登记"
    state_when_absent: str = "未知"
