"""How the register is made up (T9): shares by division, and communities with culture alone."""

from __future__ import annotations

import pandas as pd

from coverage.ground import home_communities, standing
from geo.place import Place

CULTURE = ("J", "L")
STRUCTURE_COLUMNS = ("division", "zh", "en", "organisations", "share")


def category_structure(place: Place) -> pd.DataFrame:
    """Return how many organisations each division of the taxonomy has.

    Returns
    -------
    DataFrame with `STRUCTURE_COLUMNS`, divisions in the taxonomy's order; an
    organisation without a category counts for the last row (empty division).
    """
    counted = place.register[standing(place.register)]
    names: dict[str, tuple[str, str]] = {}
    for category in place.taxonomy:
        names.setdefault(category.code[:1], (category.division_zh, category.division_en))
    names[""] = ("", "")
    division = counted["category"].str[:1]
    counts = division.where(division.isin(names), "").value_counts()
    table = pd.DataFrame(
        [(code, zh, en, int(counts.get(code, 0))) for code, (zh, en) in names.items()],
        columns=list(STRUCTURE_COLUMNS[:-1]),
    )
    total = table["organisations"].sum()
    table["share"] = table["organisations"] / total if total else float("nan")
    return table


def culture_only(place: Place) -> pd.DataFrame:
    """Return the communities whose organisations are all culture, sport or private education.

    Returns
    -------
    DataFrame indexed by ``community_code`` with ``community``, ``subdistrict``
    and ``organisations`` (how many, all of them J or L).
    """
    counted = place.register[standing(place.register)]
    homes = home_communities(place).reindex(counted.index)
    culture = counted["category"].str.startswith(CULTURE)
    table = pd.DataFrame({"home": homes, "culture": culture})
    grouped = table[table["home"] != ""].groupby("home")["culture"].agg(["all", "size"])
    alone = grouped[grouped["all"]]
    of = place.communities.loc[alone.index]
    return pd.DataFrame(
        {
            "community": of["name"].to_numpy(),
            "subdistrict": of["subdistrict"].to_numpy(),
            "organisations": alone["size"].to_numpy(),
        },
        index=pd.Index(alone.index, name="community_code"),
    )
