"""The tables pages share: what to look at first, the matrix, the categories of one community."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from coverage.gaps import SERIOUS
from coverage.papers.first_screen import whole_percent
from coverage.papers.map_content import subject_name
from coverage.reach import CoverageResult
from dashboard import selection as sel
from dashboard.frame import generated
from dashboard.words import language, say
from geo.phrases import phrase
from geo.place import Place

# The two reds of the map's gaps, on a light ground readable as text.
SERIOUS_CELL = "color: #b5422c; font-weight: 600"
GAP_CELL = "color: #a3552b"
FIGURE_SPACE = " "


def priority_table(place: Place, gaps: pd.DataFrame, *, with_subject: bool, height: int) -> None:
    """Draw the ranked gaps; a click looks at its community."""
    nothing = phrase("gap.nothing_in_walking_range", language())
    unit_word, part_word = unit_columns(place)
    shown = pd.DataFrame({unit_word: gaps["community"], part_word: gaps["subdistrict"]})
    if with_subject:
        shown[say("table.category")] = [
            subject_name(place, code, language()) for code in gaps["category"]
        ]
    shown[say("table.share")] = [aligned(whole_percent(share)) for share in gaps["share"]]
    shown[say("table.uncovered")] = gaps["uncovered"]
    shown[say("table.nearest")] = [
        nothing if pd.isna(minutes) else say("priority.minutes", minutes=minutes)
        for minutes in gaps["nearest_minutes"]
    ]
    shown[say("table.level")] = [phrase(f"level.{level}", language()) for level in gaps["level"]]
    serious = (gaps["level"] == SERIOUS).to_numpy()
    coloured = [say("table.share"), say("table.level")]
    styled = shown.style.format({say("table.uncovered"): "{:,}"}).apply(
        lambda column: [SERIOUS_CELL if one else GAP_CELL for one in serious], subset=coloured
    )
    table_of_communities(styled, list(gaps["community_code"]), key="priority", height=height)


def matrix_table(
    place: Place, matrix: pd.DataFrame, result: CoverageResult, *, height: int
) -> None:
    """Draw communities by groups: share within the walk, and whether one stands there."""
    unit_word, _ = unit_columns(place)
    shown = pd.DataFrame({unit_word: matrix["community"]}, index=matrix.index)
    marks = pd.DataFrame("", index=matrix.index, columns=shown.columns)
    standard = result.standard
    for group in place.taxonomy.groups:
        if group.code not in matrix.columns:
            continue
        name, shares = group.name(language()), matrix[group.code]
        has = matrix[f"{group.code}.has_one"] > 0
        shown[name] = [
            "" if pd.isna(share) else f"{aligned(whole_percent(share))} / {_has(one)}"
            for share, one in zip(shares, has, strict=True)
        ]
        marks[name] = [
            SERIOUS_CELL
            if share < standard.serious_below
            else GAP_CELL
            if share < standard.gap_below
            else ""
            for share in shares
        ]
    styled = shown.style.apply(lambda _: marks, axis=None)
    table_of_communities(styled, list(matrix.index), key="matrix", height=height)


def table_of_communities(styled: object, codes: list[str], *, key: str, height: int) -> None:
    """Draw a table whose rows are communities; a click looks at that one."""

    def look() -> None:
        cells = st.session_state[key]["selection"]["cells"]
        if cells and cells[0][0] < len(codes):
            st.session_state[sel.COMMUNITY] = codes[cells[0][0]]

    st.dataframe(
        styled,
        height=height,
        hide_index=True,
        key=key,
        on_select=look,
        selection_mode="single-cell",
        row_height=30,
    )


def unit_columns(place: Place) -> tuple[str, str]:
    """Return the headings for a community and the subdistrict it lies in."""
    if generated(place):
        return say("table.unit"), say("table.area")
    return say("table.community"), say("table.subdistrict")


def aligned(text: str) -> str:
    """Pad a percentage, so that a table sorts and aligns it as a number."""
    return text.rjust(len("100 %"), FIGURE_SPACE)


def _has(one: bool) -> str:
    return say("matrix.has") if one else say("matrix.has_not")
