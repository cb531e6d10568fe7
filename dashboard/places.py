"""Places: what the open one rests on, new ones from files, and keeping the office's own."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from dashboard import answers
from dashboard.frame import chosen_place, unit
from dashboard.place_build import BUILT, draw_build
from dashboard.place_keep import draw_keep, draw_settings
from dashboard.place_register import draw_update
from dashboard.words import language, plain, say
from geo.place import Place

VIEW = "places_view"
KEPT_VIEW = "places_view_kept"


def page() -> None:
    """Draw the page."""
    views: dict[str, Callable[[], None]] = {
        "about": _draw_about,
        "build": draw_build,
        "update": draw_update,
        "keep": draw_keep,
        "settings": draw_settings,
    }
    state = st.session_state
    built = state.pop(BUILT, None)
    if built is not None:
        state[VIEW] = "about"
    elif VIEW not in state:
        state[VIEW] = state.get(KEPT_VIEW, "about")
    st.markdown(f"### {say('screen.page.places')}")
    st.segmented_control(
        say("place.view"),
        tuple(views),
        format_func=lambda one: say(f"place.view.{one}"),
        key=VIEW,
        required=True,
        label_visibility="collapsed",
    )
    state[KEPT_VIEW] = state[VIEW]
    if built is not None:
        name = answers.shown_names()[built].say(language())
        st.success(plain(say("place.built", name=name)))
    views[state[VIEW]]()


def _draw_about() -> None:
    place, _ = chosen_place()
    st.caption(plain(place.name.say(language())))
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
        (unit(place), len(place.communities), None),
        # More than any page counts: the reader is told what else the register holds.
        (
            say("screen.places.organisations"),
            len(place.register),
            say("screen.places.organisations.help"),
        ),
        (say("screen.places.service_points"), len(place.service_points), None),
        (say("screen.places.resident_points"), len(place.residents), None),
    )
    for (label, count, told), column in zip(counts, st.columns(len(counts)), strict=True):
        column.metric(label, f"{count:,}", border=True, help=told)
    basis = say(f"screen.places.walking.{place.walking_basis}")
    st.caption(f"{say('screen.places.data_date')} {plain(place.data_date)} · {basis}")


def _draw_sources(place: Place) -> None:
    rows = [
        (source.what.say(language()), source.attribution, source.licence, source.date)
        for source in place.sources
    ]
    heads = [say(f"screen.sources.{name}") for name in ("what", "attribution", "licence", "date")]
    st.dataframe(pd.DataFrame(rows, columns=heads), hide_index=True, key="sources")
