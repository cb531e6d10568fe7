"""Which communities the organisations of a register name: by code, by name, in an address."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.community_names import BY_CODE, MOST_FUZZY, CommunityNames
from geo.phrases import Phrase
from geo.problems import DOUBTFUL, Finding, found_at

# Boundaries and house numbers are drawn by different hands; nearer than this is no doubt.
FAR_METRES = 300.0


def stated_communities(
    text: pd.DataFrame, communities: gpd.GeoDataFrame | None
) -> tuple[np.ndarray, list[Finding]]:
    """Return the community every record states, by code, name or inside an address.

    A name that is only similar to one of the place's is doubtful, with the
    candidate in the sentence; it is never taken.
    """
    codes = np.full(len(text), "", dtype=object)
    if communities is None or communities.empty:
        return codes, []
    names = CommunityNames.of(communities)
    findings: list[Finding] = []
    columns = ("community", "subdistrict", "district", "community_code")
    # Thousands of rows name the same hundred communities: each is looked up once.
    asked: dict[tuple[str, ...], tuple[str, str]] = {}
    rows = zip(*(text[name].tolist() for name in columns), strict=True)
    for at, row in enumerate(rows):
        if row not in asked:
            asked[row] = _one_community(names, *row)
        codes[at], how = asked[row]
        code = row[-1]
        if code and how != BY_CODE:
            reason = Phrase.of("doubtful.community_code_unknown", given=code[:20])
            findings.append(Finding(at, "社区代码", DOUBTFUL, reason))
    findings += _unmatched(text, codes, names)
    searched = _memory(names.in_text)
    for field in ("service_address", "address"):
        addresses = text[field].tolist()
        for at in np.flatnonzero(codes == "").tolist():
            codes[at] = searched(addresses[at])
    return codes, findings


def _one_community(
    names: CommunityNames, name: str, subdistrict: str, district: str, code: str
) -> tuple[str, str]:
    found, how = names.find(name, subdistrict=subdistrict or district, code=code)
    if not found and name:
        several = names.find_all(name, subdistrict=subdistrict or district)
        found = several[0] if several else ""
    return found, how


def _unmatched(text: pd.DataFrame, codes: np.ndarray, names: CommunityNames) -> list[Finding]:
    stated = text["community"].to_numpy(dtype=object)
    lost = np.flatnonzero((codes == "") & (stated != ""))
    findings = []
    similar = _memory(names.similar, most=MOST_FUZZY)
    for at in lost.tolist():
        candidate = similar(stated[at])
        key = "doubtful.community_similar" if candidate else "doubtful.community_unknown"
        reason = Phrase.of(key, given=stated[at][:40], candidate=candidate)
        findings.append(Finding(at, "所属社区", DOUBTFUL, reason))
    return findings


def _memory(ask: Callable[[str], str], *, most: int | None = None) -> Callable[[str], str]:
    """Ask every text once, and no more than `most` different ones."""
    answers: dict[str, str] = {}

    def answer(text: str) -> str:
        if text not in answers:
            answers[text] = ask(text) if most is None or len(answers) < most else ""
        return answers[text]

    return answer


def far_from(
    points: gpd.GeoSeries, communities: gpd.GeoDataFrame, stated: np.ndarray, given: np.ndarray
) -> list[Finding]:
    """Find given points outside the district, and far from the community they state.

    Parameters
    ----------
    points
        WGS-84 points by position.
    communities
        Communities in a metric CRS.
    stated
        Code of the community each record states, or empty.
    given
        Whether the point is the file's own (an estimate proves nothing).
    """
    there = points.to_crs(communities.crs).to_numpy()
    district = shapely.union_all(communities.geometry.to_numpy())
    shapely.prepare(district)
    outside = given & ~shapely.intersects(district, there)
    findings = found_at(outside, "坐标", DOUBTFUL, Phrase.of("doubtful.outside_district"))
    inside = np.flatnonzero(given & ~outside & (stated != ""))
    own = communities.geometry.loc[stated[inside]].to_numpy()
    metres = shapely.distance(own, there[inside])
    for at, away in zip(inside.tolist(), metres.tolist(), strict=True):
        if away > FAR_METRES:
            reason = Phrase.of("doubtful.far_from_community", metres=round(away))
            findings.append(Finding(at, "坐标", DOUBTFUL, reason))
    return findings


def serves(text: pd.DataFrame, communities: gpd.GeoDataFrame | None) -> pd.Series:
    """Return the codes of the communities every record serves, joined by ``;``.

    From the column of communities served, and from a community cell that lists several.
    """
    if communities is None or communities.empty:
        return pd.Series("", index=text.index, dtype="str")
    names = CommunityNames.of(communities)
    asked: dict[tuple[str, ...], str] = {}
    columns = (text[name].tolist() for name in ("serves", "community", "subdistrict"))
    found = []
    for row in zip(*columns, strict=True):
        if row not in asked:
            asked[row] = ";".join(_served(names, *row))
        found.append(asked[row])
    return pd.Series(found, index=text.index, dtype="str")


def _served(names: CommunityNames, listed: str, community: str, subdistrict: str) -> list[str]:
    codes = names.find_all(listed, subdistrict=subdistrict) if listed else []
    several = names.find_all(community, subdistrict=subdistrict) if community else []
    return list(dict.fromkeys([*(several if len(several) > 1 else []), *codes]))
