"""Support platforms level by level (R5 to R9), and organisations that could be merged (R10)."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from coverage.ground import Ground, home_communities, standing
from coverage.rulebook import Platform, Rules
from geo.place import Place
from geo.tables import GENERATED_UNIT_KINDS, STATES_ENDED
from geo.taxonomy import UNCLASSIFIED

HUB = "H3"  # 枢纽与孵化平台
PLATFORM_COLUMNS = (
    "level",
    "unit_code",
    "unit",
    "platform",
    "platform_zh",
    "platform_en",
    "present",
    "organisation",
    "operator",
    "basis",
)
MERGE_COLUMNS = (
    "community_code",
    "community",
    "subdistrict_code",
    "subdistrict",
    "category",
    "filed",
    "organisation_ids",
    "organisations",
)


def platform_matrix(
    ground: Ground, rules: Rules, platforms: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return which unit has which support platform.

    Parameters
    ----------
    ground
        The place; with a list of platforms among its supplements that list
        decides, else the names of the register's hub organisations do
        (``basis`` ``inferred``: a hint, not a finding).
    rules
        The kinds of platforms and the names they go by.
    platforms
        Codes of platforms; None: all.

    Returns
    -------
    DataFrame with `PLATFORM_COLUMNS`: one row a unit and platform of its level;
    generated units (街区单元, 格网) have none.
    """
    wanted = [one for one in rules.platforms if platforms is None or one.code in platforms]
    listed = ground.supplements.platforms
    basis = "inferred" if listed is None else "list"
    found = _inferred(ground, wanted) if listed is None else _listed(ground, listed)
    rows = []
    for platform in wanted:
        units = ground.units[ground.units["level"] == platform.level]
        for code, unit, generated in zip(
            units["unit_code"], units["unit"], units["generated"], strict=True
        ):
            if generated:
                continue
            organisation, operator = found.get((platform.code, code), ("", ""))
            present = (platform.code, code) in found
            words = (platform.code, platform.words.zh, platform.words.en)
            rows.append(
                (platform.level, code, unit, *words, present, organisation, operator, basis)
            )
    return pd.DataFrame(rows, columns=list(PLATFORM_COLUMNS)).astype({"present": bool})


_Found = dict[tuple[str, str], tuple[str, str]]


def _listed(ground: Ground, listed: pd.DataFrame) -> _Found:
    district = ground.place.place_id
    columns = ("platform", "unit_code", "organisation", "operator")
    rows = zip(*(listed[name].astype(str) for name in columns), strict=True)
    return {
        (platform, unit or district): (organisation, operator)
        for platform, unit, organisation, operator in rows
    }


def _inferred(ground: Ground, wanted: list[Platform]) -> _Found:
    register = ground.organisations
    hubs = register[(register["category"] == HUB) & ~register["state"].isin(STATES_ENDED)]
    codes = ground.place.communities.index
    subdistricts = ground.place.communities["subdistrict_code"].to_numpy()
    found: _Found = {}
    for name, at in zip(hubs["name"], hubs["at"], strict=True):
        platform = _platform_named(name, wanted)
        if platform is None:
            continue
        if platform.level == "district":
            unit = ground.place.place_id
        elif at < 0:
            continue
        else:
            unit = codes[at] if platform.level == "community" else subdistricts[at]
        found.setdefault((platform.code, str(unit)), (name, ""))
    return found


def _platform_named(name: str, wanted: list[Platform]) -> Platform | None:
    """Return the platform whose longest name stands in `name`."""
    lengths = {
        one.code: max((len(alias) for alias in one.names if alias in name), default=0)
        for one in wanted
    }
    best = max(wanted, key=lambda one: lengths[one.code], default=None)
    return best if best is not None and lengths[best.code] else None


def merge_candidates(place: Place, *, units: Sequence[str] = ()) -> pd.DataFrame:
    """Return communities with more than one filed organisation of a category (可整合).

    A principle of filing, not law: registered organisations are left out, and
    so are filings not complete, ended organisations and the unclassified.
    Generated units are not communities and have no rows.

    Parameters
    ----------
    units
        Kinds of communities; empty: all but generated ones.

    Returns
    -------
    DataFrame with `MERGE_COLUMNS`, most filed first; ids and names joined by ``；``.
    """
    communities = place.communities
    meant = ~communities["unit_kind"].isin(GENERATED_UNIT_KINDS)
    if units:
        meant &= communities["unit_kind"].isin(units)
    register = place.register
    filed = standing(register) & (register["level"] == "备案")
    filed &= ~register["category"].isin(["", UNCLASSIFIED])
    homes = home_communities(place)
    rows = pd.DataFrame({"name": register["name"], "category": register["category"]})[filed]
    rows["community_code"] = homes.reindex(rows.index)
    rows = rows[rows["community_code"].isin(communities.index[meant])]
    rows["organisation_id"] = rows.index
    grouped = rows.groupby(["community_code", "category"], sort=False)
    found = grouped.agg(
        filed=("name", "size"),
        organisation_ids=("organisation_id", "；".join),
        organisations=("name", "；".join),
    ).reset_index()
    found = found[found["filed"] > 1]
    of = communities.loc[found["community_code"]]
    found["community"] = of["name"].to_numpy()
    for column in ("subdistrict_code", "subdistrict"):
        found[column] = of[column].to_numpy()
    order = ["filed", "community_code", "category"]
    found = found.sort_values(order, ascending=[False, True, True], kind="stable")
    return pd.DataFrame(found[list(MERGE_COLUMNS)].reset_index(drop=True))
