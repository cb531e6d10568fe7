"""Edits by a click on the map: add, move or close a service point; the answer in words."""

from __future__ import annotations

import streamlit as st

from coverage.papers.map_edits import (
    answer_sentences,
    closed_or_reopened,
    moved_to,
    opened_at,
)
from coverage.papers.map_layers import OrganisationLayer
from coverage.papers.map_marks import MapMarks
from coverage.scenario import Outcome
from coverage.side_by_side import side_by_side
from dashboard import selection as sel
from dashboard import what_if
from dashboard.map_frame import Click
from dashboard.words import language, plain, say
from geo.place import Place

LOOK, ADD, MOVE, CLOSE = "look", "add", "move", "close"
MODES = (LOOK, ADD, MOVE, CLOSE)
MODE, MOVING, MISSED = "map_mode", "map_moving", "map_missed"


def draw_modes(place: Place, category: str) -> None:
    """Draw the switch that says what a click does, and what is expected next."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        mode = st.segmented_control(
            say("where.mode"),
            MODES,
            format_func=lambda one: say(f"where.mode.{one}"),
            default=LOOK,
            key=MODE,
            required=True,
            label_visibility="collapsed",
            on_change=_begin,
        )
        st.button(
            say("where.undo"),
            key="map_undo",
            on_click=what_if.undo,
            args=(place,),
            disabled=not what_if.scenario_of(place).edits,
        )
    # One line in every mode: what stands below, the map, must not move in the page.
    if st.session_state.get(MISSED, False):
        st.caption(f":red[{say('where.mode.none_there')}]")
    elif mode == MOVE and _moving(place):
        st.caption(say("where.mode.move.there", name=plain(_moving_name(place))))
    elif mode == ADD:
        name = place.taxonomy[category].name(language())
        st.caption(say("where.mode.add.hint", category=plain(name)))
    else:
        st.caption(say(f"where.mode.{mode}.hint"))


def draw_answer(place: Place, chosen: sel.Selection, today: Outcome, after: Outcome) -> None:
    """Draw who gains, who loses and which gaps close or open, as one piece."""
    groups = tuple(group.code for group in place.taxonomy.groups)
    subjects = groups if chosen.subject in (sel.ALL, *groups) else (chosen.subject, *groups)
    said = answer_sentences(place, side_by_side(today, after), subjects, language())
    lines = [f"**{plain(subject)}**　{plain(words)}" for subject, words in said]
    st.markdown("  \n".join(lines or [say("where.said.nothing")]))


def marks(place: Place, after: Place) -> MapMarks:
    """Return what the mode draws: the pointer that waits, a ring around what moves."""
    mode = st.session_state.get(MODE, LOOK)
    point = _moving(place)[1] if mode == MOVE and _moving(place) else ""
    waiting = MapMarks(waiting=mode == ADD or bool(point))
    if point in after.service_points.index:
        return waiting.ringed(after, after.service_points.geometry.loc[[point]])
    return waiting


def clicked(
    place: Place, after: Place, points: OrganisationLayer, category: str, click: Click
) -> bool:
    """Take a click as an edit; return False where the mode is to look."""
    mode = st.session_state.get(MODE, LOOK)
    st.session_state[MISSED] = False
    if mode == LOOK:
        return False
    scenario, at = what_if.scenario_of(place), (click.longitude, click.latitude)
    owner = _owner(place, after, points, click)
    if mode == ADD:
        what_if.take(place, scenario.with_edit(opened_at(place, scenario, category, at)))
    elif mode == MOVE and owner is not None and _is_there(after, owner):
        st.session_state[MOVING] = (place.place_id, *owner)
    elif mode == MOVE and _moving(place):
        organisation, point = _moving(place)
        what_if.take(place, moved_to(place, scenario, point, organisation, at))
        st.session_state[MOVING] = ()
    elif mode == CLOSE and owner is not None:
        what_if.take(place, closed_or_reopened(scenario, owner[0]))
    else:
        st.session_state[MISSED] = True
    return True


def _owner(
    place: Place, after: Place, points: OrganisationLayer, click: Click
) -> tuple[str, str] | None:
    """Return the organisation and service point that was clicked, or None."""
    if click.kind != "organisation" or click.row >= len(points.service_point_ids):
        return None
    point = points.service_point_ids[click.row]
    for one in (after, place):
        if point in one.service_points.index:
            return str(one.service_points.at[point, "organisation_id"]), point
    return None


def _is_there(after: Place, owner: tuple[str, str]) -> bool:
    return after.register.at[owner[0], "state"] != "注销"


def _begin() -> None:
    st.session_state[MOVING], st.session_state[MISSED] = (), False


def _moving(place: Place) -> tuple[str, str] | tuple[()]:
    """Return the organisation and service point that wait for their new position."""
    given = st.session_state.get(MOVING, ())
    return given[1:] if given and given[0] == place.place_id else ()


def _moving_name(place: Place) -> str:
    organisation = _moving(place)[0]
    opened = {
        getattr(edit, "organisation_id", ""): getattr(edit, "name", "")
        for edit in what_if.scenario_of(place).edits
    }
    if organisation in place.register.index:
        return str(place.register.at[organisation, "name"])
    return str(opened.get(organisation, organisation))
