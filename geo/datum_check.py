"""Which coordinate system fits a place best: a check that reports, and never switches.

Every system in question is tried on the same points. A point speaks for a system
when, read in it, it lies inside the district, inside the community it states, and
close to a street. The evidence of a point is

    e = -2 [outside the district] - 2 [outside its stated community]
        - ln(1 + min(d, 100 m) / 20 m)          d: metres to the nearest street

where each part is left out when nothing is known of it. Two systems are compared
point by point. Neighbours err together, so the differences are first summed over
cells of 150 m (C), and z = sum C / sqrt(sum C^2), which a few cells cannot inflate.
The score of a system is exp(-z^2/2) against the best one, and the scores of all
systems add up to one. The best is named at a score of at least 0.95 (z of about 2.4
over the next), otherwise `best` is ``"undetermined"``; likewise when a plain shift in
some other direction would fit better than all of them: then the fault is elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.datum import SHIFTED, Degrees
from geo.datum_evidence import (
    SHARE_COLUMNS,
    Ground,
    cells_of,
    evidence_of,
    ground_of,
    shares_of,
    with_crs,
    z_over_cells,
)
from geo.datum_hypotheses import (
    Hypothesis,
    hypotheses_for,
    positions,
    raw_coordinates,
)
from geo.phrases import Phrase

UNDETERMINED = "undetermined"
SURE = 0.95
FEWEST_POINTS = 5
# Beyond this many the answer no longer changes, only the waiting.
MOST_POINTS = 2_000
# Shifts of no known system; z at which one of them counts as the better fit.
_OTHER_SHIFTS = (250.0, 500.0, 900.0)
_OTHER_SHIFT_Z = 1.6


@dataclass(frozen=True, eq=False)
class DatumCheck:
    """What the check found; nothing has been converted.

    Parameters
    ----------
    best
        One of `geo.datum.SYSTEMS`, or ``"undetermined"``. ``"wgs84"`` stands for
        WGS-84 and CGCS2000 alike; plane coordinates give ``"cgcs2000"``.
    swapped
        Whether the best reading takes the first number for the latitude.
    projected
        The plane system (``EPSG:…``) of the best reading, or None for degrees.
    scores
        How sure, from 0 to 1, for every reading tried, best first; they add up to one.
    shares
        Indexed like `scores`: distinct points judged, the share inside the district,
        inside their stated community, within 50 m of a street, and the median metres
        to the nearest street; NaN where nothing is known of it.
    before, after
        WGS-84 points as the file gives them, read as degrees without any shift, and
        read as the leading system: for display only. Unusable ones are missing.
    approximate
        Whether `after` rests on an inverse shift (近似换算，仅供内部核对).
    reason
        The sentence for the reader.
    """

    best: str
    swapped: bool
    projected: str | None
    scores: pd.Series
    shares: pd.DataFrame
    before: gpd.GeoSeries
    after: gpd.GeoSeries
    approximate: bool
    reason: Phrase


def detect(
    points: pd.DataFrame,
    communities: gpd.GeoDataFrame,
    *,
    streets: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    stated_communities: pd.Series | None = None,
) -> DatumCheck:
    """Judge which coordinate system the numbers of `points` fit best.

    Parameters
    ----------
    points
        The numbers as the file gives them, in columns ``x`` and ``y`` (first and
        second coordinate), or as point geometry. Missing ones are passed over.
    communities
        The communities table (or any polygons of the district) with a CRS.
    streets
        Lines with a CRS; the strongest clue where points lie along streets.
    stated_communities
        Community code or name each point states, aligned with `points`; missing
        or unknown ones are passed over.

    Raises
    ------
    GeographyError
        No coordinate columns, no polygons, or a table without a CRS.
    """
    raw = raw_coordinates(points)
    with_crs(communities, "communities")
    hypotheses, crs = hypotheses_for(raw, communities)
    usable = np.flatnonzero(np.isfinite(raw).all(axis=1))
    chosen = usable[_distinct(raw[usable])]
    if len(chosen) > MOST_POINTS:
        chosen = chosen[np.linspace(0, len(chosen) - 1, MOST_POINTS).astype(int)]
    ground = ground_of(communities, streets, stated_communities, points, chosen, crs)
    placed = {one.key: positions(raw[chosen], one, crs) for one in hypotheses}
    evidence = {key: evidence_of(place, ground) for key, place in placed.items()}
    scores = _scores(evidence, placed)
    shares = pd.DataFrame(
        [shares_of(placed[key], ground) for key in scores.index],
        index=scores.index,
        columns=list(SHARE_COLUMNS),
    )
    leader = next(one for one in hypotheses if one.key == scores.index[0])
    doubt = _doubt(scores, shares, placed[leader.key], ground)
    return _check(raw, points.index, leader, scores, shares, doubt)


def _check(
    raw: Degrees,
    index: pd.Index,
    leader: Hypothesis,
    scores: pd.Series,
    shares: pd.DataFrame,
    doubt: Phrase | None,
) -> DatumCheck:
    plain = Hypothesis("wgs84", swapped=False, crs=None)
    return DatumCheck(
        best=UNDETERMINED if doubt is not None else leader.system,
        swapped=leader.swapped and doubt is None,
        projected=leader.crs if doubt is None else None,
        scores=scores,
        shares=shares,
        before=_display(raw, plain, index),
        after=_display(raw, leader, index),
        approximate=leader.system in SHIFTED,
        reason=doubt if doubt is not None else _reason("datum.reason_best", scores, shares),
    )


def _distinct(raw: Degrees) -> npt.NDArray[np.intp]:
    """Take each place once: ten organisations at one door are one witness."""
    if not len(raw):
        return np.empty(0, dtype=np.intp)
    # 1e-6 degrees is 0.1 m; of plane metres the same rounding keeps every point.
    return np.sort(np.unique(np.round(raw, 6), axis=0, return_index=True)[1])


def _scores(evidence: dict[str, Degrees], placed: dict[str, Degrees]) -> pd.Series:
    totals = {key: float(one.sum()) for key, one in evidence.items()}
    # The order of the hypotheses decides between equals: the unshifted one stands first.
    leader = max(totals, key=lambda key: totals[key])
    cells = cells_of(placed[leader])
    weights = {
        key: float(np.exp(-(z_over_cells(evidence[leader] - one, cells) ** 2) / 2))
        for key, one in evidence.items()
    }
    scores = pd.Series(weights, name="score", dtype=np.float64)
    scores = scores / scores.sum()
    order = sorted(scores.index, key=lambda key: (-scores[key], key != leader))
    scores = scores.loc[order]
    scores.index.name = "reading"
    return scores


def _doubt(
    scores: pd.Series, shares: pd.DataFrame, place: Degrees, ground: Ground
) -> Phrase | None:
    """Say why no system can be named, or None when the leading one can."""
    count = int(shares["points"].iloc[0])
    if count < FEWEST_POINTS:
        return Phrase.of("datum.reason_few", count=count, least=FEWEST_POINTS)
    if shares["in_district"].iloc[0] < 0.5:
        return Phrase.of("datum.reason_nowhere")
    if scores.iloc[0] < SURE:
        return _reason("datum.reason_close", scores, shares)
    if _other_shift_fits(place, ground):
        return Phrase.of("datum.reason_other_shift", best=reading_name(str(scores.index[0])))
    return None


def _other_shift_fits(place: Degrees, ground: Ground) -> bool:
    """Try the points moved where no known system would move them."""
    own, cells = evidence_of(place, ground), cells_of(place)
    for metres in _OTHER_SHIFTS:
        for angle in np.arange(8) * np.pi / 4:
            moved = place + metres * np.array([np.cos(angle), np.sin(angle)])
            if z_over_cells(evidence_of(moved, ground) - own, cells) >= _OTHER_SHIFT_Z:
                return True
    return False


def _reason(key: str, scores: pd.Series, shares: pd.DataFrame) -> Phrase:
    first = shares.iloc[0]
    more = []
    if np.isfinite(first["in_stated_community"]):
        more.append(
            Phrase.of("datum.reason_more_stated", stated=f"{first['in_stated_community']:.0%}")
        )
    if np.isfinite(first["median_street_metres"]):
        metres = f"{first['median_street_metres']:.0f}"
        more.append(Phrase.of("datum.reason_more_streets", metres=metres))
    joined = {language: "".join(one.say(language) for one in more) for language in ("zh", "en")}
    second = shares.index[1] if len(shares) > 1 else shares.index[0]
    return Phrase.of(
        key,
        best=reading_name(str(scores.index[0])),
        second=reading_name(str(second)),
        inside=f"{first['in_district']:.0%}",
        second_inside=f"{shares.loc[second, 'in_district']:.0%}",
        more=joined,
        share=f"{min(scores.iloc[0], 0.999):.1%}",
    )


def reading_name(key: str) -> Phrase:
    """Return the name of a reading (an index of `DatumCheck.scores`) for the reader."""
    reading = Hypothesis.of_key(key)
    if reading.crs is not None:
        name = Phrase.of("datum.projected", crs=reading.crs)
    else:
        name = Phrase.of(f"datum.{reading.system}")
    return Phrase.of("datum.swapped", system=name) if reading.swapped else name


def _display(raw: Degrees, hypothesis: Hypothesis, index: pd.Index) -> gpd.GeoSeries:
    place = positions(raw, hypothesis, "EPSG:4326")
    real = np.isfinite(place).all(axis=1) & (np.abs(place) <= (180.0, 90.0)).all(axis=1)
    shapes = np.full(len(place), None, dtype=object)
    shapes[real] = shapely.points(place[real])
    return gpd.GeoSeries(shapes, index=index, crs="EPSG:4326")
