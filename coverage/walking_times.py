"""How long the walks take, and how many organisations lie within one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.reach import CoverageResult
from coverage.subjects import nearest_of
from coverage.walking import Walks
from geo.place import Place

TIME_COLUMNS = ("community_code", "category", "mean_minutes", "p90_minutes", "beyond_bound")


def walking_times(
    place: Place, walks: Walks, result: CoverageResult, *, subject: str
) -> pd.DataFrame:
    """Return mean and 90th-percentile walking minutes to the nearest organisation.

    Parameters
    ----------
    place, walks, result
        The place, its walks, and the measured question.
    subject
        A category or group code.

    Returns
    -------
    DataFrame with `TIME_COLUMNS`, a row for every community with beneficiaries
    and a last one with ``community_code`` empty for the district. The mean is
    over beneficiaries whose walk ends within the search bound; ``beyond_bound``
    counts the others. The 90th percentile is over all of them: NaN when it lies
    beyond the bound, never a number that flatters.
    """
    column = result.district.loc[result.district["category"] == subject, "column"].iloc[0]
    people = place.residents[column].to_numpy(np.int64)
    minutes = nearest_of(place, walks, subject).minutes(result.standard)
    members = place.residents.groupby("community_code", sort=True).indices
    groups = [*members.items(), ("", np.arange(len(people)))]
    rows = [
        (code, subject, *_times(minutes[inside], people[inside]))
        for code, inside in groups
        if people[inside].sum() > 0
    ]
    return pd.DataFrame(rows, columns=list(TIME_COLUMNS))


def _times(
    minutes: npt.NDArray[np.float64], people: npt.NDArray[np.int64]
) -> tuple[float, float, int]:
    known = np.isfinite(minutes)
    within = int(people[known].sum())
    mean = float(np.average(minutes[known], weights=people[known])) if within else np.nan
    filled = np.where(known, minutes, np.inf)
    order = np.argsort(filled, kind="stable")
    running = np.cumsum(people[order])
    ninetieth = filled[order][np.searchsorted(running, 0.9 * running[-1])]
    return mean, float(ninetieth) if np.isfinite(ninetieth) else np.nan, int(people.sum()) - within
