"""Service across the border, and the warning where nobody knows what lies beyond it.

An organisation just outside the district serves the residents within its walk.
Where such organisations are in the place they count and are labelled. Where
none are, communities near the border may be served from outside unseen: their
gaps carry a warning with the residents it concerns.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from coverage.reach import CoverageResult
from coverage.subjects import nearest_of, subject_categories
from coverage.walking import Walks
from geo.place import Place

BORDER_COLUMNS = ("community_code", "category", "near_border", "served_from_outside", "warning")


def border_effects(
    place: Place, walks: Walks, result: CoverageResult, *, subject: str
) -> pd.DataFrame:
    """Return what the district border does to the coverage of one subject.

    Parameters
    ----------
    place, walks, result
        The place, its walks, and the measured question.
    subject
        A category or group code.

    Returns
    -------
    DataFrame with `BORDER_COLUMNS`, a row for each community it concerns:
    ``near_border`` uncovered beneficiaries who live within the walk of the
    border (as the crow flies, so nobody is missed); ``served_from_outside``
    covered ones whose nearest organisation stands outside; ``warning`` whether
    the place knows no organisation of the kind outside at all.
    """
    covered = result.covered[:, result.subjects.index(subject)]
    column = result.district.loc[result.district["category"] == subject, "column"].iloc[0]
    people = place.residents[column].to_numpy(np.int64)
    reach = max(result.standard.reach_mm(one) for one in subject_categories(place, subject)) / 1000
    district = place.communities.geometry.union_all() if place.outline is None else place.outline
    border = district.boundary
    shapely.prepare(border)
    close = shapely.dwithin(border, place.residents.geometry.to_numpy(), reach)
    nearest = nearest_of(place, walks, subject)
    outside = np.append(place.service_points["outside_district"].to_numpy(bool), False)
    from_outside = covered & outside[nearest.service_point]
    frame = pd.DataFrame(
        {
            "community_code": place.residents["community_code"].to_numpy(object),
            "near_border": people * (~covered & close),
            "served_from_outside": people * from_outside,
        }
    )
    summed = frame.groupby("community_code", sort=False).sum().reset_index()
    summed["category"] = subject
    summed["warning"] = not bool((outside[nearest.service_point]).any())
    concerned = (summed["near_border"] > 0) | (summed["served_from_outside"] > 0)
    return summed.loc[concerned, list(BORDER_COLUMNS)].reset_index(drop=True)


def marked(place: Place, walks: Walks, result: CoverageResult, gaps: pd.DataFrame) -> pd.DataFrame:
    """Return a gap list with ``near_border``: the residents its border warning concerns.

    Zero where organisations outside the district are known, or nobody lives
    within the walk of the border.
    """
    keys = ["community_code", "category"]
    subjects = gaps["category"].unique()
    effects = [border_effects(place, walks, result, subject=str(one)) for one in subjects]
    if not effects:
        return gaps.assign(near_border=pd.Series(dtype="int64"))
    concerned = pd.concat(effects, ignore_index=True)
    concerned = concerned[concerned["warning"]]
    found = gaps.merge(concerned[[*keys, "near_border"]], on=keys, how="left")
    return found.assign(near_border=found["near_border"].fillna(0).astype("int64"))
