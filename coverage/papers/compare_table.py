"""Two answers side by side, ready to be shown and to be taken away."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

import pandas as pd
import xlsxwriter

from coverage.papers.cells import WORKBOOK_OPTIONS, csv_cell, sheet_cell
from coverage.papers.changes_to_leave import changes_to_leave
from coverage.papers.map_content import subject_name
from coverage.papers.settings_sheet import settings_lines
from coverage.papers.suppression import BLANK, suppression_note
from coverage.side_by_side import SideBySide
from coverage.standard import Standard
from geo.phrases import Language, phrase
from geo.place import Place

GROUP_PAPER_COLUMNS = (
    "category",
    "share_first",
    "share",
    "covered_first",
    "gained",
    "lost",
    "built",
    "covered",
    "gaps_closed",
    "gaps_opened",
)
CHANGE_PAPER_COLUMNS = (
    "community",
    "subdistrict",
    "category",
    "share_first",
    "share",
    "covered_first",
    "gained",
    "lost",
    "built",
    "covered",
    "gap",
)
SHARES = ("share_first", "share")


@dataclass(frozen=True)
class Side:
    """One side of a comparison: how it is called and what it asked."""

    name: str
    standard: Standard


def group_paper(place: Place, sides: SideBySide, language: Language) -> pd.DataFrame:
    """Return the headline groups, `GROUP_PAPER_COLUMNS`; shares in percent."""
    rows = sides.district[sides.district["kind"] == "group"].reset_index(drop=True)
    return _named(place, rows, language)[list(GROUP_PAPER_COLUMNS)]


def change_paper(
    place: Place, sides: SideBySide, subjects: tuple[str, ...], language: Language
) -> pd.DataFrame:
    """Return the communities where something changes, `CHANGE_PAPER_COLUMNS`; shares in percent.

    Those with the largest change first; index ``community_code``.
    """
    table = sides.communities
    changed = table[["gained", "lost"]].sum(axis=1) + table["built"].abs()
    wanted = table["category"].isin(subjects) & ((changed > 0) | (table["gap"] != ""))
    order = changed[wanted].sort_values(ascending=False, kind="stable").index
    return _changes(place, table.loc[order], language)


def change_paper_to_leave(
    place: Place, sides: SideBySide, first: Side, second: Side, language: Language
) -> pd.DataFrame:
    """Return `change_paper` of the headline groups with small measured counts marked as blank.

    A community with a blank stands last and whether or not anything changes
    there, because standing in the list and its order tell the change.
    """
    cuts = (first.standard.gap_below, second.standard.gap_below)
    fit = changes_to_leave(sides, cuts, _groups(place))
    silent, table = fit.blank.any(axis=1), fit.communities
    told = table[~silent]
    changed = told[["gained", "lost"]].sum(axis=1) + told["built"].abs()
    wanted = changed[(changed > 0) | (told["gap"] != "")]
    order = wanted.sort_values(ascending=False, kind="stable").index
    last = table[silent].sort_values(["category", "community_code"], kind="stable").index
    listed = order.append(last)
    paper = _changes(place, table.loc[listed], language)
    marks = fit.blank.loc[listed].set_index(paper.index)
    marks["gap"] = marks["share_first"] | marks["share"]
    mark = phrase(BLANK, language)
    for name in marks.columns:
        paper[name] = paper[name].astype(object).mask(marks[name], mark)
    return paper


def _changes(place: Place, table: pd.DataFrame, language: Language) -> pd.DataFrame:
    rows = table.set_index("community_code")
    shown = _named(place, rows, language)
    words = {
        "": "",
        "closes": phrase("where.gap.closes", language),
        "opens": phrase("where.gap.opens", language),
    }
    shown["gap"] = rows["gap"].map(words)
    return shown[list(CHANGE_PAPER_COLUMNS)]


def headings(language: Language, columns: tuple[str, ...]) -> dict[str, str]:
    """Return the heading of each column of the papers here."""
    return {name: phrase(f"where.column.{name}", language) for name in columns}


def side_name(name: str, standard: Standard, base: Standard, language: Language) -> str:
    """Return what a side is called: the scenario, and the question where it is its own."""
    parts = [name or phrase("where.today", language)]
    if standard != base:
        if standard.minutes is None:
            parts.append(phrase("where.own_minutes", language))
        else:
            parts.append(phrase("where.minutes", language, minutes=standard.minutes))
        parts.append(phrase("where.speed", language, percent=standard.speed_percent))
    return " · ".join(parts)


def compare_workbook(
    place: Place, sides: SideBySide, first: Side, second: Side, language: Language
) -> bytes:
    """Return the comparison as .xlsx: groups, communities, and what each side asked.

    Small measured counts of communities are left out so that no other number
    of the file gives them away.
    """
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, WORKBOOK_OPTIONS) as book:
        head = book.add_format({"bold": True, "bg_color": "#e3eeee", "text_wrap": True})
        groups = group_paper(place, sides, language)
        changes = change_paper_to_leave(place, sides, first, second, language)
        title = _title(place, first, second, language)
        _sheet(book, "where.sheet.groups", title, groups, head, language)
        _sheet(book, "where.sheet.communities", title, changes, head, language)
        sheet = book.add_worksheet(phrase("paper.settings", language))
        sheet.set_column(0, 0, 18)
        sheet.set_column(1, 1, 100, book.add_format({"text_wrap": True, "valign": "top"}))
        for row, (heading, words) in enumerate(_settings(place, first, second, language)):
            sheet.write_string(row, 0, sheet_cell(heading))
            sheet.write_string(row, 1, sheet_cell(words))
    return target.getvalue()


def compare_csv(
    place: Place, sides: SideBySide, first: Side, second: Side, language: Language
) -> bytes:
    """Return the comparison as CSV in UTF-8 with a mark: groups, communities, settings."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow([csv_cell(_title(place, first, second, language))])
    papers = (
        group_paper(place, sides, language),
        change_paper_to_leave(place, sides, first, second, language),
    )
    for paper in papers:
        writer.writerow([])
        writer.writerow(headings(language, tuple(paper.columns)).values())
        for row in paper.itertuples(index=False):
            writer.writerow(csv_cell(value) for value in row)
    writer.writerow([])
    for heading, words in _settings(place, first, second, language):
        writer.writerow([csv_cell(heading), csv_cell(words)])
    return target.getvalue().encode("utf-8-sig")


def compare_file_name(place: Place, ending: str, language: Language) -> str:
    """Return a file name that says what is inside, 示例数据 included."""
    mark = phrase("settings.demonstration", language) if place.demonstration else ""
    parts = [phrase("where.sheet.groups", language), place.place_id, mark]
    return "_".join(part for part in parts if part) + f".{ending}"


def _named(place: Place, rows: pd.DataFrame, language: Language) -> pd.DataFrame:
    names = {code: subject_name(place, code, language) for code in rows["category"].unique()}
    shown = rows.copy()
    shown["category"] = rows["category"].map(names)
    for share in SHARES:
        shown[share] = rows[share] * 100
    return shown


def _groups(place: Place) -> tuple[str, ...]:
    return tuple(group.code for group in place.taxonomy.groups)


def _title(place: Place, first: Side, second: Side, language: Language) -> str:
    mark = [phrase("settings.demonstration", language)] if place.demonstration else []
    between = f"{first.name} → {second.name}"
    return " · ".join([place.name.say(language), between, *mark])


def _settings(place: Place, first: Side, second: Side, language: Language) -> list[tuple[str, str]]:
    """Return the settings of both sides; the second side's only where it asks otherwise."""
    lines = [(phrase("where.first", language), first.name)]
    lines += settings_lines(place, first.standard, language)
    lines.append((phrase("where.second", language), second.name))
    if second.standard != first.standard:
        known = set(lines)
        others = settings_lines(place, second.standard, language)
        lines += [line for line in others if line not in known]
    return [*lines, (phrase("settings.note", language), suppression_note().say(language))]


def _sheet(
    book: xlsxwriter.Workbook,
    key: str,
    title: str,
    paper: pd.DataFrame,
    head: Any,
    language: Language,
) -> None:
    sheet = book.add_worksheet(phrase(key, language))
    sheet.write_string(0, 0, sheet_cell(title), book.add_format({"bold": True, "font_size": 14}))
    words = headings(language, tuple(paper.columns))
    for column, name in enumerate(paper.columns):
        sheet.write_string(1, column, words[name], head)
        sheet.set_column(column, column, 24 if name in ("community", "category") else 13)
    number = book.add_format({"num_format": "#,##0"})
    tenth = book.add_format({"num_format": "0.0"})
    formats = [tenth if name in SHARES else number for name in paper.columns]
    for row, values in enumerate(paper.itertuples(index=False), start=2):
        for column, value in enumerate(values):
            cell = sheet_cell(value)
            if isinstance(cell, str):
                sheet.write_string(row, column, cell)
            else:
                sheet.write_number(row, column, cell, formats[column])
    sheet.freeze_panes(2, 1)
