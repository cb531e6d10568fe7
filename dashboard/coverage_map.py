"""Coverage map: the page that opens first and answers in ten seconds."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from coverage.gaps import gap_communities
from coverage.papers.map_content import answer_content, file_stem, map_words
from coverage.papers.map_layers import community_layer
from coverage.papers.map_marks import MapMarks, together
from dashboard import answers, click_answers
from dashboard import selection as sel
from dashboard.cards import draw_cards
from dashboard.downloads import gap_downloads
from dashboard.frame import chosen_place, honesty, unit
from dashboard.map_frame import Click, show_map
from dashboard.organisation_card import organisation_card
from dashboard.profile import opened_subject, profile, search
from dashboard.tables import matrix_table, priority_table
from dashboard.words import language, plain, say
from geo.phrases import sentence
from geo.place import Place

TABLE_HEIGHT = 240
AREAS = "show_areas"


def page() -> None:
    """Draw the page."""
    place, chosen = chosen_place()
    # What stands above the map is filled after it: the map is what a slider waits for.
    above = st.container(key="above")
    left, right = st.columns([1.45, 1], gap="small")
    with left, st.container(key="map_side"), st.spinner(say("screen.loading"), show_time=True):
        result = answers.coverage_at_once(place, chosen.standard, chosen.subject)
        _draw_map(place, chosen)
    with above:
        cards = answers.cards(place, chosen.standard)
        honesty(place, max((card.unreached for card in cards), default=0))
        draw_cards(cards, chosen.subject)
    with right:
        search(place)
        organisation_card(place, chosen)
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
    settings, fault = click_answers.office_settings(place)
    number = settings.review_number
    marks = _marks(place, chosen)
    content = answer_content(
        place,
        community_layer(place, answers.coverage_at_once(place, standard, subject), subject),
        points,
        map_words(place, standard, subject, points, language(), approval_number=number),
        language(),
        picked=chosen.community,
        areas=answers.area_outlines(place, standard, subject) if drawn else [],
        marks=marks,
    )
    show_map(place, content, _clicked(place, points.service_point_ids, marks), settings)
    if fault is not None:
        st.warning(plain(sentence(fault, language())))
    # The file is made when somebody asks for it, outside of this session: the language goes along.
    now = language()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.toggle(
            say("screen.areas"),
            key=AREAS,
            help=say("screen.areas.help"),
            disabled=subject == sel.ALL,
        )
        st.download_button(
            say("screen.download.map_html"),
            data=lambda: answers.map_file(place, standard, subject, now, approval_number=number),
            file_name=f"{file_stem(place, now)}.html",
            mime="text/html",
            on_click="ignore",
            key="download_map",
        )


def _marks(place: Place, chosen: sel.Selection) -> MapMarks:
    """Return what the things looked at draw over the communities."""
    organisation = click_answers.organisation_marks(place, chosen)
    if chosen.community not in place.communities.index:
        return organisation
    subject = click_answers.proof_subject(place, chosen, opened_subject(chosen))
    return together(organisation, click_answers.community_marks(place, chosen, subject))


def _clicked(
    place: Place, service_point_ids: tuple[str, ...], marks: MapMarks
) -> Callable[[Click], None]:
    def clicked(click: Click) -> None:
        row = click.row
        if click.kind == "community" and row < len(place.communities):
            sel.look_at(community=str(place.communities.index[row]))
        elif click.kind == "organisation" and row < len(service_point_ids):
            point = service_point_ids[row]
            sel.look_at(organisation=str(place.service_points.at[point, "organisation_id"]))
        elif click.kind == "resident" and row < len(marks.resident_point_ids):
            community = st.session_state[sel.COMMUNITY]
            sel.look_at(community=community, resident=marks.resident_point_ids[row])
        elif click.kind == "spot":
            sel.look_at()

    return clicked


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
