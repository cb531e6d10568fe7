"""The matrix of a siting question at a place: who could walk to which candidate.

The first column is *today*: every resident point at the distance of its
present service. The others are candidates. So shares and totals are those of
the whole district, and what is covered stays covered.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.spatial import cKDTree

from coverage.candidates import street_candidates
from coverage.standard import Standard
from coverage.walking import UNREACHED, WALKER, Walks, walk_categories, walk_matrix
from geo.errors import SitingError
from geo.place import Place

TODAY = 0  # the column of what is open already


@dataclass(frozen=True, eq=False)
class Reachable:
    """The matrix of a question and what its rows and columns are.

    Parameters
    ----------
    metres
        Resident points x (today, candidates), csr.
    people
        Beneficiaries at each resident point.
    column
        The residents column they were counted in.
    within_metres
        How far beneficiaries may walk.
    candidates
        `coverage.candidates.CANDIDATE_COLUMNS`, rows = columns of `metres` after the first.
    """

    metres: sparse.csr_array
    people: npt.NDArray[np.int64]
    column: str
    within_metres: float
    candidates: gpd.GeoDataFrame

    @property
    def capacities(self) -> npt.NDArray[np.float64]:
        """How many each column can serve; what is open today has no limit here."""
        return np.concatenate([[np.inf], self.candidates["capacity"].to_numpy(np.float64)])

    @property
    def limited(self) -> bool:
        """Whether every candidate has a capacity, so that capacities can be kept."""
        return not np.isnan(self.capacities).any()


def reachable(
    place: Place,
    standard: Standard,
    category: str,
    *,
    candidates: gpd.GeoDataFrame | None = None,
    walks: Walks | None = None,
    farther: bool = False,
    group: str = "",
) -> Reachable:
    """Return who could walk to which candidate.

    Parameters
    ----------
    place, standard
        The place and the question.
    category
        Category code.
    candidates
        `coverage.candidates`; None: points along underserved streets.
    walks
        Walks of the place under `standard`, where they are known already.
    farther
        Whether walks beyond the category's distance count too, up to the
        bound of the walks (for the median and the centre).
    group
        Code of a headline group: whom any of its categories covers today is
        covered already. Empty: only `category` counts.

    Raises
    ------
    SitingError
        The place does not count the beneficiaries of this category.
    """
    kind = place.taxonomy[category]
    column = standard.column_for(kind, place.count_columns)
    if column is None:
        raise SitingError("error.sites_no_beneficiaries", category={"zh": kind.zh, "en": kind.en})
    codes = place.taxonomy.group(group).categories if group else (category,)
    if walks is None or not {category, *codes} <= set(walks.categories):
        walks = walk_categories(place, standard, categories=list(dict.fromkeys((category, *codes))))
    reach_mm = standard.reach_mm(kind)
    millimetres = _today(place, standard, walks, codes, reach_mm)
    people = place.residents[column].to_numpy(np.int64)
    if candidates is None:
        lacking = (people > 0) & (millimetres > reach_mm) & ~walks.off_network
        candidates = street_candidates(place, lacking, within_metres=reach_mm / 1000)
    bound = walks.within_metres if farther else reach_mm / 1000
    walked = _walks_to(place, standard, candidates, category, bound)
    known = np.flatnonzero(millimetres < UNREACHED if farther else millimetres <= reach_mm)
    today = sparse.csr_array(
        (millimetres[known] / 1000, (known, np.zeros(len(known), dtype=np.int64))),
        shape=(len(people), 1),
    )
    metres = sparse.csr_array(sparse.hstack([today, walked], format="csr"))
    return Reachable(metres, people, column, reach_mm / 1000, candidates)


def _today(
    place: Place, standard: Standard, walks: Walks, codes: tuple[str, ...], reach_mm: int
) -> npt.NDArray[np.int64]:
    """Return today's walk of every resident point to what counts as the service already.

    Of several categories each keeps its own distance: whom one covers stands
    within `reach_mm` here, whom none covers stands beyond it.
    """
    columns = [walks.categories.index(code) for code in codes]
    millimetres: npt.NDArray[np.int64] = walks.millimetres[:, columns].astype(np.int64)
    nearest: npt.NDArray[np.int64] = millimetres.min(axis=1)
    if len(codes) == 1:
        return nearest
    reaches = [standard.reach_mm(place.taxonomy[code]) for code in codes]
    covered = (millimetres <= np.array(reaches)).any(axis=1)
    within: npt.NDArray[np.int64] = np.minimum(nearest, reach_mm)
    return np.where(covered, within, np.maximum(nearest, reach_mm + 1))


def _walks_to(
    place: Place, standard: Standard, candidates: gpd.GeoDataFrame, category: str, bound: float
) -> sparse.csr_array:
    """Return the walks of resident points (rows) to candidates (columns) within `bound`."""
    if place.streets is not None:
        walker = WALKER[standard.walker_for(place.taxonomy[category])]
        return walk_matrix(
            place.streets,
            place.residents,
            candidates,
            within_metres=bound,
            legs=standard.legs,
            walker=walker,
        )
    homes = cKDTree(place.residents.geometry.get_coordinates().to_numpy())
    spots = cKDTree(candidates.geometry.get_coordinates().to_numpy())
    straight = homes.sparse_distance_matrix(
        spots, bound / place.detour * (1 + 1e-9), output_type="coo_matrix"
    )
    # The same rounding as every other straight walk, so that an edge case falls the same way.
    walked = np.rint(straight.data * place.detour * 1000) / 1000
    near = walked <= bound
    return sparse.csr_array(
        (walked[near], (straight.row[near], straight.col[near])), shape=straight.shape
    )
