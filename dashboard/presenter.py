"""Presenter mode: a prepared story in large type, turned with the keys of a clicker.

Place and question stay as they were on entering; nothing of the meeting
changes the data or the scenario of the other pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from coverage.papers.map_content import answer_content, map_words
from coverage.papers.map_layers import OrganisationLayer, community_layer, organisation_layer
from coverage.papers.story import (
    AFTER,
    CHAPTERS,
    COMMUNITY,
    DISTRICT,
    PROPOSAL,
    SUBDISTRICT,
    Story,
    both,
    change,
    story_question,
    story_subject,
    tell,
    turned,
)
from coverage.papers.story_map import meeting_content, story_outline, story_picked, story_view
from coverage.papers.story_words import (
    Chapter,
    after_words,
    community_words,
    district_words,
    footing_words,
    position_words,
    proposal_words,
    subdistrict_words,
)
from coverage.proposals import Proposal, SiteQuestion
from coverage.scenario import Outcome, Scenario
from coverage.site_search import FINISHED, SiteSearch
from coverage.standard import Standard
from dashboard import answers, click_answers, presenter_edits, what_if
from dashboard import selection as sel
from dashboard.frame import chosen_place
from dashboard.map_frame import Click, show_map
from dashboard.meeting import FROZEN, STEP, leave
from dashboard.words import language, plain, say
from geo.errors import InputError
from geo.phrases import sentence
from geo.place import Place

STYLE = Path(__file__).with_name("presenter.css")


@dataclass(frozen=True, eq=False)
class Meeting:
    """What is frozen for one meeting: the place as it was opened, and the question."""

    place: Place
    chosen: sel.Selection


def page() -> None:
    """Draw the page."""
    st.html(f"<style>{STYLE.read_text(encoding='utf-8')}</style>")
    meeting = _meeting()
    place, standard = meeting.place, meeting.chosen.standard
    subject = story_subject(place, answers.group_gaps(place, standard), meeting.chosen.subject)
    chapter = st.session_state[STEP]
    _draw_bar(chapter)
    with st.spinner(say("present.measuring"), show_time=True):
        result = answers.coverage_at_once(place, standard, subject)
        story = tell(place, result, answers.subject_gaps(place, standard, subject), subject)
    question = story_question(place, standard, subject)
    # Looked for from the first page on, so that nobody waits when the story gets there.
    search = None if question is None else searching(place, standard, question)
    _draw_footing(place, story, standard)
    left, right = st.columns([0.37, 0.63], gap="small")
    with left:
        found = _proposal(search, question, chapter)
        _draw_story(place, story, standard, chapter, found)
    with right:
        _draw_map(place, story, standard, chapter, found)
    with left:
        base = found.scenario if chapter == AFTER and found is not None else Scenario("")
        presenter_edits.draw(
            place, story, standard, question, base=base, here=story_picked(story, chapter)
        )


def _meeting() -> Meeting:
    """Return what is frozen; place and question freeze on the first page of a meeting."""
    state = st.session_state
    if FROZEN not in state:
        place, chosen = chosen_place()
        asked = st.query_params.get("step")
        state[FROZEN] = Meeting(place, chosen)
        state[STEP] = asked if asked in CHAPTERS else DISTRICT
        presenter_edits.begin(place)
    frozen: Meeting = state[FROZEN]
    sel.write_address(frozen.chosen, step=state[STEP])
    return frozen


@st.cache_resource(show_spinner=False, max_entries=12)
def _searching(
    _place: Place,
    content: str,
    key: tuple[Any, ...],
    asked: tuple[Any, ...],
    _standard: Standard,
    _question: SiteQuestion,
) -> SiteSearch:
    walks = answers.walks(_place, _standard)
    return SiteSearch(_place, _standard, _question, walks=walks).start()


def searching(place: Place, standard: Standard, question: SiteQuestion) -> SiteSearch:
    """Return the search for the sites of a story, begun once and shared by everybody."""
    key = answers.question_key(standard)
    asked = astuple(question)
    return _searching(place, place.content_hash, key, asked, standard, question)


def _proposal(
    search: SiteSearch | None, question: SiteQuestion | None, chapter: str
) -> Proposal | None:
    """Return the proposal once it is final; before that, say on its pages how far it is."""
    told = chapter in (PROPOSAL, AFTER)
    if search is None or question is None:
        if told:
            st.info(say("present.no_category"))
        return None
    try:
        search.raise_if_broken()
    except BaseException:
        # Not kept for the next who asks.
        _searching.clear()
        raise
    if search.stage == FINISHED:
        if told and search.fault is not None:
            st.info(plain(sentence(search.fault, language())))
        return search.answer
    if told:
        _watch(search)
    return None


@st.fragment(run_every=0.5)
def _watch(search: SiteSearch) -> None:
    if search.stage == FINISHED:
        st.rerun()
    st.progress(search.time_share, text=say("present.waiting", seconds=search.seconds))
    st.button(
        say("present.enough"),
        key="present_enough",
        disabled=search.cancelled,
        on_click=search.cancel,
    )


def _draw_story(
    place: Place, story: Story, standard: Standard, chapter: str, found: Proposal | None
) -> None:
    words = _words(place, story, standard, chapter, found)
    kicker = position_words(place, story, chapter, language())
    parts = [f'<p class="kicker">{escape(kicker)}</p>']
    if words is not None:
        parts += [
            f"<h1>{escape(words.title)}</h1>",
            f'<p class="figure">{escape(words.figure)}</p>',
            f'<p class="under">{escape(words.under)}</p>',
            "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in words.lines) + "</ul>",
        ]
    with st.container(key="present_story"):
        st.html("".join(parts))


def _words(
    place: Place, story: Story, standard: Standard, chapter: str, found: Proposal | None
) -> Chapter | None:
    """Return the words of a chapter; None where the proposal it tells of is not there."""
    now = language()
    if chapter == DISTRICT:
        cards = answers.cards(place, standard)
        card = next((one for one in cards if one.group.code == story.subject), None)
        return district_words(place, story, card, now)
    if chapter == SUBDISTRICT:
        return subdistrict_words(place, story, now)
    if chapter == COMMUNITY:
        return community_words(place, story, now)
    if found is None:
        return None
    today = what_if.today(place, standard, story.subject)
    if chapter == PROPOSAL:
        after = what_if.outcome(place, standard, story.subject, found.scenario)
        return proposal_words(place, story, found, change(story, today, after), now)
    after = _outcome(place, story, standard, chapter, found)
    return after_words(place, story, change(story, today, after), now)


def _outcome(
    place: Place, story: Story, standard: Standard, chapter: str, found: Proposal | None
) -> Outcome:
    """Return what the map shows: the edits tried so far, after the proposal on its last page."""
    scenario = presenter_edits.tried()
    if chapter == AFTER and found is not None:
        scenario = both(found.scenario, scenario)
    return what_if.outcome(place, standard, story.subject, scenario)


def _draw_map(
    place: Place, story: Story, standard: Standard, chapter: str, found: Proposal | None
) -> None:
    try:
        outcome = _outcome(place, story, standard, chapter, found)
    except InputError as fault:
        st.error(plain(sentence(fault, language())))
        return
    points = organisation_layer(outcome.place, standard, story.subject)
    settings, _ = click_answers.office_settings(place)
    number = settings.review_number
    picked = presenter_edits.picked()
    content = answer_content(
        place,
        community_layer(outcome.place, outcome.result, story.subject),
        points,
        map_words(place, standard, story.subject, points, language(), approval_number=number),
        language(),
        picked=picked.code if picked.kind == "community" else story_picked(story, chapter),
        areas=story_outline(place, story, chapter),
    )
    proposed = None if found is None else found.scenario
    numbered: Scenario | None = proposed if chapter in (PROPOSAL, AFTER) else None
    view = story_view(place, story, chapter, proposed)
    shown = meeting_content(content, place, view, numbered, here=picked.at)
    show_map(place, shown, _clicked(place, outcome, points), settings)


def _clicked(place: Place, outcome: Outcome, points: OrganisationLayer) -> Callable[[Click], None]:
    def clicked(click: Click) -> None:
        at, code = (click.longitude, click.latitude), ""
        if click.kind == "community" and click.row < len(place.communities):
            code = str(place.communities.index[click.row])
        elif click.kind == "organisation" and click.row < len(points.service_point_ids):
            point = points.service_point_ids[click.row]
            code = str(outcome.place.service_points.at[point, "organisation_id"])
        if code or click.kind == "spot":
            presenter_edits.pick(presenter_edits.Picked(click.kind, code, at))

    return clicked


def _draw_bar(chapter: str) -> None:
    """Draw the ways to turn pages; those a clicker needs twice are out of sight."""
    first, last = chapter == CHAPTERS[0], chapter == CHAPTERS[-1]
    with st.container(key="present_bar", horizontal=True, gap="small"):
        _turn("present.back", -1, "Left", disabled=first)
        _turn("present.next", 1, "Right", disabled=last)
        st.button(say("present.leave"), key="present_Esc", shortcut="Esc", on_click=leave)
    with st.container(key="present_keys"):
        _turn("present.back", -1, "PageUp", disabled=first)
        _turn("present.next", 1, "PageDown", disabled=last)
        _turn("present.first", -len(CHAPTERS), "Home", disabled=first)


def _turn(words: str, pages: int, shortcut: str, *, disabled: bool) -> None:
    st.button(
        say(words),
        key=f"present_{shortcut}",
        shortcut=shortcut,
        disabled=disabled,
        on_click=_go,
        args=(pages,),
    )


def _go(pages: int) -> None:
    st.session_state[STEP] = turned(st.session_state[STEP], pages)
    presenter_edits.unpick()


def _draw_footing(place: Place, story: Story, standard: Standard) -> None:
    doubts, asked = footing_words(place, story, standard, language())
    marks = "".join(f"<b>{escape(one)}</b>" for one in doubts)
    question = " · ".join((*asked, say("present.frozen")))
    with st.container(key="present_footing"):
        st.html(f"<p>{marks}<span>{escape(question)}</span></p>")
