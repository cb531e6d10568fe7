"""What a number rests on: the resident points behind it and the organisations that serve them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coverage.subjects import nearest_of
from coverage.walking import Walks
from geo.errors import TableError
from geo.place import Place

if TYPE_CHECKING:  # `coverage.reach` offers `explain` beside the numbers it opens
    from coverage.reach import CoverageResult


@dataclass(frozen=True, eq=False)
class Proof:
    """What a number rests on.

    `points` has a row for every resident point behind it: beneficiaries, the
    walk in metres and minutes (NaN beyond the bound), covered or not, off_network (待核),
    and the nearest service point and organisation. `organisations` lists those
    that serve at least one of them. `balance` closes: covered + uncovered =
    total.
    """

    subject: str
    community_code: str | None
    points: pd.DataFrame
    organisations: pd.DataFrame
    total: int
    covered: int
    uncovered: int
    unreached: int


def explain(
    place: Place,
    walks: Walks,
    result: CoverageResult,
    *,
    subject: str,
    community_code: str | None = None,
) -> Proof:
    """Open a number to its proof.

    Parameters
    ----------
    place, walks, result
        What the number was computed from.
    subject
        A category or group code.
    community_code
        The community, or None for the district.

    Raises
    ------
    TableError
        The subject or the community is unknown.
    """
    if subject not in result.subjects:
        known = "、".join(result.subjects)
        raise TableError("error.category_unknown", given=subject, known=known)
    if community_code is not None and community_code not in place.communities.index:
        raise TableError("error.community_unknown", given=community_code)
    here = np.ones(len(place.residents), dtype=np.bool_)
    if community_code is not None:
        here = (place.residents["community_code"] == community_code).to_numpy()
    points = _proof_points(place, walks, result, subject).loc[here]
    organisations = _proof_organisations(place, points)
    covered = int(points.loc[points["covered"], "beneficiaries"].sum())
    total = int(points["beneficiaries"].sum())
    return Proof(
        subject=subject,
        community_code=community_code,
        points=points,
        organisations=organisations,
        total=total,
        covered=covered,
        uncovered=total - covered,
        unreached=int(points.loc[points["off_network"], "beneficiaries"].sum()),
    )


def _proof_points(place: Place, walks: Walks, result: CoverageResult, subject: str) -> pd.DataFrame:
    nearest = nearest_of(place, walks, subject)
    at = nearest.service_point
    k = result.subjects.index(subject)
    column = result.district.loc[result.district["category"] == subject, "column"].iloc[0]
    points = place.service_points
    ids = np.append(points.index.to_numpy(object), "")
    organisations = np.append(points["organisation_id"].to_numpy(object), "")
    return pd.DataFrame(
        {
            "community_code": place.residents["community_code"],
            "beneficiaries": place.residents[column].to_numpy(np.int64),
            "metres": nearest.metres,
            "minutes": nearest.minutes(result.standard),
            "covered": result.covered[:, k],
            "off_network": walks.off_network,
            "service_point_id": ids[at],
            "organisation_id": organisations[at],
        },
        index=place.residents.index,
    )


def _proof_organisations(place: Place, points: pd.DataFrame) -> pd.DataFrame:
    serving = points[points["covered"]]
    served = serving.groupby("organisation_id")["beneficiaries"].sum()
    register = pd.DataFrame(place.register)
    frame = register.loc[served.index, ["name", "level", "state", "categories"]].copy()
    frame["beneficiaries"] = served
    return frame.sort_values("beneficiaries", ascending=False, kind="stable")
