"""Organisations: the register as it is counted, one row each, filtered by what a reader asks."""

from __future__ import annotations

import streamlit as st

from coverage.papers.register_table import register_table
from dashboard.frame import chosen_place, heading, honesty
from dashboard.words import language, say
from geo.phrases import phrase
from geo.tables import LEVELS, STATES

LEVEL, STATE, ONLY_SUBJECT = "register_level", "register_state", "register_only_subject"
TABLE_HEIGHT = 520


def page() -> None:
    """Draw the page."""
    place, chosen = chosen_place()
    honesty(place, 0)
    heading(place, chosen, say("screen.page.organisations"))
    now = language()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.toggle(say("screen.register.only_subject"), value=True, key=ONLY_SUBJECT)
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
    table = register_table(
        place,
        chosen.standard,
        now,
        subject=chosen.subject if st.session_state[ONLY_SUBJECT] else "",
        levels=tuple(levels),
        states=tuple(states),
    )
    if table.empty:
        st.info(say("screen.register.none"))
        return
    counted = int(table["counts"].sum())
    st.caption(say("screen.register.count", count=len(table), counted=counted))
    column = st.column_config
    heads = {name: say(f"screen.register.column.{name}") for name in table.columns}
    kinds = {name: column.TextColumn(head) for name, head in heads.items()}
    kinds["counts"] = column.CheckboxColumn(heads["counts"])
    st.dataframe(
        table,
        height=TABLE_HEIGHT,
        hide_index=False,
        key="register_table",
        row_height=30,
        column_config=kinds | {"_index": column.TextColumn(say("screen.register.column.id"))},
    )
