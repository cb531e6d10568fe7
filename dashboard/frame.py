"""What surrounds every page: style, the shared question, honesty, faults as sentences."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from coverage.papers.first_screen import measurable
from coverage.papers.map_content import subject_name
from dashboard import answers, meeting, sidebar
from dashboard import selection as sel
from dashboard.words import language, plain, say
from geo.errors import InputError
from geo.phrases import sentence
from geo.place import Place
from geo.tables import GENERATED_UNIT_KINDS

FIRST_PAGE = "coverage_map"
PREPARING = "places"
STYLE = Path(__file__).with_name("style.css")


def style() -> None:
    """Put the few rules of our own on the page."""
    st.html(f"<style>{STYLE.read_text(encoding='utf-8')}</style>")


def frame(pages: list[Page], page: Page) -> None:
    """Draw the sidebar, then run `page`; whatever is wrong with input becomes a sentence."""
    folders = answers.place_folders()
    if not folders:
        st.info(say("screen.empty.places"))
        return
    sel.begin(tuple(folders))
    style()
    if page.url_path == meeting.PAGE:
        _present(pages, page)
        return
    meeting.end_meeting(page.url_path)
    listed = [one for one in pages if one.url_path != meeting.PAGE]
    titles = {one.url_path: say(f"screen.page.{one.url_path or FIRST_PAGE}") for one in listed}
    with st.sidebar:
        sidebar.ask_place()
        place = _opened()
        if place is not None:
            sidebar.ask_question(place, measurable(place))
            sel.write_address(sel.selection())
        sidebar.links(listed, titles)
        with st.container(horizontal=True, vertical_alignment="center", key="sidebar_foot"):
            sidebar.ask_language()
            sidebar.meeting_link(next((one for one in pages if one not in listed), None))
    # Where places are prepared a broken one can be put away, so that page still opens.
    if place is not None or page.url_path == PREPARING:
        _run(page)


def _present(pages: list[Page], page: Page) -> None:
    """Run presenter mode, which has no sidebar; leave it for the page it was entered from."""
    state = st.session_state
    if state.pop(meeting.LEAVING, False):
        came_from = state.get(meeting.CAME_FROM, "")
        target = next(one for one in pages if one.url_path in (came_from, ""))
        st.switch_page(target, query_params=sel.address())
    if _opened() is None:
        return
    if meeting.FROZEN not in state:
        place = answers.open_place(state[sel.PLACE])
        sel.settle_subject(place.taxonomy, measurable(place))
    _run(page)


def _run(page: Page) -> None:
    try:
        page.run()
    except InputError as fault:
        st.error(plain(sentence(fault, language())))
    except Exception:
        # A fault of ours: a sentence for the reader (the style hides Streamlit's English box),
        # the whole story for the log.
        st.error(say("screen.fault.ours"))
        raise


def _opened() -> Place | None:
    """Return the chosen place, or say on the page why it cannot be opened."""
    try:
        with st.spinner(say("screen.opening"), show_time=True):
            return answers.open_place(st.session_state[sel.PLACE])
    except InputError as fault:
        with st.container(key="fault"):
            st.error(f"**{say('screen.fault.title')}** {plain(sentence(fault, language()))}")
        return None


def chosen_place() -> tuple[Place, sel.Selection]:
    """Return the place and the selection of this run."""
    chosen = sel.selection()
    return answers.open_place(chosen.place_id), chosen


def honesty(place: Place, unreached: int) -> None:
    """Draw the one line that says what is demonstration, derived and estimated."""
    notes = [plain(note.say(language())) for note in place.notes]
    if unreached:
        metres = place.snap_limit_metres
        notes.append(plain(say("screen.note.unreached", count=unreached, metres=metres)))
    if not notes:
        return
    joint = "；" if language() == "zh" else "; "
    words = joint.join(note.rstrip("\\。.;；") for note in notes)
    if place.demonstration and not words.startswith(say("screen.demonstration")):
        words = f"**{say('screen.demonstration')}** · {words}"
    with st.container(key="honesty", horizontal=True, gap="small"):
        st.markdown(words)
        with st.popover(say("screen.notes.more"), type="tertiary"):
            for note in notes:
                st.markdown(f"- {note}")


def heading(place: Place, chosen: sel.Selection, title: str) -> None:
    """Draw the title of a page with the question it answers underneath."""
    subject = subject_name(place, chosen.subject, language())
    standard = chosen.standard
    if standard.minutes is None:
        minutes = say("screen.question.own")
    else:
        minutes = say("screen.question.same", minutes=standard.minutes)
    speed = say("screen.question.speed", percent=standard.speed_percent)
    words = " · ".join((place.name.say(language()), subject, minutes, speed))
    st.markdown(f"### {plain(title)}")
    st.caption(plain(words))


def unit(place: Place) -> str:
    """Return what the communities of a place are called on screen."""
    return say("screen.unit.generated" if generated(place) else "screen.unit")


def generated(place: Place) -> bool:
    """Return whether the place's units were derived and are no communities."""
    return bool(place.communities["unit_kind"].isin(GENERATED_UNIT_KINDS).all())
