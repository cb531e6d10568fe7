"""The check report: what became of every row, to read, to take away, to correct and load again."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.place_desk import Desk, draw_faults, keep, kept, upload
from dashboard.words import language, plain, say
from geo.check_report import problem_rows
from geo.desk_check import DeskCheck, FileCheck, PlaceSize
from geo.problems import DOUBTFUL, LEVELS_OF_DOUBT, REJECTED, REPAIRED, STATUSES

SHOWN_FIRST = (REJECTED, DOUBTFUL, REPAIRED)
TABLE_HEIGHT = 320


def draw_report(at: Desk, found: DeskCheck) -> None:
    """Draw counts, problems and the workbook of every kind of file."""
    draw_faults(found.faults)
    if not found.checks:
        return
    kinds = tuple(one.table for one in reversed(found.checks))
    checks = {one.table: one for one in found.checks}
    key = kept(at, "report_kind", kinds[0], kinds)
    if st.session_state[key] not in kinds:
        st.session_state[key] = kinds[0]
    st.segmented_control(
        say("place.report.kind"),
        kinds,
        format_func=lambda one: say(f"place.kind.{one}"),
        key=key,
        required=True,
        label_visibility="collapsed",
    )
    keep(at, "report_kind")
    check = checks[st.session_state[key]]
    _draw_counts(check)
    _draw_problems(at, check)
    if check.book is not None and check.book.is_file():
        _draw_round_trip(at, check)


def _draw_counts(check: FileCheck) -> None:
    columns = st.columns(1 + len(STATUSES))
    columns[0].metric(say("place.report.rows_read"), f"{check.counts['rows_read']:,}", border=True)
    for status, column in zip(STATUSES, columns[1:], strict=True):
        column.metric(say(f"check_level.{status}"), f"{check.counts[status]:,}", border=True)


def _draw_problems(at: Desk, check: FileCheck) -> None:
    key = kept(at, "report_levels", list(SHOWN_FIRST))
    st.pills(
        say("place.report.levels"),
        LEVELS_OF_DOUBT,
        selection_mode="multi",
        format_func=lambda one: say(f"check_level.{one}"),
        key=key,
    )
    keep(at, "report_levels")
    rows = _rows(at, check)
    rows = rows[rows["level"].isin(st.session_state[key])]
    if rows.empty:
        st.caption(say("place.report.none"))
        return
    column = st.column_config
    shown = rows.assign(level=rows["level"].map(lambda one: say(f"check_level.{one}")))
    heads = {name: say(f"check.{name}") for name in rows.columns}
    kinds = {name: column.TextColumn(head) for name, head in heads.items()}
    kinds["row"] = column.NumberColumn(heads["row"], format="%d")
    kinds["reason"] = column.TextColumn(heads["reason"], width="large")
    st.caption(say("place.report.count", count=len(rows)))
    st.dataframe(
        shown,
        hide_index=True,
        height="auto" if len(shown) < 8 else TABLE_HEIGHT,
        row_height=30,
        column_config=kinds,
        column_order=["level", "row", "column", "reason", "sheet", "file"],
        key=at.key("report_table"),
    )


def _rows(at: Desk, check: FileCheck) -> pd.DataFrame:
    """Return the problems in words, put into words once."""
    memory = at.draft.kept.setdefault("report_rows", {})
    known = memory.get((check.table, language()))
    if known is None or known[0] is not check:
        known = (check, problem_rows(check.problems, language()))
        memory[check.table, language()] = known
    rows: pd.DataFrame = known[1]
    return rows


def _draw_round_trip(at: Desk, check: FileCheck) -> None:
    st.markdown(f"**{say('place.report.correct')}**")
    st.caption(say("place.report.correct.help"))
    left, right = st.columns([1, 2])
    left.download_button(
        say("place.report.download"),
        data=check.book.read_bytes if check.book is not None else b"",
        file_name=say("place.report.file", table=say(f"place.kind.{check.table}")),
        on_click="ignore",
        key=at.key(f"book_{check.table}"),
    )
    with right:
        upload(at, "corrected", as_kind=check.table, replaces=True)


def size_words(size: PlaceSize) -> str:
    """Return how much of everything a place holds, in one sentence."""
    words = say(
        "place.size",
        communities=size.communities,
        organisations=size.organisations,
        points=size.service_points,
        homes=size.resident_points,
        people=size.people,
    )
    return plain(f"{words} {say(f'screen.places.walking.{size.walking_basis}')}")


def draw_levels(size: PlaceSize) -> None:
    """Draw how many organisations can count, and a warning when none does."""
    st.markdown(f"- {plain(size.levels.say(language()))}")
    if size.none_usable:
        st.warning(say("place.accept.none_usable"))
