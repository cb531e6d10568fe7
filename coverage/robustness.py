"""Which gaps are sure: the gap list asked again with slightly other assumptions.

Nobody knows an elder's speed to a tenth, or a walk to the last metre. Each gap
is asked again under near and far variants of the assumptions. A gap that never
closes is *stable* (稳定); one that closes only under a far variant holds in
*most* cases (多数情形); one that closes already under a near variant is
*borderline* (临界), and the variants under which it flips are named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pandas as pd

from coverage.reach import CoverageResult, community_shares, covered_points
from coverage.standard import ELDERS_COLUMNS, Standard
from coverage.subjects import Subject, subjects_of
from coverage.walking import Walks
from geo.place import Place

STABLE, MOSTLY, BORDERLINE = "stable", "mostly", "borderline"
ADULT_METRES = 60  # an adult's metres a minute: 1.0 m/s, this tool's default
WALKER_COLUMNS = ("community_code", "category", "gap", "gap_adult", "gap_wheelchair", "only")
ROBUSTNESS_COLUMNS = ("community_code", "category", "share", "gap", "robustness", "flips_at")


@dataclass(frozen=True)
class Variant:
    """One other assumption.

    Parameters
    ----------
    code
        Such as ``speed+10``; the phrase ``variant.<code>`` says it in words.
    near
        Whether it lies within what anybody would call the same assumption.
    factor
        What the distance allowed is multiplied with.
    minutes
        What is added to every category's minutes.
    elders
        Another residents column for older people.
    """

    code: str
    near: bool
    factor: Fraction = Fraction(1)
    minutes: int = 0
    elders: str | None = None

    def reach_mm(self, place: Place, standard: Standard) -> Mapping[str, int]:
        """Return every category's reach under this assumption, in millimetres."""
        reach = {}
        for category in place.taxonomy:
            minutes = standard.minutes_for(category) + self.minutes
            percent = Fraction(standard.speed_percent, 100)
            metres = category.metres_per_minute * minutes * percent * self.factor
            reach[category.code] = int(metres * 1000)
        return reach


# A detour of +5 % means every walk is 5 % longer than the streets say (crossings, gates),
# so what is allowed shrinks by that much.
VARIANTS = (
    Variant("speed+10", True, factor=Fraction(110, 100)),
    Variant("speed-10", True, factor=Fraction(90, 100)),
    Variant("speed+20", False, factor=Fraction(120, 100)),
    Variant("speed-20", False, factor=Fraction(80, 100)),
    Variant("minutes+1", True, minutes=1),
    Variant("minutes-1", True, minutes=-1),
    Variant("minutes+2", False, minutes=2),
    Variant("minutes-2", False, minutes=-2),
    Variant("detour+5", True, factor=Fraction(100, 105)),
    Variant("detour+10", False, factor=Fraction(100, 110)),
    Variant("elders_65", True, elders="elders_65"),
    Variant("elders_80", False, elders="elders_80"),
)
NO_LEGS = Variant("no_legs", True)


def robustness(
    place: Place,
    walks: Walks,
    result: CoverageResult,
    *,
    walks_without_legs: Walks | None = None,
    variants: tuple[Variant, ...] = VARIANTS,
) -> pd.DataFrame:
    """Return, for every community and subject, how sure its verdict is.

    Parameters
    ----------
    place, walks, result
        The place, its walks, and the measured question.
    walks_without_legs
        Walks of the same question with ``legs=False``; when given, leaving the
        off-street legs out is one more near variant (``no_legs``).
    variants
        The other assumptions.

    Returns
    -------
    DataFrame with `ROBUSTNESS_COLUMNS`: ``gap`` is the verdict of the question
    itself; ``robustness`` stable, mostly or borderline; ``flips_at`` the
    variant codes under which the verdict turns, joined by ``;``. Communities
    without beneficiaries have no row.
    """
    standard = result.standard
    subjects = subjects_of(place, walks, standard)
    base = community_shares(place, subjects, result.covered)
    gap = (base < standard.gap_below).to_numpy()
    asked = [
        (variant, _gaps_under(place, walks, standard, variant))
        for variant in variants
        if variant.elders is None or _counts_elders(place, standard, variant)
    ]
    if walks_without_legs is not None:
        asked.append((NO_LEGS, _gaps_under(place, walks_without_legs, standard, NO_LEGS)))
    flips = [(variant, answer != gap) for variant, answer in asked]
    near = np.any([flip for variant, flip in flips if variant.near], axis=0)
    ever = np.any([flip for _, flip in flips], axis=0)
    names = np.full(gap.shape, "", dtype=object)
    for variant, flip in flips:
        names[flip] += f"{variant.code};"
    frame = pd.DataFrame(
        {
            "community_code": np.repeat(base.index.to_numpy(object), len(subjects)),
            "category": np.tile(base.columns.to_numpy(object), len(base)),
            "share": base.to_numpy().ravel(),
            "gap": gap.ravel(),
            "robustness": np.select([near, ever], [BORDERLINE, MOSTLY], STABLE).ravel(),
            "flips_at": [name.rstrip(";") for name in names.ravel()],
        }
    )
    return frame[frame["share"].notna()].reset_index(drop=True)


def _counts_elders(place: Place, standard: Standard, variant: Variant) -> bool:
    return (
        standard.elders in ELDERS_COLUMNS
        and variant.elders in place.count_columns
        and variant.elders != standard.elders
    )


def _gaps_under(
    place: Place, walks: Walks, standard: Standard, variant: Variant
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    counted = standard if variant.elders is None else replace(standard, elders=variant.elders)
    subjects: tuple[Subject, ...] = subjects_of(place, walks, counted)
    covered = covered_points(walks, subjects, variant.reach_mm(place, standard))
    shares = community_shares(place, subjects, covered)
    # A unit may have people of 60 but none of 80: without anybody there is no other verdict.
    verdict = shares < standard.gap_below
    own = community_shares(place, subjects_of(place, walks, standard), covered)
    return np.asarray(verdict.where(shares.notna(), own < standard.gap_below).to_numpy(np.bool_))


def gaps_by_walker(
    place: Place, walks: Walks, result: CoverageResult, *, wheelchair: Walks
) -> pd.DataFrame:
    """Return which communities are a gap for some walkers only.

    Parameters
    ----------
    place, walks, result
        The place, its walks, and the measured question.
    wheelchair
        Walks of the same question with ``walker="wheelchair"``: no steps.

    Returns
    -------
    DataFrame with `WALKER_COLUMNS`, a row a community and subject with
    beneficiaries: ``gap`` of the question itself, ``gap_adult`` if everybody
    walked as far in the same minutes as an adult (1.0 m/s), ``gap_wheelchair``
    at the question's pace without steps; ``only`` is ``slow`` (a gap that an
    adult would not see), ``wheelchair`` (a gap on wheels alone) or empty.
    """
    standard = result.standard
    subjects = subjects_of(place, walks, standard)
    base = community_shares(place, subjects, result.covered)
    own = {one.code: standard.reach_mm(one) for one in place.taxonomy}
    adult = _adult_reach_mm(place, standard)
    answers = [
        community_shares(place, subjects, covered_points(measured, subjects, reach))
        for measured, reach in ((walks, adult), (wheelchair, own))
    ]
    gap, quick, wheels = ((one < standard.gap_below).to_numpy().ravel() for one in (base, *answers))
    frame = pd.DataFrame(
        {
            "community_code": np.repeat(base.index.to_numpy(object), len(subjects)),
            "category": np.tile(base.columns.to_numpy(object), len(base)),
            "gap": gap,
            "gap_adult": quick,
            "gap_wheelchair": wheels,
            "only": np.select([gap & ~quick, wheels & ~gap], ["slow", "wheelchair"], ""),
        },
        columns=list(WALKER_COLUMNS),
    )
    return frame[base.notna().to_numpy().ravel()].reset_index(drop=True)


def _adult_reach_mm(place: Place, standard: Standard) -> dict[str, int]:
    """Return how far an adult walks in each category's minutes, in millimetres.

    Walks are measured as far as the longest question goes, so beyond that an
    adult is taken to reach no farther.
    """
    reach = {}
    for one in place.taxonomy:
        pace = one.metres_per_minute if one.metres_per_minute > ADULT_METRES else ADULT_METRES
        metres = pace * standard.minutes_for(one) * Fraction(standard.speed_percent, 100)
        reach[one.code] = int(metres * 1000)
    return reach


def marked(gaps: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return a gap list with ``robustness`` and ``flips_at`` of each gap.

    Parameters
    ----------
    gaps
        `coverage.gaps.gap_list`.
    verdicts
        `robustness` of the same question.
    """
    keys = ["community_code", "category"]
    return gaps.merge(verdicts[[*keys, "robustness", "flips_at"]], on=keys, how="left")


def gaps_only_for(narrow: CoverageResult, wide: CoverageResult) -> pd.DataFrame:
    """Return the community x subject rows that are a gap in one result and not in another.

    Parameters
    ----------
    narrow
        The result of the walker in question (an elder, a wheelchair user).
    wide
        The result it is compared with (an adult).

    Returns
    -------
    DataFrame ``community_code``, ``category``, ``share``, ``share_wide``,
    ``uncovered``: gaps that exist only for the narrow walker.
    """
    keys = ["community_code", "category"]
    both = narrow.communities[[*keys, "share", "uncovered"]].merge(
        wide.communities[[*keys, "share"]], on=keys, suffixes=("", "_wide")
    )
    only = (both["share"] < narrow.standard.gap_below) & ~(
        both["share_wide"] < wide.standard.gap_below
    )
    return both[only & both["share_wide"].notna()].reset_index(drop=True)
