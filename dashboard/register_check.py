"""The check report of a place's register: every row read, and what became of it."""

from __future__ import annotations

import streamlit as st

from dashboard import register_answers
from dashboard import selection as sel
from dashboard.words import language, plain, say
from geo.check_report import CheckReport, problem_table
from geo.place import Place
from geo.problems import LEVELS_OF_DOUBT

LEVELS = "check_levels"
TABLE_HEIGHT = 420
COUNTS = ("rows_read", "accepted", "repaired", "doubtful", "rejected")


def draw(place: Place, chosen: sel.Selection) -> None:
    """Draw the report."""
    with st.spinner(say("organisations.check.running"), show_time=True):
        report = register_answers.checked(place)
    for name, cell in zip(COUNTS, st.columns(len(COUNTS)), strict=True):
        cell.metric(say(f"organisations.check.{name}"), f"{report.counts[name]:,}", border=True)
    st.caption(say("organisations.check.help"))
    st.download_button(
        say("organisations.check.download"),
        data=lambda: register_answers.check_file(place, language()),
        file_name=say("organisations.check.file", place=place.place_id),
        on_click="ignore",
        key="check_xlsx",
    )
    _draw_problems(report)


def _draw_problems(report: CheckReport) -> None:
    now = language()
    levels = st.pills(
        say("organisations.check.levels"),
        LEVELS_OF_DOUBT,
        default=[one for one in LEVELS_OF_DOUBT if one != "note"],
        format_func=lambda one: say(f"check_level.{one}"),
        selection_mode="multi",
        key=LEVELS,
    )
    table = problem_table(report, now)
    table = table[table["level"].isin(levels)]
    if table.empty:
        st.info(say("organisations.check.nothing"))
        return
    column = st.column_config
    heads = {name: say(f"check.{name}") for name in table.columns}
    shown = table.assign(level=[say(f"check_level.{one}") for one in table["level"]])
    st.dataframe(
        shown,
        height=TABLE_HEIGHT,
        hide_index=True,
        key="check_table",
        row_height=30,
        column_config={name: column.TextColumn(plain(head)) for name, head in heads.items()},
    )
