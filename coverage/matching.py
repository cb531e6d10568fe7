"""Supply meets demand (D2): for each gap the nearest active organisations, with minutes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.gaps import weighted_median
from coverage.reach import CoverageResult
from coverage.standard import counting
from coverage.subjects import nearest_of, subject_categories
from coverage.walking import WALKER, Walks, walk_matrix
from geo.errors import QuestionError
from geo.place import Place
from geo.tables import split_codes

HOW_MANY = (1, 20)
MATCH_COLUMNS = (
    "community_code",
    "community",
    "category",
    "uncovered",
    "choice",
    "organisation_id",
    "organisation",
    "offers",
    "metres",
    "minutes",
    "capacity",
)


def supply_matches(
    place: Place,
    walks: Walks,
    result: CoverageResult,
    gaps: pd.DataFrame,
    *,
    how_many: int = 3,
    within_metres: float | None = None,
) -> pd.DataFrame:
    """Return the nearest active organisations for each gap.

    Walks start where the gap list measures its nearest organisation: at the
    uncovered beneficiary at the weighted median distance.

    Parameters
    ----------
    place, walks, result
        The place, its walks, and the measured question.
    gaps
        Rows of `coverage.gaps.gap_list`, in the order wanted.
    how_many
        Organisations for each gap, 1 to 20.
    within_metres
        The longest walk looked at; None: the bound of `walks`.

    Returns
    -------
    DataFrame with `MATCH_COLUMNS`, one row a gap and organisation, nearest
    first (``choice`` 1, 2 …); a gap without any within walking range has no row.
    ``offers`` are the categories of the service point, ``capacity`` the spare
    places it states, NaN where it states none.

    Raises
    ------
    QuestionError
        `how_many` leaves its bounds.
    """
    lowest, highest = HOW_MANY
    if not lowest <= how_many <= highest:
        raise QuestionError(
            "error.out_of_bounds", name="how_many", given=how_many, lowest=lowest, highest=highest
        )
    bound = walks.within_metres if within_metres is None else within_metres
    within = gaps.reset_index(drop=True).reset_index(names="order")
    within = within[within["nearest_organisation_id"] != ""]
    tables = [
        _pairs(place, walks, result, rows, subject=str(subject), within_metres=bound)
        for subject, rows in within.groupby("category", sort=False)
    ]
    if not tables:
        return pd.DataFrame(columns=list(MATCH_COLUMNS))
    found = pd.concat(tables, ignore_index=True)
    found = found.sort_values(["order", "metres", "organisation_id"], kind="stable")
    found = found.drop_duplicates(["order", "organisation_id"])
    found["choice"] = found.groupby("order", sort=False).cumcount() + 1
    return found.loc[found["choice"] <= how_many, list(MATCH_COLUMNS)].reset_index(drop=True)


def _pairs(
    place: Place,
    walks: Walks,
    result: CoverageResult,
    rows: pd.DataFrame,
    *,
    subject: str,
    within_metres: float,
) -> pd.DataFrame:
    """Return every organisation of `subject` within reach of the gaps in `rows`."""
    categories = subject_categories(place, subject)
    standard = result.standard
    counts = counting(place.register, place.service_points, standard).to_numpy()
    wanted = {category.code for category in categories}
    offers = place.service_points["categories"].map(split_codes)
    points = place.service_points[counts & offers.map(lambda codes: bool(wanted & {*codes}))]
    starts = place.residents.iloc[_medians(place, walks, result, rows, subject)]
    gap, point, metres = _reached(
        place, starts, points, standard.walker_for(categories[0]), standard.legs, within_metres
    )
    minutes = [standard.walk_minutes(categories[0], 1000 * one) for one in metres]
    ids = points["organisation_id"].to_numpy(object)[point]
    return pd.DataFrame(
        {
            **{name: rows[name].to_numpy(object)[gap] for name in MATCH_COLUMNS[:4]},
            "order": rows["order"].to_numpy()[gap],
            "organisation_id": ids,
            "organisation": place.register["name"].reindex(ids).to_numpy(object),
            "offers": points["categories"].to_numpy(object)[point],
            "metres": metres,
            "minutes": minutes,
            "capacity": points["capacity"].to_numpy(np.float64)[point],
        }
    )


def _medians(
    place: Place, walks: Walks, result: CoverageResult, rows: pd.DataFrame, subject: str
) -> list[int]:
    """Return the resident point each gap is measured from, as the gap list does."""
    nearest = nearest_of(place, walks, subject).millimetres
    uncovered = ~result.covered[:, result.subjects.index(subject)]
    column = result.district.loc[result.district["category"] == subject, "column"].iloc[0]
    counts = place.residents[column].to_numpy(np.int64) * uncovered
    members = place.residents.groupby("community_code", sort=False).indices
    return [
        int(inside[weighted_median(nearest[inside], counts[inside])])
        for inside in (members[code] for code in rows["community_code"])
    ]


_Reached = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.float64]]


def _reached(
    place: Place,
    starts: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    walker: str,
    legs: bool,
    within_metres: float,
) -> _Reached:
    """Return rows of `starts`, rows of `points` and the walk between them, within the bound."""
    if place.streets is None:
        east = np.subtract.outer(starts.geometry.x.to_numpy(), points.geometry.x.to_numpy())
        north = np.subtract.outer(starts.geometry.y.to_numpy(), points.geometry.y.to_numpy())
        metres = np.hypot(east, north) * place.detour
        gap, point = np.nonzero(metres <= within_metres)
        return gap, point, metres[gap, point]
    # Two gaps may be measured from one point; the matrix wants each id once.
    once = starts[~starts.index.duplicated()]
    matrix = walk_matrix(
        place.streets, once, points, within_metres=within_metres, legs=legs, walker=WALKER[walker]
    ).tocsr()[once.index.get_indexer(starts.index)]
    entries = matrix.tocoo()
    return entries.coords[0].astype(np.intp), entries.coords[1].astype(np.intp), entries.data
