"""What each proposed site buys: people by site and community, and the scenario that opens them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from coverage.proposal_matrix import TODAY, Reachable
from coverage.scenario_edits import AddOrganisation, Scenario
from coverage.siting import Siting, served_at
from geo.place import Place

SITE_COLUMNS = (
    "order",
    "name",
    "community_code",
    "community",
    "gain",
    "communities",
    "cost",
    "cost_per_person",
    "capacity",
    "geometry",
)
GAIN_COLUMNS = ("candidate_id", "order", "community_code", "community", "gain")


def gained_people(ground: Reachable, siting: Siting) -> list[npt.NDArray[np.int64]]:
    """Return for each site, in order, how many people of each row it adds to those before."""
    near = sparse.csc_array(ground.metres)
    near.data = (near.data <= ground.within_metres).astype(np.float64)
    left = ground.people.copy()
    left[near[:, [TODAY]].toarray()[:, 0] > 0] = 0
    if siting.loads is not None and len(siting.chosen) and left.any():
        flows = served_at(
            ground.metres,
            left,
            within_metres=ground.within_metres,
            capacities=ground.capacities,
            columns=siting.chosen,
        ).tocsc()
        return [flows[:, [column]].toarray()[:, 0].astype(np.int64) for column in siting.chosen]
    gained = []
    for column in siting.chosen:
        fresh = np.where(near[:, [column]].toarray()[:, 0] > 0, left, 0)
        left = left - fresh
        gained.append(fresh)
    return gained


def gain_by_community(
    place: Place,
    ground: Reachable,
    row: int,
    people: npt.NDArray[np.int64],
    order: int,
) -> pd.DataFrame:
    """Return `GAIN_COLUMNS` of one site: the people it adds, by community, most first."""
    codes = place.residents["community_code"].to_numpy(object)
    per_unit = pd.Series(people).groupby(codes).sum()
    per_unit = per_unit[per_unit > 0].sort_values(ascending=False, kind="stable")
    return pd.DataFrame(
        {
            "candidate_id": str(ground.candidates.index[row]),
            "order": order,
            "community_code": per_unit.index.astype(str),
            "community": place.communities["name"].reindex(per_unit.index).to_numpy(),
            "gain": per_unit.to_numpy(np.int64),
        },
        columns=list(GAIN_COLUMNS),
    )


def site_table(
    place: Place, ground: Reachable, rows: npt.NDArray[np.intp], gains: list[pd.DataFrame]
) -> gpd.GeoDataFrame:
    """Return `SITE_COLUMNS` of the candidates in `rows`, in the order of opening."""
    sites = ground.candidates.iloc[rows].copy()
    sites["order"] = np.arange(1, len(rows) + 1)
    names = place.communities["name"].reindex(sites["community_code"]).fillna("")
    sites["community"] = names.to_numpy()
    sites["gain"] = np.array([one["gain"].sum() for one in gains], dtype=np.int64)
    sites["communities"] = np.array([len(one) for one in gains], dtype=np.int64)
    sites["cost_per_person"] = sites["cost"] / sites["gain"].where(sites["gain"] > 0)
    return sites[list(SITE_COLUMNS)]


def never_table(place: Place, ground: Reachable) -> pd.DataFrame:
    """Return the people by community whom neither today nor any candidate reaches."""
    near = ground.metres.data <= ground.within_metres
    rows = np.repeat(np.arange(len(ground.people)), np.diff(ground.metres.indptr))
    reached = np.bincount(rows[near], minlength=len(ground.people)) > 0
    lost = pd.Series(np.where(reached, 0, ground.people), index=place.residents["community_code"])
    per_unit = lost.groupby(level=0).sum()
    per_unit = per_unit[per_unit > 0].sort_values(ascending=False, kind="stable")
    return pd.DataFrame(
        {
            "community_code": per_unit.index.astype(str),
            "community": place.communities["name"].reindex(per_unit.index).to_numpy(),
            "people": per_unit.to_numpy(np.int64),
        }
    )


def opening_scenario(place: Place, category: str, sites: gpd.GeoDataFrame) -> Scenario:
    """Return the scenario that opens `sites`; names never look like real organisations."""
    kind = place.taxonomy[category]
    before = "示例" if place.demonstration else ""
    edits = []
    for row in sites.itertuples():
        capacity = float(row.capacity) if np.isfinite(row.capacity) else None
        edits.append(
            AddOrganisation(
                organisation_id=f"site-{category}-{row.Index}",
                name=f"{before}拟设{kind.zh} {row.order}" + (f"（{row.name}）" if row.name else ""),
                categories=(category,),
                at=(float(row.geometry.x), float(row.geometry.y)),
                capacity=capacity,
            )
        )
    return Scenario(
        name=f"{kind.zh} {len(sites)}",
        edits=tuple(edits),
        crs=place.crs.to_string(),
    )
