"""Correcting an organisation on screen: its panel, the queue that leads to it, what stands."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from coverage.papers.review_table import reason_counts, review_table
from coverage.review_queue import ESTIMATED, REASONS
from dashboard import correction_form, register_answers
from dashboard import selection as sel
from dashboard.tables import table_key
from dashboard.words import language, plain, say
from geo.ledger import correction_table
from geo.phrases import phrase
from geo.place import Place

QUEUE_REASONS = "review_reasons"
TABLE_HEIGHT = 420


def choosing_table(
    table: pd.DataFrame, *, key: str, height: int, columns: dict[str, object]
) -> None:
    """Draw a table of organisations; a click on a row opens its panel."""
    ids = list(table.index)
    key = table_key(key, ids)

    def choose() -> None:
        cells = st.session_state[key]["selection"]["cells"]
        if cells and cells[0][0] < len(ids):
            correction_form.turn_away()
            st.session_state[sel.ORGANISATION] = ids[cells[0][0]]

    st.dataframe(
        table,
        height=height,
        key=key,
        on_select=choose,
        selection_mode="single-cell",
        row_height=30,
        column_config=columns,
    )


def draw_panel(place: Place) -> None:
    """Draw the panel of the chosen organisation, if one is chosen."""
    chosen = st.session_state.get(sel.ORGANISATION, "")
    if chosen not in place.register.index:
        return
    with st.container(border=True, key="organisation_panel"):
        row = place.register.loc[chosen]
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.markdown(f"**{plain(str(row['name']))}**", width="content")
            st.button(say("organisations.close"), on_click=_close, type="tertiary")
        facts = (
            str(chosen),
            phrase(f"registration.{row['level']}", language()),
            phrase(f"state.{row['state']}", language()),
            correction_form.category_names(place, str(row["categories"])),
        )
        st.caption(plain(" · ".join(fact for fact in facts if fact)))
        asked, form = st.columns(2, gap="large")
        with asked:
            _draw_suggestions(place, chosen)
        with form:
            correction_form.draw(place, chosen)


def _close() -> None:
    correction_form.turn_away()
    st.session_state[sel.ORGANISATION] = ""


def _draw_suggestions(place: Place, organisation: str) -> None:
    st.markdown(f"**{say('organisations.suggested')}**")
    with st.spinner(say("organisations.reading"), show_time=True):
        found = register_answers.categories_in_question(place, organisation)
    if found.empty:
        st.markdown(say("organisations.suggested.none"))
    names = {one.code: one.name(language()) for one in place.taxonomy}
    for row in found.itertuples(index=False):
        words = say(
            "organisations.suggestion",
            code=row.category,
            name=names[row.category],
            confidence=f"{row.confidence:.0%}",
            reason=row.reason.say(language()),
        )
        st.markdown(f"- {plain(words)}")
    st.caption(say("organisations.suggested.help"))


def draw_queue(place: Place, chosen: sel.Selection) -> None:
    """Draw what waits for a person, most residents first."""
    with st.spinner(say("organisations.reading"), show_time=True):
        queue = register_answers.queue(place, chosen.standard)
    counts = reason_counts(queue)
    offered = [reason for reason in REASONS if counts.get(reason)]
    st.caption(f"{say('organisations.queue.help')} {say('organisations.choose')}")
    if not offered:
        st.info(say("organisations.queue.none"))
        return
    state = st.session_state
    kept = state.get("review_reasons_kept")
    if QUEUE_REASONS not in state:
        # An estimated place is the commonest reason and the mildest: asked for, not pushed.
        state[QUEUE_REASONS] = kept or [one for one in offered if one != ESTIMATED] or offered
    reasons = st.pills(
        say("organisations.queue.reasons"),
        REASONS,
        format_func=lambda one: f"{say(f'queue.{one}')} {counts.get(one, 0):,}",
        selection_mode="multi",
        key=QUEUE_REASONS,
    )
    state["review_reasons_kept"] = list(reasons)
    table = review_table(queue, place.taxonomy, language(), reasons=tuple(reasons))
    if table.empty:
        st.info(say("organisations.queue.none"))
        return
    column = st.column_config
    heads = {name: say(f"organisations.queue.column.{name}") for name in table.columns}
    kinds: dict[str, object] = {name: column.TextColumn(head) for name, head in heads.items()}
    kinds["confidence"] = column.NumberColumn(heads["confidence"], format="%d %%")
    for name in ("dependants", "at_stake"):
        kinds[name] = column.NumberColumn(
            heads[name], format="localized", help=say(f"organisations.queue.{name}.help")
        )
    kinds["_index"] = column.TextColumn(say("screen.register.column.id"))
    choosing_table(table, key="review_table", height=TABLE_HEIGHT, columns=kinds)


def draw_corrections(place: Place, chosen: sel.Selection) -> None:
    """Draw the corrections that stand, each with its way back."""
    table = correction_table(register_answers.corrections(place), place.register["name"])
    if table.empty:
        st.info(say("organisations.corrections.none"))
        return
    st.caption(say("organisations.corrections.help"))
    shown = table.assign(
        column=[say(f"correctable.{one}") for one in table["column"]],
        value=[
            correction_form.value_words(place, column, value)
            for column, value in zip(table["column"], table["value"], strict=True)
        ],
    )
    column = st.column_config
    names = ("recorded_at", "organisation_id", "name", "name_pattern", "column", "value")
    heads = {name: say(f"organisations.corrections.column.{name}") for name in names}
    event = st.dataframe(
        shown[list(names)],
        hide_index=True,
        key="corrections_table",
        on_select="rerun",
        selection_mode="multi-row",
        column_config={name: column.TextColumn(head) for name, head in heads.items()},
    )
    marked = event["selection"]["rows"]
    if st.button(
        say("organisations.withdraw", count=len(marked)), disabled=not marked, key="withdraw"
    ):
        correction_form.withdraw(place, table.iloc[marked])
