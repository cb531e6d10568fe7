"""The tables of a register: organisations, service points, and what became of every row."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.place_tables import NUMBER_COLUMNS
from geo.problems import (
    ACCEPTED,
    DOUBTFUL,
    REJECTED,
    REPAIRED,
    Finding,
    Problem,
    as_problems,
    statuses,
)
from geo.register_columns import DATES
from geo.register_fields import Records
from geo.register_identity import Identity
from geo.register_points import Located
from geo.tables import REGISTER, SERVICE_POINTS, checked

_KEPT_TEXT = ("code", "filing_number", "authority", "business_unit", "address", "scope", "rating")


def assembled(
    records: Records,
    text: pd.DataFrame,
    columns: dict[str, pd.Series],
    located: Located,
    identity: Identity,
    findings: list[Finding],
) -> tuple[pd.DataFrame, gpd.GeoDataFrame, pd.DataFrame, tuple[Problem, ...]]:
    """Return register, service points, rows and problems of records that have been judged.

    Parameters
    ----------
    records, text
        The records as read, and their tidied canonical text.
    columns
        The register's own columns, aligned to the records.
    located, identity
        Where every record serves, and which organisation it is.
    findings
        All that was found about the records.
    """
    whole = pd.DataFrame({"name": text["name"], **columns})
    whole = whole.join(records.origin[["file", "sheet", "row"]])
    whole = whole.join(text[[*_KEPT_TEXT, *DATES, "last_activity"]])
    whole = whole.join(_kept(records.kept, whole))
    status = statuses(findings, len(text))
    leads = identity.leads & (status != REJECTED)
    ids = pd.Index(identity.organisation_id[leads].astype(str), name=REGISTER.index, dtype="str")
    at_points = ["delivery", "delivery_basis", "capacity", "serves"]
    register = whole.loc[leads].drop(columns=at_points).set_axis(ids, axis=0)
    points = _service_points(whole, located, identity, status)
    rows = records.origin[["file", "sheet", "row"]].assign(
        status=status, organisation_id=identity.organisation_id.astype(str)
    )
    problems = (*records.problems, *as_problems(findings, records.origin))
    return checked(register, REGISTER), points, rows, problems


def _kept(kept: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Return the unknown columns under names that collide with none of ours."""
    taken = {*own.columns, *NUMBER_COLUMNS, "geometry", REGISTER.index, "x", "y", "lon", "lat"}
    return kept.rename(columns={one: f"{one}（原列）" for one in kept.columns if one in taken})


def _service_points(
    whole: pd.DataFrame, located: Located, identity: Identity, status: np.ndarray
) -> gpd.GeoDataFrame:
    used = (identity.organisation_id != "") & (status != REJECTED)
    owners = pd.Series(identity.organisation_id[used].astype(str), dtype="str")
    # An organisation whose own row was rejected takes its points with it.
    lead_ids = set(identity.organisation_id[identity.leads & (status != REJECTED)])
    held = owners.isin(lead_ids).to_numpy()
    positions = np.flatnonzero(used)[held]
    owners = owners[held].reset_index(drop=True)
    number = owners.groupby(owners).cumcount()
    ids = owners.where(number == 0, owners + "@" + (number + 1).astype("str"))
    wanted = ["categories", "delivery", "delivery_basis", "capacity", "serves", "community_code"]
    frame = whole[[*wanted, "address"]].iloc[positions].reset_index(drop=True)
    frame = frame.rename(columns={"community_code": "stated_community"})
    frame["organisation_id"] = owners
    frame["located_by"] = located.located_by[positions].astype(str)
    points = gpd.GeoDataFrame(
        frame, geometry=located.points.to_numpy()[positions], crs=located.points.crs
    )
    points.index = pd.Index(ids, name=SERVICE_POINTS.index, dtype="str")
    return checked(points, SERVICE_POINTS)


def accepted_share(rows: pd.DataFrame) -> dict[str, int]:
    """Return how many rows were read, accepted, repaired, doubtful and rejected."""
    counts = rows["status"].value_counts()
    names = (ACCEPTED, REPAIRED, DOUBTFUL, REJECTED)
    return {"rows_read": len(rows), **{name: int(counts.get(name, 0)) for name in names}}
