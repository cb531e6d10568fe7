"""The check report of a place's register: every row read, and what became of it."""

from __future__ import annotations

import streamlit as st

from dashboard import selection as sel
from dashboard.words import language, plain, say
from geo.check_report import CheckReport, problem_table
from geo.check_workbook import check_workbook
from geo.place import Place
from geo.place_check import PlaceCheck
from geo.problems import LEVELS_OF_DOUBT

CHECK, LEVELS = "register_check", "check_levels"
SECONDS_OF_PATIENCE = 1.0  # what takes no longer needs no bar
TABLE_HEIGHT = 420
COUNTS = ("rows_read", "accepted", "repaired", "doubtful", "rejected")


def draw(place: Place, chosen: sel.Selection) -> None:
    """Draw the report."""
    work = _under_way(place)
    with st.spinner(say("organisations.check.running")):
        work.wait(SECONDS_OF_PATIENCE)
    if not work.finished:
        _watch(work)
        return
    work.raise_if_broken()
    if work.fault is not None:
        raise work.fault
    if work.report is None:
        st.info(say("organisations.check.stopped"))
        st.button(say("organisations.check.again"), key="check_again", on_click=_forget)
        return
    _draw_report(place, work.report)


def _under_way(place: Place) -> PlaceCheck:
    """Return the check of this place as it stands; a place that changed is checked anew."""
    work = st.session_state.get(CHECK)
    if work is None or work.place.content_hash != place.content_hash:
        if work is not None:
            work.cancel()
        work = st.session_state[CHECK] = PlaceCheck(place).start()
    return work


def _forget() -> None:
    st.session_state.pop(CHECK, None)


@st.fragment(run_every=0.5)
def _watch(work: PlaceCheck) -> None:
    if work.finished:
        st.rerun()
    bar, button = st.columns([5, 1], vertical_alignment="center")
    words = say(
        "organisations.check.working", done=work.done, total=work.total, seconds=work.seconds
    )
    bar.progress(work.share, text=words)
    label = say("organisations.check.stopping" if work.cancelled else "organisations.check.stop")
    button.button(label, key="check_stop", disabled=work.cancelled, on_click=work.cancel)


def _draw_report(place: Place, report: CheckReport) -> None:
    # The download runs outside the page, where no language is chosen.
    now = language()
    for name, cell in zip(COUNTS, st.columns(len(COUNTS)), strict=True):
        cell.metric(say(f"organisations.check.{name}"), f"{report.counts[name]:,}", border=True)
    st.caption(say("organisations.check.help"))
    st.download_button(
        say("organisations.check.download"),
        data=lambda: check_workbook(report, now),
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
