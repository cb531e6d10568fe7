"""Places: what the open place rests on: its notes, its doubts, its sources and their terms."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import answers
from dashboard.frame import chosen_place, heading, unit
from dashboard.words import language, plain, say
from geo.place import Place


def page() -> None:
    """Draw the page."""
    place, chosen = chosen_place()
    heading(place, chosen, say("screen.page.places"))
    _draw_size(place)
    notes, doubts = st.columns(2)
    with notes:
        st.markdown(f"##### {say('screen.places.notes')}")
        for note in place.notes:
            st.markdown(f"- {plain(note.say(language()))}")
    with doubts:
        st.markdown(f"##### {say('screen.places.doubts')}")
        found = answers.doubts(place)
        for doubt in found:
            st.markdown(f"- {plain(doubt.say(language()))}")
        if not found:
            st.caption(say("screen.places.doubts.none"))
    st.markdown(f"##### {say('screen.sources')}")
    _draw_sources(place)


def _draw_size(place: Place) -> None:
    counts = (
        (unit(place), len(place.communities)),
        (say("screen.places.organisations"), len(place.register)),
        (say("screen.places.service_points"), len(place.service_points)),
        (say("screen.places.resident_points"), len(place.residents)),
    )
    for (label, count), column in zip(counts, st.columns(len(counts)), strict=True):
        column.metric(label, f"{count:,}", border=True)
    basis = say(f"screen.places.walking.{place.walking_basis}")
    st.caption(f"{say('screen.places.data_date')} {plain(place.data_date)} · {basis}")


def _draw_sources(place: Place) -> None:
    rows = [
        (source.what.say(language()), source.attribution, source.licence, source.date)
        for source in place.sources
    ]
    heads = [say(f"screen.sources.{name}") for name in ("what", "attribution", "licence", "date")]
    st.dataframe(pd.DataFrame(rows, columns=heads), hide_index=True, key="sources")
