"""The rules page as it leaves the house: a workbook, or the indicators as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
import xlsxwriter

from coverage.kinds import Crosswalks
from coverage.papers.cells import WORKBOOK_OPTIONS, csv_cell, sheet_cell
from coverage.papers.kinds_table import Reached, reached_paper
from coverage.papers.rules_table import (
    RULE_TABLE_COLUMNS,
    culture_paper,
    kinds_table,
    matches_paper,
    merges_paper,
    platform_paper,
    published_paper,
    rules_table,
)
from coverage.papers.settings_sheet import settings_lines
from coverage.papers.suppression import BELOW, BLANK, suppression_note
from coverage.reach import DISTRICT
from coverage.rules import culture_only, merge_candidates
from coverage.standard import Standard
from geo.phrases import Language, phrase
from geo.place import Place

# What a row says of how many people; blank together.
_TELLING = ("value", "numerator", "denominator", "verdict", "lacking")
_EXACT = ("measured", "survey")
_WIDTHS = {"rule": 12, "title": 40, "unit": 20, "notes": 50, "clause": 70}


@dataclass(frozen=True, eq=False)
class RulePapers:
    """Everything the rules page shows, as computed."""

    indicators: pd.DataFrame
    reached: Reached
    platforms: pd.DataFrame
    matches: pd.DataFrame
    published: pd.DataFrame
    crosswalks: Crosswalks


def fit_rules(indicators: pd.DataFrame, language: Language, *, below: int = BELOW) -> pd.DataFrame:
    """Return `rules_table` with small measured counts, and what gives them away, marked.

    Rules about the same people can be subtracted from each other and, level by
    level, from their sums. So where a rule counts fewer than `below` of some
    people in any unit, or two rules that lie inside one another (within 500 m,
    within 700 m) differ by fewer, every rule about those people keeps to the
    district.
    """
    table = rules_table(indicators, language)
    under = (indicators["level"] != DISTRICT).to_numpy()
    numerator, denominator = indicators["numerator"], indicators["denominator"]
    of_people = indicators["counted"] == "people"
    whole = denominator.where(indicators["column"] != "").fillna(numerator.where(of_people))
    asked = denominator.where(indicators["basis"] == "survey")
    small = np.zeros(len(indicators), dtype=np.bool_)
    for count in (whole, asked, numerator.where(of_people), (denominator - numerator)[of_people]):
        small |= count.reindex(indicators.index).between(1, below - 1).to_numpy()
    small &= under & indicators["basis"].isin(_EXACT).to_numpy()
    # A survey has no column of residents: its people are those of the rule.
    people = indicators["column"].where(indicators["column"] != "", indicators["rule_id"])
    counted = indicators[under & of_people & indicators["basis"].isin(_EXACT)]
    few_apart = {
        column for column, rows in counted.groupby("column") if column and _few_apart(rows, below)
    }
    hidden = under & people.isin(set(people[small]) | few_apart).to_numpy()
    mark = phrase(BLANK, language)
    for name in _TELLING:
        table[name] = table[name].mask(hidden & (table[name] != "").to_numpy(), mark)
    return table


def _few_apart(rows: pd.DataFrame, below: int) -> bool:
    """Return whether two rules about the same people tell a small count by their difference.

    Only of rules that lie inside one another is the difference a count of
    people; then one of them is nowhere the larger.
    """
    units = rows.set_index(["level", "unit_code", "rule_id"])["numerator"].unstack("rule_id")
    for one, other in combinations(units.columns, 2):
        apart = (units[one] - units[other]).dropna()
        inside = bool((apart >= 0).all() or (apart <= 0).all())
        if inside and apart.abs().between(1, below - 1).any():
            return True
    return False


def rules_csv(
    place: Place, indicators: pd.DataFrame, standard: Standard, language: Language
) -> bytes:
    """Return the indicators as CSV in UTF-8 with a mark, the settings below them."""
    table = fit_rules(indicators, language)
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(phrase(f"rules.column.{name}", language) for name in RULE_TABLE_COLUMNS)
    for row in table.itertuples(index=False):
        writer.writerow(csv_cell(value) for value in row)
    writer.writerow([])
    for heading, words in _settings(place, standard, language):
        writer.writerow([csv_cell(heading), csv_cell(words)])
    return target.getvalue().encode("utf-8-sig")


def rules_workbook(
    place: Place, papers: RulePapers, standard: Standard, language: Language
) -> bytes:
    """Return everything of the rules page as an .xlsx file, a sheet a table."""
    rules = fit_rules(papers.indicators, language)
    heads = {name: phrase(f"rules.column.{name}", language) for name in rules.columns}
    sheets = {
        "rules.title": rules.rename(columns=heads),
        "paper.kinds_reached": reached_paper(place, papers.reached, language, shares=False),
        "rules.kinds": _all_kinds(place, papers.crosswalks, language),
        "rules.platforms": platform_paper(papers.platforms, language),
        "rules.merges": merges_paper(place, merge_candidates(place), language),
        "rules.matches": matches_paper(place, papers.matches, language),
        "rules.culture_only": culture_paper(culture_only(place), language),
        "rules.published": published_paper(papers.published, language),
    }
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, WORKBOOK_OPTIONS) as book:
        head = book.add_format({"bold": True, "bg_color": "#e3eeee", "text_wrap": True})
        widths = {heads[name]: width for name, width in _WIDTHS.items()}
        for key, table in sheets.items():
            _sheet(book.add_worksheet(phrase(key, language)), table, head, widths)
        settings = book.add_worksheet(phrase("paper.settings", language))
        settings.set_column(0, 0, 18)
        settings.set_column(1, 1, 100)
        for r, line in enumerate(_settings(place, standard, language)):
            for k, words in enumerate(line):
                settings.write_string(r, k, sheet_cell(words))
    return target.getvalue()


def rules_file_name(place: Place, ending: str, language: Language) -> str:
    """Return a file name that says what is inside, 示例数据 included."""
    mark = phrase("settings.demonstration", language) if place.demonstration else ""
    parts = [phrase("rules.title", language), place.place_id, mark]
    return "_".join(part for part in parts if part) + f".{ending}"


def _all_kinds(place: Place, crosswalks: Crosswalks, language: Language) -> pd.DataFrame:
    """Return the register by every scheme, one below the other."""
    tables = [
        kinds_table(place, crosswalks, scheme.code, language).assign(
            scheme=scheme.words.say(language)
        )
        for scheme in crosswalks.schemes
    ]
    table = pd.concat(tables, ignore_index=True)
    table["share"] = table["share"].round(1)
    names = ["scheme", "kind", "registered", "filed", "total", "share"]
    return table[names].rename(
        columns={name: phrase(f"rules.column.{name}", language) for name in names}
    )


def _sheet(
    sheet: xlsxwriter.worksheet.Worksheet, table: pd.DataFrame, head: object, widths: dict[str, int]
) -> None:
    for k, name in enumerate(table.columns):
        sheet.write_string(0, k, sheet_cell(str(name)), head)
        sheet.set_column(k, k, widths.get(str(name), 16))
    for r, row in enumerate(table.itertuples(index=False), start=1):
        for k, value in enumerate(row):
            cell = sheet_cell(value)
            if isinstance(cell, str):
                if cell:
                    sheet.write_string(r, k, cell)
            else:
                sheet.write_number(r, k, cell)
    sheet.freeze_panes(1, 0)


def _settings(place: Place, standard: Standard, language: Language) -> list[tuple[str, str]]:
    note = (phrase("settings.note", language), suppression_note().say(language))
    return [*settings_lines(place, standard, language), note]
