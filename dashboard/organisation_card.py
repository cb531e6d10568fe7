"""The card of the chosen organisation: what it is, whether it counts, whom it reaches."""

from __future__ import annotations

import streamlit as st

from dashboard import click_answers
from dashboard import selection as sel
from dashboard.words import plain, say
from geo.place import Place

ROW_HEIGHT = 30


def organisation_card(place: Place, chosen: sel.Selection) -> None:
    """Draw the card of the chosen organisation, or nothing when none is chosen."""
    if chosen.organisation not in place.register.index:
        return
    card = click_answers.card(place, chosen.standard, chosen.organisation)
    with st.container(border=True, key="organisation_card"):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.markdown(f"**{plain(card.name)}**", width="stretch")
            st.button(say("card.close"), key="card_close", on_click=_close, type="tertiary")
        st.markdown(plain(card.verdict) if card.counts else f":red[{plain(card.verdict)}]")
        facts = [f"{plain(heading)}　{plain(words)}" for heading, words in card.facts]
        st.markdown("  \n".join(facts))
        if card.reached.empty:
            st.caption(say("card.reached.none"))
            return
        st.caption(say("card.reached"))
        columns = st.column_config
        st.dataframe(
            card.reached,
            hide_index=True,
            row_height=ROW_HEIGHT,
            height="auto",
            key="card_reached",
            column_config={
                "category": columns.TextColumn(say("card.column.category"), width=180),
                "people": columns.NumberColumn(
                    say("card.column.people"), format="localized", width=66
                ),
                "minutes": columns.NumberColumn(say("card.column.minutes"), width=72),
            },
        )


def _close() -> None:
    state = st.session_state
    sel.look_at(community=state[sel.COMMUNITY], resident=state[sel.RESIDENT])
