"""How long the walks take, and how many organisations lie within one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse
from scipy.spatial import cKDTree

from coverage.reach import DISTRICT, CoverageResult
from coverage.standard import counting
from coverage.subjects import nearest_of, subject_categories
from coverage.walking import WALKER, Walks, walk_matrix
from geo.place import Place
from geo.tables import split_codes

UNIT_COLUMNS = ("level", "unit_code", "category")
TIME_COLUMNS = (*UNIT_COLUMNS, "mean_minutes", "p90_minutes", "beyond_bound")
WITHIN_COLUMNS = (*UNIT_COLUMNS, "mean_organisations", "organisations")

Rows = npt.NDArray[np.intp]


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
    DataFrame with `TIME_COLUMNS`, a row for the district and every subdistrict
    and community with beneficiaries (``level``, ``unit_code``). The mean is
    over beneficiaries whose walk ends within the search bound; ``beyond_bound``
    counts the others. The 90th percentile is over all of them: NaN when it lies
    beyond the bound, never a number that flatters.
    """
    people = _beneficiaries(place, result, subject)
    minutes = nearest_of(place, walks, subject).minutes(result.standard)
    rows = [
        (level, code, subject, *_times(minutes[inside], people[inside]))
        for level, code, inside in _units(place)
        if people[inside].sum() > 0
    ]
    return pd.DataFrame(rows, columns=list(TIME_COLUMNS))


def organisations_within(place: Place, result: CoverageResult, *, subject: str) -> pd.DataFrame:
    """Return how many organisations of a subject lie within the beneficiaries' walk.

    Parameters
    ----------
    place, result
        The place and its measured question.
    subject
        A category or group code; of a group each category at its own distance,
        and an organisation of several counted once.

    Returns
    -------
    DataFrame with `WITHIN_COLUMNS`, a row for the district and every
    subdistrict and community with beneficiaries: ``mean_organisations`` that a
    beneficiary reaches (those who reach none included), and how many different
    ``organisations`` at least one of them reaches.
    """
    people = _beneficiaries(place, result, subject)
    reached = _reached(place, result, subject)
    each = np.asarray(reached.sum(axis=1), dtype=np.float64).ravel()
    rows = []
    for level, code, inside in _units(place):
        total = people[inside].sum()
        if total > 0:
            somebody = reached[inside[people[inside] > 0]]
            mean = float(each[inside] @ people[inside] / total)
            rows.append((level, code, subject, mean, len(np.unique(somebody.indices))))
    return pd.DataFrame(rows, columns=list(WITHIN_COLUMNS))


def _beneficiaries(place: Place, result: CoverageResult, subject: str) -> npt.NDArray[np.int64]:
    column = result.district.loc[result.district["category"] == subject, "column"].iloc[0]
    people: npt.NDArray[np.int64] = place.residents[column].to_numpy(np.int64)
    return people


def _units(place: Place) -> Iterator[tuple[str, str, Rows]]:
    """Yield the district, its subdistricts and communities with their resident points."""
    communities = place.residents["community_code"]
    subdistricts = place.communities["subdistrict_code"].reindex(communities).to_numpy(object)
    yield DISTRICT, place.place_id, np.arange(len(communities))
    for level, codes in (("subdistrict", subdistricts), ("community", communities)):
        members = pd.Series(codes).groupby(np.asarray(codes, dtype=object), sort=True).indices
        for code, inside in members.items():
            yield level, str(code), np.asarray(inside, dtype=np.intp)


def _reached(place: Place, result: CoverageResult, subject: str) -> sparse.csr_array:
    """Return resident points x organisations: 1 where a walk is short enough."""
    standard = result.standard
    counts = counting(place.register, place.service_points, standard).to_numpy()
    offers = place.service_points["categories"].map(split_codes)
    organisation, ids = pd.factorize(place.service_points["organisation_id"])
    shape = (len(place.residents), len(ids))
    found = sparse.csr_array(shape, dtype=np.int64)
    for category in subject_categories(place, subject):
        here = np.flatnonzero(counts & offers.map(lambda codes, one=category: one.code in codes))
        if not len(here):
            continue
        limit = standard.reach_mm(category)
        point, service = _pairs(place, here, limit, standard.walker_for(category), standard.legs)
        ones = np.ones(len(point), dtype=np.int64)
        found = found + sparse.csr_array((ones, (point, organisation[here[service]])), shape=shape)
    found.data[:] = 1  # an organisation with two points within reach is one
    return found


def _pairs(
    place: Place, here: Rows, limit_mm: int, walker: str, legs: bool
) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]]:
    points = place.service_points.iloc[here]
    if place.streets is None:
        homes, services = (
            cKDTree(shapely.get_coordinates(one.geometry.to_numpy()))
            for one in (place.residents, points)
        )
        straight = (limit_mm + 1) / 1000 / place.detour
        found = homes.sparse_distance_matrix(services, straight, output_type="ndarray")
        found = found[np.rint(found["v"] * place.detour * 1000) <= limit_mm]
        return found["i"], found["j"]
    matrix = walk_matrix(
        place.streets,
        place.residents,
        points,
        within_metres=limit_mm / 1000,
        legs=legs,
        walker=WALKER[walker],
    )
    rows, columns = matrix.tocoo().coords
    return rows, columns


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
