"""What if: edits over a place, compared with each other and with today.

Edits stand in `coverage.scenario_edits`, what they make of a place in
`coverage.scenario_apply`, files in `coverage.scenario_files`, the walks after
edits in `coverage.scenario_walks`; their public names are here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coverage.reach import CoverageResult, measure_coverage
from coverage.scenario_apply import apply
from coverage.scenario_edits import (
    AddOrganisation,
    AddResidents,
    AddStreet,
    ChangeCapacity,
    ChangeCategories,
    CloseOrganisation,
    CloseStreet,
    Edit,
    MoveOrganisation,
    ReopenOrganisation,
    Scenario,
)
from coverage.scenario_files import (
    load_scenario,
    save_scenario,
    saved_scenarios,
    scenario_file,
    scenario_folder,
    scenario_text,
)
from coverage.scenario_walks import walk_after
from coverage.standard import Standard
from coverage.walking import Walks, walk_categories
from geo.place import Place

__all__ = [
    "COMPARED_COLUMNS",
    "AddOrganisation",
    "AddResidents",
    "AddStreet",
    "ChangeCapacity",
    "ChangeCategories",
    "CloseOrganisation",
    "CloseStreet",
    "Comparison",
    "Edit",
    "MoveOrganisation",
    "Outcome",
    "ReopenOrganisation",
    "Scenario",
    "apply",
    "compare",
    "load_scenario",
    "measure_scenario",
    "save_scenario",
    "saved_scenarios",
    "scenario_file",
    "scenario_folder",
    "scenario_text",
    "walk_after",
]

CLOSES, OPENS = "closes", "opens"
COMPARED_COLUMNS = (
    "scenario",
    "category",
    "kind",
    "community_code",
    "community",
    "beneficiaries_before",
    "beneficiaries",
    "covered_before",
    "gained",
    "lost",
    "new_covered",
    "covered",
    "share_before",
    "share",
    "gap",
)
_SUMMED = (
    "beneficiaries_before",
    "beneficiaries",
    "covered_before",
    "gained",
    "lost",
    "new_covered",
    "covered",
)


@dataclass(frozen=True, eq=False)
class Outcome:
    """A place under a scenario (or today), its walks and what they cover."""

    name: str
    place: Place
    walks: Walks
    result: CoverageResult


@dataclass(frozen=True, eq=False)
class Comparison:
    """What scenarios change.

    Attributes
    ----------
    communities
        `COMPARED_COLUMNS`, one row a scenario, category or group, and
        community: who gains (``gained``: residents of today newly covered),
        who loses (``lost``), and ``new_covered`` among residents a scenario
        adds, so that ``covered = covered_before + gained - lost + new_covered``.
        ``gap`` says whether a gap ``closes`` or ``opens`` there.
    district
        The same summed over communities, with ``gaps_closed`` and
        ``gaps_opened`` in place of the community's columns.
    """

    communities: pd.DataFrame
    district: pd.DataFrame


def measure_scenario(today: Outcome, scenario: Scenario, standard: Standard) -> Outcome:
    """Return what `scenario` makes of the place as it is `today`.

    Parameters
    ----------
    today
        The place, its walks and its result under `standard`.
    scenario
        The edits.
    standard
        The question.
    """
    after = apply(today.place, scenario)
    walks = walk_after(today.place, today.walks, after, standard)
    return Outcome(scenario.name, after, walks, measure_coverage(after, walks, standard))


def compare(
    place: Place,
    standard: Standard,
    scenarios: Sequence[Scenario],
    *,
    categories: Sequence[str] | None = None,
    walks: Walks | None = None,
) -> Comparison:
    """Compare scenarios with today, and so with each other.

    Parameters
    ----------
    place, standard
        The place as it is and the question.
    scenarios
        Each stands for itself; they do not build on each other.
    categories
        Category codes to answer for; None: all of the place.
    walks
        Walks of `place` under `standard`, where they are known already.

    Raises
    ------
    PlaceError, NetworkError, TableError
        An edit cannot be applied; see `apply`.
    """
    if walks is None:
        walks = walk_categories(place, standard, categories=categories)
    today = Outcome("", place, walks, measure_coverage(place, walks, standard))
    tables = [_compared(today, measure_scenario(today, one, standard)) for one in scenarios]
    empty = pd.DataFrame(columns=list(COMPARED_COLUMNS))
    communities = pd.concat(tables, ignore_index=True) if tables else empty
    return Comparison(communities=communities, district=_summed(communities))


def _compared(today: Outcome, after: Outcome) -> pd.DataFrame:
    """Return one row a subject and community of one scenario."""
    units = after.place.communities.index
    unit = units.get_indexer(after.place.residents["community_code"])
    known = len(today.place.residents)
    tables = []
    for k, subject in enumerate(after.result.subjects):
        rows = after.result.communities
        column = str(rows.loc[rows["category"] == subject, "column"].iloc[0])
        people = after.place.residents[column].to_numpy(np.int64)
        now = after.result.covered[:, k]
        before = np.zeros(len(now), dtype=np.bool_)
        before[:known] = today.result.covered[:, k]
        old = np.arange(len(now)) < known
        counts = {
            "beneficiaries_before": old,
            "beneficiaries": np.ones(len(now), dtype=np.bool_),
            "covered_before": before,
            "gained": old & now & ~before,
            "lost": old & before & ~now,
            "new_covered": ~old & now,
            "covered": now,
        }
        table = pd.DataFrame(
            {
                name: np.bincount(unit, people * flag, minlength=len(units)).astype(np.int64)
                for name, flag in counts.items()
            }
        )
        table["scenario"], table["category"] = after.name, subject
        table["kind"] = str(rows.loc[rows["category"] == subject, "kind"].iloc[0])
        table["community_code"] = units.to_numpy()
        table["community"] = after.place.communities["name"].to_numpy()
        tables.append(table)
    joined = pd.concat(tables, ignore_index=True)
    joined["share_before"] = _share(joined["covered_before"], joined["beneficiaries_before"])
    joined["share"] = _share(joined["covered"], joined["beneficiaries"])
    joined["gap"] = _gap_change(joined, after.result.standard)
    return joined[list(COMPARED_COLUMNS)]


def _share(covered: pd.Series, beneficiaries: pd.Series) -> pd.Series:
    return covered / beneficiaries.where(beneficiaries > 0)


def _gap_change(table: pd.DataFrame, standard: Standard) -> pd.Series:
    was = table["share_before"] < standard.gap_below
    is_now = table["share"] < standard.gap_below
    change = np.select([was & ~is_now, is_now & ~was], [CLOSES, OPENS], default="")
    return pd.Series(change, index=table.index, dtype="str")


def _summed(communities: pd.DataFrame) -> pd.DataFrame:
    """Return the comparison summed over the communities of the district."""
    keys = ["scenario", "category", "kind"]
    table = communities.assign(
        gaps_closed=(communities["gap"] == CLOSES).astype(np.int64),
        gaps_opened=(communities["gap"] == OPENS).astype(np.int64),
    )
    columns = [*_SUMMED, "gaps_closed", "gaps_opened"]
    summed = table.groupby(keys, sort=False, as_index=False)[columns].sum()
    summed["share_before"] = _share(summed["covered_before"], summed["beneficiaries_before"])
    summed["share"] = _share(summed["covered"], summed["beneficiaries"])
    return summed
