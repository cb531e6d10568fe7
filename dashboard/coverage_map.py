"""Coverage map: the page that opens first and answers in ten seconds."""

from __future__ import annotations

import streamlit as st

from coverage.gaps import gap_communities
from coverage.papers.map_content import answer_content, file_stem, map_words
from coverage.papers.map_layers import community_layer
from dashboard import answers
from dashboard import selection as sel
from dashboard.cards import draw_cards
from dashboard.downloads import gap_downloads
from dashboard.frame import chosen_place, honesty, unit
from dashboard.map_frame import show_map
from dashboard.profile import profile, search
from dashboard.tables import matrix_table, priority_table
from dashboard.words import language, say
from geo.place import Place

TABLE_HEIGHT = 240
AREAS = "show_areas"


def page() -> None:
    """Draw the page."""
    place, chosen = chosen_place()
    # What stands above the map is filled after it: the map is what a slider waits for.
    above = st.container(key="above")
    left, right = st.columns([1.6, 1], gap="small")
    with left, st.spinner(say("screen.loading"), show_time=True):
        result = answers.coverage_at_once(place, chosen.standard, chosen.subject)
        _draw_map(place, chosen)
    with above:
        cards = answers.cards(place, chosen.standard)
        honesty(place, max((card.unreached for card in cards), default=0))
        draw_cards(cards, chosen.subject)
    with right:
        search(place)
        profile(place, chosen)
        _draw_priority(place, chosen)
        lacking = gap_communities(answers.group_gaps(place, chosen.standard))
        count = say("screen.headline.gap_communities", count=lacking, unit=unit(place))
        caption = say("screen.matrix.caption", unit=unit(place))
        title = say("screen.matrix", unit=unit(place))
        st.markdown(f"**{title}** :gray[{count}]", help=caption)
        matrix_table(place, answers.community_matrix(place, chosen.standard), result)


def _draw_map(place: Place, chosen: sel.Selection) -> None:
    standard, subject = chosen.standard, chosen.subject
    points = answers.organisations(place, standard, subject)
    drawn = st.session_state.get(AREAS, False) and subject != sel.ALL
    content = answer_content(
        place,
        community_layer(place, answers.coverage_at_once(place, standard, subject), subject),
        points,
        map_words(place, standard, subject, points, language()),
        language(),
        picked=chosen.community,
        areas=answers.area_outlines(place, standard, subject) if drawn else [],
    )
    show_map(place, content, _picker(place, points.service_point_ids))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.toggle(
            say("screen.areas"),
            key=AREAS,
            help=say("screen.areas.help"),
            disabled=subject == sel.ALL,
        )
        st.download_button(
            say("screen.download.map_html"),
            data=lambda: answers.map_file(place, standard, subject, language()),
            file_name=f"{file_stem(place, language())}.html",
            mime="text/html",
            on_click="ignore",
            key="download_map",
        )


def _picker(place: Place, service_point_ids: tuple[str, ...]):
    def picked(kind: str, row: int) -> None:
        state = st.session_state
        if kind == "community" and 0 <= row < len(place.communities):
            state[sel.COMMUNITY] = str(place.communities.index[row])
        elif kind == "organisation" and 0 <= row < len(service_point_ids):
            point = service_point_ids[row]
            state[sel.ORGANISATION] = str(place.service_points.at[point, "organisation_id"])

    return picked


def _draw_priority(place: Place, chosen: sel.Selection) -> None:
    gaps = answers.subject_gaps(place, chosen.standard, chosen.subject)
    count = say("screen.priority.count", count=len(gaps))
    st.markdown(f"**{say('screen.priority')}** :gray[{count}]")
    judged = answers.judged(place, chosen.subject)
    if gaps.empty:
        st.caption(say("screen.priority.none" if judged else "screen.priority.no_indicator"))
    else:
        several = chosen.subject == sel.ALL
        priority_table(place, gaps, with_subject=several, height=TABLE_HEIGHT)
    gap_downloads(place, chosen, gaps)
