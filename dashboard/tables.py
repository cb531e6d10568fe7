"""The tables pages share: what to look at first, the matrix, headings that fit the place."""

from __future__ import annotations

import html
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from coverage.gaps import GAP, SERIOUS, gap_levels
from coverage.papers.first_screen import whole_percents
from coverage.papers.map_content import subject_name
from coverage.reach import CoverageResult
from dashboard import selection as sel
from dashboard.frame import generated
from dashboard.words import DASH, language, say
from geo.phrases import phrase
from geo.place import Place

# The two reds of the map's gaps; on white the paler one is darkened until it can be read.
PILLS = ("#f3d3cb", "#f8e3d5")
DRAWN = "tables_drawn"

CELLS = {SERIOUS: ' class="serious"', GAP: ' class="gap"', "": ""}


def priority_table(place: Place, gaps: pd.DataFrame, *, with_subject: bool, height: int) -> None:
    """Draw the ranked gaps; a click on a row looks at its community."""
    now = language()
    unit_word, part_word = unit_columns(place)
    levels = {level: phrase(f"level.{level}", now) for level in ("serious", "gap")}
    shown = pd.DataFrame({"unit": gaps["community"], "part": gaps["subdistrict"]})
    if with_subject:
        names = {code: subject_name(place, code, now) for code in gaps["category"].unique()}
        shown["category"] = gaps["category"].map(names)
    shown["share"] = whole_percents(gaps["share"])
    shown["uncovered"] = gaps["uncovered"]
    nothing = say("screen.table.nearest.nothing")
    shown["nearest"] = [
        nothing
        if pd.isna(minutes)
        else phrase("screen.table.nearest.minutes", now, minutes=minutes)
        for minutes in gaps["nearest_minutes"].to_list()
    ]
    shown["level"] = [[levels[level]] for level in gaps["level"]]
    columns = st.column_config
    table_of_communities(
        shown,
        list(gaps["community_code"]),
        key="priority",
        height=height,
        columns={
            "unit": columns.TextColumn(unit_word, width=66),
            "part": columns.TextColumn(part_word, width=58),
            "category": columns.TextColumn(say("screen.table.category"), width=64),
            "share": columns.NumberColumn(say("screen.table.share"), format="%d %%", width=60),
            "uncovered": columns.NumberColumn(
                say("screen.table.uncovered"), format="localized", width=58
            ),
            "nearest": columns.TextColumn(
                say("screen.table.nearest"),
                alignment="right",
                help=say("screen.table.nearest.help"),
                width=60,
            ),
            "level": columns.MultiselectColumn(
                say("screen.table.level"),
                options=list(levels.values()),
                color=list(PILLS),
                width=92,
            ),
        },
    )


def table_key(name: str, rows: Sequence[str]) -> str:
    """Return the key of a table whose clicked cell means one of `rows`.

    The browser keeps a cell marked while other rows come to stand beneath it; the
    mark then lies, and a click on it opens nothing. When that happens the table
    gets another key, so that it is drawn anew with nothing marked.
    """
    drawn = st.session_state.setdefault(DRAWN, {})
    number, before = drawn.get(name, (0, ()))
    now = tuple(rows)
    if now != before:
        marked = st.session_state.get(f"{name}_{number}")
        number += bool(marked and marked["selection"]["cells"])
        drawn[name] = (number, now)
    return f"{name}_{number}"


def table_of_communities(
    shown: pd.DataFrame,
    codes: list[str],
    *,
    key: str,
    height: int,
    columns: dict[str, object],
) -> None:
    """Draw a table whose rows are communities; a click looks at that one."""
    key = table_key(key, codes)

    def look() -> None:
        cells = st.session_state[key]["selection"]["cells"]
        if cells and cells[0][0] < len(codes):
            sel.look_at(community=codes[cells[0][0]])

    st.dataframe(
        shown,
        height=height,
        hide_index=True,
        key=key,
        on_select=look,
        selection_mode="single-cell",
        row_height=30,
        column_config=columns,
    )


def matrix_table(place: Place, matrix: pd.DataFrame, result: CoverageResult) -> None:
    """Draw communities by groups: share within the walk, and whether one stands there."""
    groups = [group for group in place.taxonomy.groups if group.code in matrix.columns]
    unit_word, _ = unit_columns(place)
    heads = [unit_word, *(group.name(language()) for group in groups)]
    has, has_not = say("screen.matrix.has"), say("screen.matrix.has_not")
    # Names come from files; everything else here is ours. Text is put together as text: a frame
    # of it costs the server several times as much.
    columns = [[f"<td>{html.escape(name)}</td>" for name in matrix["community"].to_list()]]
    for group in groups:
        levels = gap_levels(matrix[group.code], result.standard)
        percents = whole_percents(matrix[group.code]).to_list()
        stands = (matrix[f"{group.code}.has_one"] > 0).to_list()
        columns.append(
            [
                f"<td{CELLS[str(level)]}>{DASH if percent is pd.NA else f'{percent} %'}"
                f" / {has if one else has_not}</td>"
                for level, percent, one in zip(levels, percents, stands, strict=True)
            ]
        )
    head = "".join(f"<th>{html.escape(word)}</th>" for word in heads)
    body = "".join(f"<tr>{''.join(cells)}</tr>" for cells in zip(*columns, strict=True))
    with st.container(key="matrix"):
        st.html(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def whole_numbers() -> dict[str, object]:
    """Return how a proof shows metres and people: with the marks of thousands."""
    heads = [phrase(f"proof.{name}", language()) for name in ("metres", "beneficiaries")]
    return {head: st.column_config.NumberColumn(head, format="localized") for head in heads}


def unit_columns(place: Place) -> tuple[str, str]:
    """Return the headings for a community and the subdistrict it lies in."""
    if generated(place):
        return say("screen.table.unit"), say("screen.table.area")
    return say("screen.table.community"), say("screen.table.subdistrict")
