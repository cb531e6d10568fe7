"""How much choice there is: the organisations of a kind within each resident's walk."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse

from coverage.standard import Standard, counting
from coverage.subjects import subject_categories
from coverage.walking import WALKER, walk_matrix
from geo.place import Place
from geo.tables import split_codes
from geo.taxonomy import Category


def organisations_within_reach(place: Place, standard: Standard, *, subject: str) -> pd.Series:
    """Return how many counting organisations of a kind each resident point can walk to.

    Parameters
    ----------
    place
        The place.
    standard
        The question: minutes, speed, who counts.
    subject
        A category or group code; an organisation of several categories of a
        group counts once.

    Returns
    -------
    Series of int64 named ``organisations``, indexed like ``place.residents``.

    Notes
    -----
    Service points of one organisation count once. Time grows with the pairs
    within reach, not with residents x organisations.
    """
    pairs = [_pairs(place, standard, one) for one in subject_categories(place, subject)]
    resident, organisation = (np.concatenate(one) for one in zip(*pairs, strict=True))
    once = pd.DataFrame({"resident": resident, "organisation": organisation}).drop_duplicates()
    counts = np.bincount(once["resident"].to_numpy(np.intp), minlength=len(place.residents))
    return pd.Series(counts.astype(np.int64), index=place.residents.index, name="organisations")


def _pairs(
    place: Place, standard: Standard, category: Category
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return (resident row, organisation number) for every walk within reach."""
    counts = counting(place.register, place.service_points, standard)
    serves = place.service_points["categories"].map(
        lambda joined: category.code in split_codes(joined)
    )
    points = place.service_points[counts & serves]
    if points.empty:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    reach = standard.reach_mm(category) / 1000
    if place.streets is None:
        resident, service = _straight_pairs(place, points.geometry.to_numpy(), reach)
    else:
        walks = walk_matrix(
            place.streets,
            place.residents,
            points,
            within_metres=reach,
            legs=standard.legs,
            walker=WALKER[standard.walker_for(category)],
        )
        resident, service = (np.asarray(one, np.intp) for one in sparse.coo_array(walks).coords)
    organisation = place.register.index.get_indexer(points["organisation_id"])
    return resident, organisation[service]


def _straight_pairs(
    place: Place, services: npt.NDArray[np.object_], reach: float
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    homes = place.residents.geometry.to_numpy()
    tree = shapely.STRtree(services)
    found = tree.query(homes, predicate="dwithin", distance=reach / place.detour)
    return np.asarray(found[0], np.intp), np.asarray(found[1], np.intp)
