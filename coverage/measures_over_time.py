"""Measures that need more than one moment or one voice: growth, surveys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.ground import Ground
from coverage.measured import PEOPLE, Measure, Measured
from coverage.rulebook import Rule, Rules
from geo.area_codes import parse_area_code
from geo.phrases import Phrase
from geo.tables import STATES_ENDED

# Beyond this share of undated organisations no yearly total is believed.
UNDATED = 0.10
_DATE = re.compile(r"(\d{4})-(\d{2})")
BEGUN = ("filed_on", "registered_on")


def growth(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Organisations added in the last whole year over the total before it."""
    totals = _yearly(ground)
    if isinstance(totals, str):
        return Measured(np.empty(0), missing=totals)
    year, before, added = totals
    street, town = Fraction(rule.options["street"]), Fraction(rule.options["town"])
    thresholds = tuple(
        {"街道": street, "镇": town, "乡": town}.get(kind) for kind in _subdistrict_kinds(ground)
    )
    unknown = np.array([one is None for one in thresholds])
    district = (ground.units["level"] == "district").to_numpy()
    return Measured(
        added,
        before,
        basis="register" if ground.supplements.yearly is None else "list",
        lacking=unknown & ~district & ~ground.units["generated"].to_numpy(),
        thresholds=thresholds,
        notes=(Phrase.of("rule_note.year", year=year),),
    )


def _subdistrict_kinds(ground: Ground) -> list[str]:
    """Return 街道, 镇 or 乡 of each subdistrict, by its code, else by its name; else empty."""
    units = ground.units
    columns = (units[name].astype(str) for name in ("level", "unit_code", "unit"))
    return [
        _kind(code, name) if level == "subdistrict" else ""
        for level, code, name in zip(*columns, strict=True)
    ]


def _kind(code: str, name: str) -> str:
    by_name = next((end for end in ("街道", "镇", "乡") if name.endswith(end)), "")
    return parse_area_code(code).subdistrict_kind or by_name


_Yearly = tuple[int, npt.NDArray[np.float64], npt.NDArray[np.float64]]


def _yearly(ground: Ground) -> _Yearly | str:
    """Return the year, the totals before it and what was added in it, per unit."""
    listed = ground.supplements.yearly
    if listed is not None:
        return _from_list(ground, listed)
    begun, over = _dates(ground)
    year = last_whole_year(ground)
    if begun is None or year is None:
        return "dates"
    existed = (begun < year) & ~(over < year)
    new = begun == year
    return year, ground.tally(existed.to_numpy(bool)), ground.tally(new.to_numpy(bool))


def _from_list(ground: Ground, listed: pd.DataFrame) -> _Yearly | str:
    years = sorted(listed["year"].unique())
    if len(years) < 2:
        return "yearly"
    codes = ground.units.loc[ground.units["level"] == "subdistrict", "unit_code"]
    totals = [
        listed[listed["year"] == year].groupby("subdistrict_code")[["total", "added"]].sum()
        for year in years[-2:]
    ]
    before, last = (one.reindex(codes, fill_value=0) for one in totals)
    blank = np.zeros(len(ground.place.communities))
    columns = (before["total"].to_numpy(np.float64), last["added"].to_numpy(np.float64))
    spread = [np.concatenate([[one.sum()], one, blank]) for one in columns]
    return int(years[-1]), spread[0], spread[1]


def _dates(ground: Ground) -> tuple[pd.Series | None, pd.Series]:
    """Return the year each organisation began (0: long ago, undated) and ended (9999: not)."""
    register = ground.organisations
    begun = pd.Series(0, index=register.index)
    over = pd.Series(9999, index=register.index)
    # The first column that says something wins.
    for column in BEGUN:
        if column in register.columns:
            years = _years(register[column])
            begun = begun.where(years.isna(), years).astype("int64")
    if "cancelled_on" in register.columns:
        years = _years(register["cancelled_on"])
        over = over.where(years.isna(), years).astype("int64")
    ended = register["state"].isin(STATES_ENDED)
    over = over.mask(ended & (over == 9999), 0)
    counted = register["level"].isin(["登记", "备案"]) & ~ended
    undated = (begun[counted] == 0).mean() if counted.any() else 1.0
    return (None if undated > UNDATED else begun), over


def _years(column: pd.Series) -> pd.Series:
    return pd.to_numeric(column.astype("str").str.extract(r"^(\d{4})")[0], errors="coerce")


def last_whole_year(ground: Ground) -> int | None:
    """Return the last year the register covers whole: that of its newest date, if in December."""
    register = ground.organisations
    columns = [one for one in (*BEGUN, "last_activity") if one in register.columns]
    newest = max((register[one].astype("str").max() for one in columns), default="")
    found = _DATE.match(newest)
    if not found:
        return None
    return int(found[1]) if found[2] == "12" else int(found[1]) - 1


def against_earlier(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Organisations at the end of the last whole year over those some years before."""
    begun, over = _dates(ground)
    year = last_whole_year(ground)
    if begun is None or year is None:
        return Measured(np.empty(0), missing="dates")
    earlier = year - int(rule.options["years"])
    now, then = ((begun <= one) & (over > one) for one in (year, earlier))
    return Measured(
        ground.tally(now.to_numpy(bool)),
        ground.tally(then.to_numpy(bool)),
        notes=(Phrase.of("rule_note.years", year=year, earlier=earlier),),
    )


def satisfaction(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Share of those asked who are satisfied."""
    listed = ground.supplements.satisfaction
    if listed is None or listed.empty:
        return Measured(np.empty(0), missing="satisfaction")
    answers = listed.groupby("unit_code")[["satisfied", "asked"]].sum()
    codes = ground.units["unit_code"].where(ground.units["level"] != "district", "")
    found = answers.reindex(codes)
    asked = found["asked"].fillna(0).to_numpy(np.float64)
    return Measured(
        found["satisfied"].fillna(0).to_numpy(np.float64),
        asked,
        counted=PEOPLE,
        basis="survey",
        lacking=asked == 0,
        notes=_sample_notes(asked, rules),
    )


def needs(ground: Ground, rule: Rule, rules: Rules) -> Measured:
    """Share of those asked who need something; the sample size is the denominator."""
    listed = ground.supplements.needs
    if listed is None or listed.empty:
        return Measured(np.empty(0), missing="needs")
    answers = listed.groupby("community_code")[["needing", "asked"]].sum()
    found = answers.reindex(ground.place.communities.index, fill_value=0)
    asked = ground.of_communities(found["asked"].to_numpy())
    return Measured(
        ground.of_communities(found["needing"].to_numpy()),
        asked,
        counted=PEOPLE,
        basis="survey",
        lacking=asked == 0,
        notes=_sample_notes(asked, rules),
    )


def _sample_notes(asked: npt.NDArray[np.float64], rules: Rules) -> tuple[Phrase, ...]:
    small = int(((asked > 0) & (asked < rules.small_sample)).sum())
    if not small:
        return ()
    return (Phrase.of("rule_note.small_sample", count=small, limit=rules.small_sample),)


OVER_TIME: Mapping[str, Measure] = {
    "against_earlier": against_earlier,
    "growth": growth,
    "needs": needs,
    "satisfaction": satisfaction,
}
