"""Measures that look at what stands in a unit, who lives there, and how far they walk."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from coverage.gaps import gap_list
from coverage.ground import Floats, Ground
from coverage.measured import COMMUNITIES, PEOPLE, Measure, Measured, without
from coverage.platforms import platform_matrix
from coverage.rulebook import Rule, Rules
from coverage.standard import counting
from geo.phrases import Phrase
from geo.tables import GENERATED_UNIT_KINDS, split_codes


def communities_with(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Communities that have a counting organisation of each of several kinds."""
    meant = ground.of_kinds(rule.units)
    has = meant.copy()
    for codes in rule.options["each_of"]:
        known = [code for code in codes if code in ground.place.taxonomy]
        if not known:
            return without("category")
        has &= ground.present[known].any(axis=1).to_numpy()
    return Measured(
        ground.of_communities(has),
        ground.of_communities(meant),
        counted=COMMUNITIES,
        notes=(Phrase.of("rule_note.centres"),),
    )


def community_column(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Mean of a column of the communities table."""
    return _per_known_community(ground, rule, rule.options["column"], counted="things")


def premises_mean(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Mean floor area of community premises."""
    return _per_known_community(ground, rule, "premises_m2", counted="square_metres")


def _per_known_community(ground: Ground, rule: Rule, column: str, *, counted: str) -> Measured:
    numbers = _community_numbers(ground, column)
    if numbers is None:
        return without(column)
    meant = ground.of_kinds(rule.units)
    known = meant & np.isfinite(numbers)
    return Measured(
        ground.of_communities(np.where(known, numbers, 0.0)),
        ground.of_communities(known),
        counted=counted,
        basis="communities",
        lacking=(ground.of_communities(known) == 0) & (ground.of_communities(meant) > 0),
    )


def premises_per_households(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Floor area of community premises for every so many households."""
    area, households = _community_numbers(ground, "premises_m2"), ground.people("households")
    if area is None:
        return without("premises_m2")
    if households is None:
        return without("households")
    meant = ground.of_kinds(rule.units)
    known = meant & np.isfinite(area)
    homes = households[-len(area) :]
    return Measured(
        ground.of_communities(np.where(known, area, 0.0)),
        ground.of_communities(np.where(known, homes, 0.0)),
        scale=rule.options["per"],
        counted="square_metres",
        column="households",
        basis=ground.basis("households"),
        lacking=(ground.of_communities(known) == 0) & (ground.of_communities(meant) > 0),
    )


def _community_numbers(ground: Ground, column: str) -> Floats | None:
    table = ground.place.communities
    if column not in table.columns:
        return None
    try:
        numbers = table[column].replace("", np.nan).astype(np.float64).to_numpy()
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).any() else None


def residents(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Count the people of each unit."""
    people = ground.people("people")
    if people is None:
        return without("people")
    return Measured(people, counted=PEOPLE, basis=ground.basis("people"), column="people")


def within_metres(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Beneficiaries whose walk to the nearest of the categories is short enough."""
    walks, place = ground.walks, ground.place
    codes = [code for code in rule.options["categories"] if code in place.taxonomy]
    if walks is None or not set(codes) <= set(walks.categories):
        return without("walks")
    if not codes:
        return without("category")
    column = ground.result.standard.column_for(place.taxonomy[codes[0]], place.count_columns)
    if column is None:
        return without("beneficiaries")
    nearest = walks.millimetres[:, [walks.categories.index(code) for code in codes]].min(axis=1)
    limit = round(rule.options["metres"] * 1000)
    near = nearest < limit if rule.options.get("strictly", False) else nearest <= limit
    counts = place.residents[column].to_numpy(np.float64)
    at = place.communities.index.get_indexer(place.residents["community_code"])
    meant = ground.of_kinds(rule.units)
    sums = [
        np.bincount(at, weights=weights, minlength=len(meant)) * meant
        for weights in (counts * near, counts)
    ]
    return Measured(
        ground.of_communities(sums[0]),
        ground.of_communities(sums[1]),
        counted=PEOPLE,
        column=column,
        basis=ground.basis(column),
    )


def beds(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Beds of counting service points for every so many elders."""
    points, elders = ground.place.service_points, ground.people("elders")
    if "beds" not in points.columns:
        return without("beds")
    if elders is None:
        return without("elders")
    meant = tuple(rule.options["categories"])
    counts = counting(ground.place.register, points, ground.result.standard).to_numpy()
    counts &= [any(one.startswith(meant) for one in split_codes(c)) for c in points["categories"]]
    number = points["beds"].fillna(0).to_numpy(np.float64) * counts
    at = ground.place.communities.index.get_indexer(points["community_code"])
    here = np.bincount(
        at[at >= 0], weights=number[at >= 0], minlength=len(ground.place.communities)
    )
    return Measured(
        ground.of_communities(here),
        elders,
        scale=rule.options["per"],
        counted="beds",
        column="elders",
        basis=ground.basis("elders"),
    )


def platforms(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Units that have every support platform their level should have."""
    matrix = platform_matrix(ground, rules, rule.options["platforms"])
    meant = ground.of_kinds(rule.units)
    generated = ground.place.communities["unit_kind"].isin(GENERATED_UNIT_KINDS).to_numpy()
    row_of = {key: k for k, key in enumerate(_unit_keys(ground))}
    complete = matrix.groupby(["level", "unit_code"], sort=False)["present"].all().reset_index()
    keys = zip(complete["level"], complete["unit_code"], strict=True)
    at = np.array([row_of[key] for key in keys], dtype=np.intp)
    expected, has = np.zeros(len(row_of)), np.zeros(len(row_of))
    expected[at], has[at] = 1.0, complete["present"].to_numpy(np.float64)
    about = np.concatenate(
        [~ground.units["generated"].to_numpy()[: -len(meant)], meant & ~generated]
    )
    expected, has = expected * about, has * about
    known = ground.supplements.platforms is not None
    notes = () if known else (Phrase.of("rule_note.inferred"),)
    return Measured(
        _with_units_below(ground, has),
        _with_units_below(ground, expected),
        counted="units",
        basis="list" if known else "inferred",
        sure=None if known else np.zeros(len(row_of), dtype=np.bool_),
        notes=notes,
    )


def _unit_keys(ground: Ground) -> list[tuple[str, str]]:
    return list(zip(ground.units["level"], ground.units["unit_code"], strict=True))


def _with_units_below(ground: Ground, own: Floats) -> Floats:
    """Return each unit's own number and those of the units below it."""
    communities = len(ground.place.communities)
    total = ground.of_communities(own[-communities:])
    middle = own[1:-communities]
    total[1:-communities] += middle
    total[0] += middle.sum() + own[0]
    return total


def matched_gaps(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Gaps for which an active organisation is within walking range."""
    if ground.walks is None:
        return without("walks")
    gaps = gap_list(ground.place, ground.walks, ground.result)
    at = ground.place.communities.index.get_indexer(gaps["community_code"])
    size = len(ground.place.communities)
    found = (gaps["nearest_organisation_id"] != "").to_numpy(np.float64)
    return Measured(
        ground.of_communities(np.bincount(at, weights=found, minlength=size)),
        ground.of_communities(np.bincount(at, minlength=size)),
        counted="gaps",
        basis=ground.basis("people"),
    )


OF_UNITS: Mapping[str, Measure] = {
    "beds": beds,
    "communities_with": communities_with,
    "community_column": community_column,
    "matched_gaps": matched_gaps,
    "platforms": platforms,
    "premises_mean": premises_mean,
    "premises_per_households": premises_per_households,
    "residents": residents,
    "within_metres": within_metres,
}
