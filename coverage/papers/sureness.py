"""How sure the figures are, ready to be shown: verdicts, ways of counting, estimated places."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coverage.gaps import LEVELS
from coverage.papers.cells import csv_cell
from coverage.papers.settings_sheet import settings_lines
from coverage.reach import CoverageResult
from coverage.robustness import BORDERLINE, MOSTLY, STABLE
from coverage.standard import Standard
from coverage.subjects import nearest_of, subject_named
from coverage.walking import Walks
from geo.phrases import Language, phrase
from geo.place import Place
from geo.tables import LOCATED_BY_ESTIMATE

SURENESS_COLUMNS = (
    "community",
    "subdistrict",
    "category",
    "share",
    "uncovered",
    "level",
    "verdict",
)


@dataclass(frozen=True)
class SurenessCounts:
    """How many gaps of a subject are stable, hold in most cases, or are borderline.

    `near` are communities that are no gap but turn into one under a near
    variant of the assumptions.
    """

    stable: int
    mostly: int
    borderline: int
    near: int


def sureness_counts(robustness: pd.DataFrame, subjects: tuple[str, ...]) -> SurenessCounts:
    """Count the verdicts of `coverage.robustness.robustness` for some subjects."""
    rows = robustness[robustness["category"].isin(subjects)]
    verdicts = rows.loc[rows["gap"], "robustness"]
    return SurenessCounts(
        stable=int((verdicts == STABLE).sum()),
        mostly=int((verdicts == MOSTLY).sum()),
        borderline=int((verdicts == BORDERLINE).sum()),
        near=int((rows.loc[~rows["gap"], "robustness"] == BORDERLINE).sum()),
    )


@dataclass(frozen=True)
class WalkerCounts:
    """How many communities are a gap only for slow walkers, and only on wheels."""

    slow: int
    wheelchair: int


def walker_counts(by_walker: pd.DataFrame, subject: str) -> WalkerCounts:
    """Count `coverage.robustness.gaps_by_walker` of one subject."""
    only = by_walker.loc[by_walker["category"] == subject, "only"]
    return WalkerCounts(int((only == "slow").sum()), int((only == "wheelchair").sum()))


def sureness_table(
    place: Place, gaps: pd.DataFrame, robustness: pd.DataFrame, language: Language
) -> pd.DataFrame:
    """Return the gap list with how sure each gap is, in the reader's words.

    Parameters
    ----------
    place, gaps
        The place and its gap list.
    robustness
        `coverage.robustness.robustness` of the same question.

    Returns
    -------
    DataFrame with `SURENESS_COLUMNS`, borderline gaps first and else in the
    order of `gaps`; ``share`` in percent.
    """
    keys = ["community_code", "category"]
    joined = gaps[[*keys]].merge(robustness[[*keys, "robustness", "flips_at"]], on=keys, how="left")
    names = {code: subject_named(place, code).name(language) for code in gaps["category"].unique()}
    verdicts = [
        verdict_words(kind, flips, language)
        for kind, flips in zip(joined["robustness"], joined["flips_at"], strict=True)
    ]
    levels = {level: phrase(f"level.{level}", language) for level in LEVELS}
    order = {kind: k for k, kind in enumerate((BORDERLINE, MOSTLY, STABLE))}
    by_doubt = joined["robustness"].map(order).sort_values(kind="stable").index
    table = pd.DataFrame(
        {
            "community": gaps["community"],
            "subdistrict": gaps["subdistrict"],
            "category": gaps["category"].map(names),
            "share": gaps["share"] * 100,
            "uncovered": gaps["uncovered"],
            "level": gaps["level"].map(levels),
            "verdict": verdicts,
        },
        columns=list(SURENESS_COLUMNS),
        index=gaps.index,
    )
    return table.iloc[by_doubt]


def reconciliation_csv(
    place: Place, reconciled: Sequence[pd.DataFrame], standard: Standard, language: Language
) -> bytes:
    """Return `coverage.reconciliation.reconcile` of some subjects as CSV, the settings below.

    These are totals of the district, which are never left blank.
    """
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    heads = (
        *("screen.table.category", "sure.way", "screen.table.share"),
        *("sure.numerator", "sure.denominator", "sure.unit"),
    )
    writer.writerow(phrase(head, language) for head in heads)
    for table in reconciled:
        shown = reconciliation_table(table, language).round({"share": 2})
        for subject, row in zip(table["subject"], shown.itertuples(index=False), strict=True):
            name = subject_named(place, subject).name(language)
            writer.writerow(csv_cell(value) for value in (name, *row))
    writer.writerow([])
    for heading, words in settings_lines(place, standard, language):
        writer.writerow([csv_cell(heading), csv_cell(words)])
    return target.getvalue().encode("utf-8-sig")


def verdict_words(robustness: str, flips_at: str, language: Language) -> str:
    """Return how sure a verdict is, with the assumptions under which it turns."""
    joint = "、" if language == "zh" else ", "
    flips = joint.join(phrase(f"variant.{code}", language) for code in flips_at.split(";") if code)
    return phrase(f"robustness.{robustness}", language, flips=flips)


def walking_words(
    times: pd.DataFrame, within: pd.DataFrame, unit_code: str, language: Language
) -> str:
    """Return how long people of a unit walk and how many organisations they reach, in words.

    Parameters
    ----------
    times, within
        `coverage.walking_times.walking_times` and ``organisations_within``.
    unit_code
        A community, a subdistrict, or the place's own id for the district.
    """
    time = times[times["unit_code"] == unit_code]
    reach = within[within["unit_code"] == unit_code]
    if time.empty or reach.empty:
        return ""
    mean, ninetieth = time["mean_minutes"].iloc[0], time["p90_minutes"].iloc[0]
    beyond = phrase("walked.beyond", language)

    def minutes(number: float) -> str:
        return beyond if pd.isna(number) else phrase("walked.minutes", language, minutes=number)

    return phrase(
        "walked.words",
        language,
        mean=minutes(mean),
        ninetieth=minutes(ninetieth),
        each=float(reach["mean_organisations"].iloc[0]),
        different=int(reach["organisations"].iloc[0]),
    )


def reconciliation_table(reconciled: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Return `coverage.reconciliation.reconcile` in the reader's words; ``share`` in percent."""
    return pd.DataFrame(
        {
            "way": [phrase(f"way.{way}", language) for way in reconciled["way"]],
            "share": reconciled["share"] * 100,
            "numerator": reconciled["numerator"].round(),
            "denominator": reconciled["denominator"].round(),
            "unit": [phrase(f"way_unit.{unit}", language) for unit in reconciled["unit"]],
        }
    )


@dataclass(frozen=True)
class EstimatedPart:
    """How many covered beneficiaries are covered from an estimated location.

    `share` is None where nobody is covered.
    """

    covered: int
    on_estimates: int
    share: float | None


def estimated_part(
    place: Place, walks: Walks, result: CoverageResult, *, subject: str
) -> EstimatedPart:
    """Return what part of a coverage figure rests on estimated locations (依赖估算位置).

    A beneficiary counts when the nearest service point is one whose place was
    estimated: a registered address or the middle of a community.
    """
    covered = result.covered[:, result.subjects.index(subject)]
    column = result.district.loc[result.district["category"] == subject, "column"].iloc[0]
    people = place.residents[column].to_numpy(np.int64) * covered
    estimated = place.service_points["located_by"].isin(LOCATED_BY_ESTIMATE).to_numpy()
    at = nearest_of(place, walks, subject).service_point
    total, resting = int(people.sum()), int(people[np.append(estimated, False)[at]].sum())
    return EstimatedPart(total, resting, resting / total if total else None)
