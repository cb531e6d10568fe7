"""Organisations: the register as it is counted, what waits for a person, corrections, the check."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from coverage.papers.register_paper import register_csv, register_file_name, register_workbook
from coverage.papers.register_table import Wanted
from dashboard import correcting, correction_form, register_answers, register_check
from dashboard import selection as sel
from dashboard.frame import chosen_place, heading, honesty
from dashboard.words import language, say
from geo.phrases import phrase
from geo.place import Place
from geo.tables import LEVELS, STATES

VIEW = "organisations_view"
LEVEL, STATE, ONLY_SUBJECT = "register_level", "register_state", "register_only_subject"
TEXT = "register_text"
TABLE_HEIGHT = 420


def page() -> None:
    """Draw the page."""
    place, chosen = chosen_place()
    honesty(place, 0)
    heading(place, chosen, say("screen.page.organisations"))
    views: dict[str, Callable[[Place, sel.Selection], None]] = {
        "register": _draw_register,
        "review": correcting.draw_queue,
        "corrections": correcting.draw_corrections,
        "check": register_check.draw,
    }
    # What is shown survives a change of page, which drops the keys of widgets.
    state = st.session_state
    state.setdefault(VIEW, state.get("organisations_viewed", "register"))
    view = st.segmented_control(
        say("organisations.view"),
        list(views),
        format_func=lambda one: say(f"organisations.view.{one}"),
        key=VIEW,
        on_change=correction_form.turn_away,
        label_visibility="collapsed",
        required=True,
    )
    state["organisations_viewed"] = view
    correction_form.draw_said()
    correcting.draw_panel(place)
    views[view](place, chosen)


def _draw_register(place: Place, chosen: sel.Selection) -> None:
    wanted = _ask(chosen)
    with st.spinner(say("organisations.reading"), show_time=True):
        table = register_answers.table(place, chosen.standard, language(), wanted)
    if table.empty:
        st.info(say("screen.register.none"))
        return
    counted = int(table["counts"].sum())
    with st.container(horizontal=True, vertical_alignment="center"):
        count = say("screen.register.count", count=len(table), counted=counted)
        st.caption(f"{count} · {say('organisations.choose')}")
        _draw_downloads(place, chosen, table)
    column = st.column_config
    heads = {name: say(f"screen.register.column.{name}") for name in table.columns}
    kinds = {name: column.TextColumn(head) for name, head in heads.items()}
    kinds["counts"] = column.CheckboxColumn(heads["counts"])
    kinds["confidence"] = column.NumberColumn(heads["confidence"], format="%d %%")
    correcting.choosing_table(
        table,
        key="register_table",
        height=TABLE_HEIGHT,
        columns=kinds | {"_index": column.TextColumn(say("screen.register.column.id"))},
    )


def _ask(chosen: sel.Selection) -> Wanted:
    now = language()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        only = st.toggle(say("screen.register.only_subject"), value=True, key=ONLY_SUBJECT)
        text = st.text_input(
            say("organisations.text"), key=TEXT, placeholder=say("organisations.text.hint")
        )
        levels = st.multiselect(
            say("screen.register.level"),
            LEVELS,
            format_func=lambda level: phrase(f"registration.{level}", now),
            key=LEVEL,
            placeholder=say("screen.register.any"),
        )
        states = st.multiselect(
            say("screen.register.state"),
            STATES,
            format_func=lambda state: phrase(f"state.{state}", now),
            key=STATE,
            placeholder=say("screen.register.any"),
        )
    return Wanted(chosen.subject if only else "", tuple(levels), tuple(states), text)


def _draw_downloads(place: Place, chosen: sel.Selection, table: pd.DataFrame) -> None:
    now = language()
    with st.container(horizontal=True, gap="small", width="content"):
        st.download_button(
            say("screen.download.xlsx"),
            data=lambda: register_workbook(place, table, chosen.standard, now),
            file_name=register_file_name(place, "xlsx", now),
            on_click="ignore",
            key="register_xlsx",
        )
        st.download_button(
            say("screen.download.csv"),
            data=lambda: register_csv(place, table, now),
            file_name=register_file_name(place, "csv", now),
            on_click="ignore",
            key="register_csv",
        )
