"""Compare: today, saved scenarios and other walking times, two at a time."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from coverage.papers.compare_table import (
    Side,
    change_paper,
    compare_csv,
    compare_file_name,
    compare_workbook,
    group_paper,
    side_name,
)
from coverage.scenario import Outcome, Scenario
from coverage.side_by_side import side_by_side
from coverage.standard import MINUTES_BOUNDS, SPEED_PERCENT_BOUNDS, Standard
from dashboard import selection as sel
from dashboard import what_if
from dashboard.frame import chosen_place, honesty
from dashboard.words import language, plain, say
from geo.errors import InputError
from geo.phrases import sentence
from geo.place import Place

TODAY, EDITED = "", "/edited"
FIRST, SECOND = "first", "second"
KEPT = "compare_kept"


def page() -> None:
    """Draw the page."""
    place, chosen = chosen_place()
    honesty(place, 0)
    st.markdown(f"#### {say('screen.page.compare')}", help=say("compare.help"))
    known = _known(place)
    left, right = st.columns(2, gap="medium")
    with left:
        first = _ask(place, chosen, known, FIRST, TODAY)
    with right:
        second = _ask(place, chosen, known, SECOND, list(known)[-1])
    if first is None or second is None:
        return
    (one, before), (other, after) = first, second
    if one == other:
        st.info(say("compare.same"))
    sides = side_by_side(before, after)
    st.markdown(f"**{plain(one.name)} → {plain(other.name)}**")
    what_if.group_table(place, group_paper(place, sides, language()), key="compare_groups")
    st.caption(say("compare.closing"))
    subjects = what_if.subjects_of(place, chosen.subject)
    changes = change_paper(place, sides, subjects, language())
    st.markdown(f"**{say('where.changes', count=len(changes))}**")
    if not changes.empty:
        what_if.change_table(place, changes, key="compare_changes")
    # The files are made when asked for, outside of this session: the language goes along.
    now = language()
    with st.container(horizontal=True, gap="small"):
        for ending, make in (("xlsx", compare_workbook), ("csv", compare_csv)):
            st.download_button(
                say(f"screen.download.{ending}"),
                data=lambda make=make: make(place, sides, one, other, now),
                file_name=compare_file_name(place, ending, language()),
                on_click="ignore",
                key=f"compare_download_{ending}",
            )


def _known(place: Place) -> dict[str, Scenario]:
    """Return what can be compared: today, what is being edited, and what was saved."""
    known = {TODAY: Scenario("")}
    edited = what_if.scenario_of(place)
    if edited.edits:
        known[EDITED] = replace(edited, name=say("compare.edited"))
    return known | what_if.saved(place)


def _ask(
    place: Place, chosen: sel.Selection, known: dict[str, Scenario], side: str, default: str
) -> tuple[Side, Outcome] | None:
    which = f"compare_{side}_scenario"
    _kept(which, default)
    if st.session_state[which] not in known:
        st.session_state[which] = default
    names = {one: scenario.name or say("where.today") for one, scenario in known.items()}
    picked = st.selectbox(
        say(f"where.{side}"), list(known), format_func=names.__getitem__, key=which
    )
    standard = _ask_standard(chosen.standard, side)
    _keep(which)
    name = side_name(known[picked].name, standard, chosen.standard, language())
    try:
        with st.spinner(say("where.measuring"), show_time=True):
            outcome = what_if.outcome(place, standard, chosen.subject, known[picked])
    except InputError as fault:
        st.error(plain(sentence(fault, language())))
        return None
    return Side(name, standard), outcome


def _ask_standard(base: Standard, side: str) -> Standard:
    own, minutes, speed = (f"compare_{side}_{one}" for one in ("own", "minutes", "speed"))
    _kept(own, False)
    _kept(minutes, base.minutes or sel.OWN_MINUTES)
    _kept(speed, base.speed_percent)
    other = st.toggle(say("compare.own"), key=own, help=say("compare.own.help"))
    with st.container(horizontal=True):
        st.slider(
            say("screen.minutes.value"),
            *MINUTES_BOUNDS,
            key=minutes,
            disabled=not other,
            format=say("screen.minutes.format"),
        )
        st.slider(
            say("screen.speed"),
            *SPEED_PERCENT_BOUNDS,
            step=10,
            key=speed,
            disabled=not other,
            format="%d %%",
        )
    _keep(own, minutes, speed)
    state = st.session_state
    if not other:
        return base
    return replace(base, minutes=state[minutes], speed_percent=state[speed])


def _kept(key: str, default: object) -> None:
    """Fill a widget from what was last chosen: leaving the page must not lose it."""
    kept = st.session_state.setdefault(KEPT, {})
    if key not in st.session_state:
        st.session_state[key] = kept.get(key, default)


def _keep(*keys: str) -> None:
    st.session_state[KEPT] |= {key: st.session_state[key] for key in keys}
