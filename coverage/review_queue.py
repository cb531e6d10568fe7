"""What a person should look at in a register, ordered by how many residents hang on it.

A queue, never a verdict: nothing in it changes a figure.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.standard import Standard
from coverage.walking import Walks
from geo.ledger import standing_corrections
from geo.place import Place
from geo.register_flags import check_flags
from geo.tables import LOCATED_BY_ESTIMATE, split_codes
from geo.taxonomy import UNCLASSIFIED

QUEUE_COLUMNS = ("name", "reasons", "flags", "suggested", "confidence", "dependants", "at_stake")
# Why an organisation waits, in the order they are told.
CATEGORY_OPEN, CATEGORY_UNSURE, CATEGORY_DIFFERS = "open", "unsure", "differs"
FLAGGED, NOT_PLACED, ESTIMATED, OUTSIDE = "flagged", "not_placed", "estimated", "outside"
REASONS = (
    CATEGORY_OPEN,
    CATEGORY_UNSURE,
    CATEGORY_DIFFERS,
    FLAGGED,
    NOT_PLACED,
    OUTSIDE,
    ESTIMATED,
)

Whole = npt.NDArray[np.int64]


def review_queue(
    place: Place,
    walks: Walks,
    standard: Standard,
    *,
    suggestions: pd.DataFrame,
    corrections: pd.DataFrame,
) -> pd.DataFrame:
    """Return the organisations a person should look at, most residents first.

    Parameters
    ----------
    place, walks, standard
        The place, its walks and the question.
    suggestions
        What `geo.classify.suggest` says of the place's register.
    corrections
        Those of the office. What it has decided, or marked as looked at, does not wait.

    Returns
    -------
    DataFrame indexed by ``organisation_id`` with `QUEUE_COLUMNS`. ``reasons``: members
    of `REASONS` joined by ``;``. ``dependants``: beneficiaries for whom it is the nearest
    of a category within its reach, in the category that has most of them (people are
    never added across categories). ``at_stake``: beneficiaries of the suggested category
    in its community who are not covered by that category today, where it does not yet
    serve it. The order is that of the larger of the two, then of the ids.
    """
    register = place.register
    flags, _ = check_flags(register["name"], _text(register, "scope"))
    waits = _category_reasons(register, suggestions, corrections)
    waits[FLAGGED] = (flags != "").to_numpy()
    waits |= _location_reasons(place)
    seen = _corrected_ids(corrections, "reviewed")
    open_rows = ~register.index.isin(seen)
    joined = _joined({name: waits[name] & open_rows for name in REASONS}, len(register))
    table = pd.DataFrame(
        {
            "name": register["name"],
            "reasons": joined,
            "flags": flags.to_numpy(),
            "suggested": suggestions["category"].reindex(register.index),
            "confidence": suggestions["confidence"].reindex(register.index),
            "dependants": dependants(place, walks, standard),
            "at_stake": _at_stake(place, walks, standard, suggestions["category"]),
        },
        index=register.index,
    )
    waiting = table[table["reasons"] != ""]
    weight = -waiting[["dependants", "at_stake"]].max(axis=1).to_numpy()
    order = np.lexsort((np.argsort(np.argsort(waiting.index.astype(str))), weight))
    return waiting.iloc[order]


def dependants(place: Place, walks: Walks, standard: Standard) -> Whole:
    """Return, per organisation, how many beneficiaries have it as their nearest within reach.

    Per category, and of these the largest number: people are never added across categories.
    """
    most = np.zeros(len(place.register), dtype=np.int64)
    owner = place.register.index.get_indexer(place.service_points["organisation_id"])
    for column, code in enumerate(walks.categories):
        served, people = _served(place, walks, standard, column, code)
        if people is None:
            continue
        nearest = owner[walks.service_point[served, column]]
        sums = np.bincount(nearest, weights=people[served], minlength=len(most))
        most = np.maximum(most, np.rint(sums).astype(np.int64))
    return most


def _served(
    place: Place, walks: Walks, standard: Standard, column: int, code: str
) -> tuple[npt.NDArray[np.bool_], Whole | None]:
    """Return which resident points a category covers, and the beneficiaries at each."""
    category = place.taxonomy[code]
    counted = standard.column_for(category, place.count_columns)
    covered = walks.millimetres[:, column] <= standard.reach_mm(category)
    covered &= walks.service_point[:, column] >= 0
    if counted is None:
        return covered, None
    return covered, place.residents[counted].to_numpy(dtype=np.int64)


def _at_stake(place: Place, walks: Walks, standard: Standard, suggested: pd.Series) -> Whole:
    register = place.register
    points = place.service_points
    first = points.drop_duplicates("organisation_id").set_index("organisation_id")
    where = place.communities.index.get_indexer(
        first["community_code"].reindex(register.index).fillna("")
    )
    home = place.communities.index.get_indexer(place.residents["community_code"])
    codes = suggested.reindex(register.index).to_numpy(dtype=object)
    serves = [
        code in split_codes(one) for code, one in zip(codes, register["categories"], strict=True)
    ]
    found = np.zeros(len(register), dtype=np.int64)
    for column, code in enumerate(walks.categories):
        asked = (codes == code) & ~np.array(serves, dtype=np.bool_) & (where >= 0)
        if not asked.any():
            continue
        covered, people = _served(place, walks, standard, column, code)
        if people is None:
            continue
        left = ~covered & (home >= 0)
        sums = np.bincount(home[left], weights=people[left], minlength=len(place.communities))
        found[asked] = np.rint(sums[where[asked]]).astype(np.int64)
    return found


def _category_reasons(
    register: pd.DataFrame, suggestions: pd.DataFrame, corrections: pd.DataFrame
) -> dict[str, npt.NDArray[np.bool_]]:
    said = suggestions.reindex(register.index)
    decided = register.index.isin(_corrected_ids(corrections, "categories"))
    # A name pattern of the office is a decision too: the suggestion is then certain.
    decided |= (said["confidence"] == 1.0).to_numpy()
    basis = _text(register, "category_basis")
    nothing = register["category"].isin(["", UNCLASSIFIED]).to_numpy()
    guessed = basis.isin(["suggested", "list"]).to_numpy()
    unsure = said["needs_review"].to_numpy(dtype=bool)
    apart = np.array(
        [
            set(split_codes(one)).isdisjoint(split_codes(two))
            for one, two in zip(register["categories"], said["categories"], strict=True)
        ],
        dtype=np.bool_,
    )
    return {
        CATEGORY_OPEN: nothing & ~decided,
        CATEGORY_UNSURE: guessed & unsure & ~nothing & ~decided,
        CATEGORY_DIFFERS: apart & ~unsure & ~nothing & ~decided,
    }


def _location_reasons(place: Place) -> dict[str, npt.NDArray[np.bool_]]:
    points = place.service_points
    kinds = {
        NOT_PLACED: points.geometry.isna().to_numpy(),
        ESTIMATED: points["located_by"].isin(LOCATED_BY_ESTIMATE).to_numpy(),
        OUTSIDE: points["outside_district"].to_numpy(dtype=bool),
    }
    owners = points["organisation_id"]
    return {
        name: place.register.index.isin(owners[meant].unique()) for name, meant in kinds.items()
    }


def _joined(waits: dict[str, npt.NDArray[np.bool_]], count: int) -> list[str]:
    told: list[list[str]] = [[] for _ in range(count)]
    for name, rows in waits.items():
        for row in np.flatnonzero(rows).tolist():
            told[row].append(name)
    return [";".join(one) for one in told]


def _corrected_ids(corrections: pd.DataFrame, column: str) -> Iterable[str]:
    standing = standing_corrections(corrections)
    about = standing[(standing["column"] == column) & (standing["organisation_id"] != "")]
    return list(about["organisation_id"])


def _text(register: pd.DataFrame, column: str) -> pd.Series:
    if column in register.columns:
        return register[column].fillna("").astype(str)
    return pd.Series("", index=register.index, dtype="str")
