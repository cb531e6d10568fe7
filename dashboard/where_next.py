"""Where next: which sites buy most, and what closing or opening one would change."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import streamlit as st

from coverage.candidates import read_candidates
from coverage.papers.first_screen import measurable
from coverage.papers.map_content import answer_content, subject_name
from coverage.papers.map_edits import edited_layer, edited_words
from coverage.papers.map_layers import OrganisationLayer, community_layer
from coverage.papers.site_table import (
    category_choices,
    certainty,
    curve_paper,
    most_extra,
    never_words,
    site_paper,
    site_question,
)
from coverage.proposals import Proposal, SiteQuestion
from coverage.scenario import Outcome, Scenario
from coverage.site_search import FINISHED, QUICK, SiteSearch
from dashboard import answers, click_answers, map_edits, what_if
from dashboard import selection as sel
from dashboard.frame import chosen_place, honesty
from dashboard.map_frame import Click, show_map
from dashboard.tables import unit_columns
from dashboard.words import language, people, plain, say
from geo.errors import InputError
from geo.phrases import sentence
from geo.place import Place

OBJECTIVES = ("cover", "fewest")
SITES_MOST = 10
SEARCH, KEPT, PREMISES = "where_search", "where_kept", "where_premises"
CANDIDATE_FILES = ("csv", "geojson", "gpkg", "parquet")
SITES_HEIGHT, CURVE_HEIGHT = 230, 230


def page() -> None:
    """Draw the page."""
    place, chosen = chosen_place()
    honesty(place, 0)
    choices = category_choices(place, chosen.subject, measurable(place))
    if not choices:
        st.info(say("where.no_category"))
        return
    # The map stands beside the question, so that nobody scrolls between an edit and its answer.
    left, right = st.columns([1, 1.2], gap="medium")
    with left:
        st.markdown(f"#### {say('screen.page.where_next')}", help=say("where.help"))
        question = _ask(place, chosen, choices)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            candidates = _ask_premises(place)
            _draw_run(place, chosen, question, candidates)
        search = _search_here(place)
        found = search.answer if search is not None else None
        if search is not None:
            search.raise_if_broken()
            _draw_search(search, question, chosen, candidates)
            _draw_answer(place, chosen, search)
        what_if.draw_edits(place, chosen, question.category, found)
    with right:
        _draw_after(place, chosen, question.category, found)


def _kept(key: str, default: Any) -> None:
    """Fill a widget from what was last chosen: leaving the page must not lose it."""
    kept = st.session_state.setdefault(KEPT, {})
    if key not in st.session_state:
        st.session_state[key] = kept.get(key, default)


def _keep(*keys: str) -> None:
    st.session_state[KEPT] |= {key: st.session_state[key] for key in keys}


def _ask(place: Place, chosen: sel.Selection, choices: tuple[str, ...]) -> SiteQuestion:
    # A category for each subject: the sidebar leads, and what was chosen under it comes back.
    category = f"where_category_{chosen.subject}"
    _kept(category, chosen.subject if chosen.subject in choices else choices[0])
    if st.session_state[category] not in choices:
        st.session_state[category] = choices[0]
    _kept("where_objective", OBJECTIVES[0])
    _kept("where_sites", 3)
    _kept("where_percent", 80)
    names = {code: place.taxonomy[code].name(language()) for code in choices}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            say("screen.category"),
            choices,
            format_func=names.__getitem__,
            key=category,
            width=300,
        )
        st.segmented_control(
            say("where.objective"),
            OBJECTIVES,
            format_func=lambda one: say(f"where.objective.{one}"),
            key="where_objective",
            required=True,
            help=say("where.objective.help"),
        )
        if st.session_state["where_objective"] == "cover":
            st.number_input(say("where.sites"), 1, SITES_MOST, key="where_sites", width=140)
        else:
            st.number_input(say("where.percent"), 1, 100, key="where_percent", width=180)
    _keep(category, "where_objective", *_shown("where_sites", "where_percent"))
    state = st.session_state
    return site_question(
        state[category], state["where_objective"], state["where_sites"], state["where_percent"]
    )


def _shown(*keys: str) -> list[str]:
    return [key for key in keys if key in st.session_state]


def _ask_premises(place: Place) -> gpd.GeoDataFrame | None:
    """Return the uploaded list of premises; None: points along underserved streets."""
    kept = st.session_state.setdefault(PREMISES, {})
    known = kept.get(place.place_id)
    title = say("where.premises.street")
    if known is not None:
        title = say("where.premises.list", count=len(known[1]), file=plain(known[0]))
    with st.popover(title, help=say("where.premises.help")):
        upload = st.file_uploader(
            say("where.premises"), type=list(CANDIDATE_FILES), key="where_upload"
        )
        if upload is not None and st.button(say("where.premises.use"), key="where_use"):
            try:
                kept[place.place_id] = (upload.name, _read(upload, place))
            except InputError as fault:
                # The list used so far stays in use.
                st.error(plain(sentence(fault, language())))
            else:
                st.rerun()
        if known is not None and st.button(say("where.premises.drop"), key="where_drop"):
            del kept[place.place_id]
            st.rerun()
    return None if known is None else known[1]


def _read(upload: Any, place: Place) -> gpd.GeoDataFrame:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(upload.name).name
        path.write_bytes(upload.getvalue())
        return read_candidates(path, place)


def _draw_run(
    place: Place,
    chosen: sel.Selection,
    question: SiteQuestion,
    candidates: gpd.GeoDataFrame | None,
) -> None:
    if not st.button(say("where.run"), type="primary", key="where_run"):
        return
    running = st.session_state.get(SEARCH)
    if running is not None:
        running.cancel()
    walks = answers.walks(place, chosen.standard)
    search = SiteSearch(place, chosen.standard, question, candidates=candidates, walks=walks)
    st.session_state[SEARCH] = search.start()


def _search_here(place: Place) -> SiteSearch | None:
    search = st.session_state.get(SEARCH)
    return search if search is not None and search.place.place_id == place.place_id else None


def _draw_search(
    search: SiteSearch,
    question: SiteQuestion,
    chosen: sel.Selection,
    candidates: gpd.GeoDataFrame | None,
) -> None:
    place, _ = chosen_place()
    if not search.same_question(place, chosen.standard, question, candidates):
        st.warning(say("where.old"))
    if search.fault is not None:
        st.error(plain(sentence(search.fault, language())))
    if search.stage != FINISHED:
        _watch(search, search.stage)


@st.fragment(run_every=1.0)
def _watch(search: SiteSearch, drawn: int) -> None:
    """Draw how far the search is; draw the page again when there is more to show."""
    if search.stage != drawn:
        st.rerun()
    bar, button = st.columns([4, 1], vertical_alignment="center")
    words = say("where.searching", seconds=search.seconds)
    if search.stage == QUICK:
        words = say("where.proving", seconds=search.seconds)
    if search.distance is not None:
        words = say("where.proving.within", seconds=search.seconds, percent=search.distance)
    bar.progress(search.time_share, text=words)
    label = say("where.stopping" if search.cancelled else "where.stop")
    button.button(label, key="where_stop", disabled=search.cancelled, on_click=search.cancel)


def _draw_answer(place: Place, chosen: sel.Selection, search: SiteSearch) -> None:
    found = search.answer
    if found is None:
        return
    category = plain(place.taxonomy[found.question.category].name(language()))
    sure = certainty(found.siting, language())
    if search.cancelled and not found.siting.proven_optimal:
        sure = say("where.stopped", certainty=sure)
    words = say("where.answer", count=len(found.sites), extra=people(found.extra))
    st.markdown(f"**{category}** · {words} · **{sure}**", help=say("where.certainty.help"))
    if chosen.subject != found.question.category:
        # Two honest numbers of one proposal stand on this page; without a word they contradict.
        whole = plain(subject_name(place, chosen.subject, language()))
        st.caption(say("where.one_category", category=category, subject=whole))
    unit_word, _ = unit_columns(place)
    columns = st.column_config
    shown = site_paper(found, language())
    if not shown["name"].any():
        shown = shown.drop(columns="name")
    st.dataframe(
        shown,
        hide_index=True,
        row_height=30,
        height="auto" if len(shown) < 6 else SITES_HEIGHT,
        column_config={
            "order": columns.NumberColumn(say("where.column.order"), width=44),
            "community": columns.TextColumn(unit_word, width=90),
            "name": columns.TextColumn(say("where.column.name"), width=110),
            "gain": columns.NumberColumn(say("where.column.gain"), format="localized", width=76),
            "communities": columns.NumberColumn(
                say("where.column.communities"), format="localized", width=64
            ),
            "gains": columns.TextColumn(say("where.column.gains")),
        },
    )
    count, names = never_words(found, language())
    if count:
        st.caption(say("where.never", people=people(count), communities=plain(names)))
    _draw_curve(place, search, found)


def _draw_curve(place: Place, search: SiteSearch, found: Proposal) -> None:
    if search.curve is None or search.curve.empty:
        return
    st.markdown(f"**{say('where.curve')}**", help=say("where.curve.help"))
    columns = st.column_config
    st.dataframe(
        curve_paper(found, place, search.curve),
        hide_index=True,
        row_height=30,
        height=CURVE_HEIGHT,
        column_config={
            "sites": columns.NumberColumn(say("where.column.sites"), width=56),
            "community": columns.TextColumn(unit_columns(place)[0], width=90),
            "gain": columns.NumberColumn(say("where.column.gain"), format="localized", width=76),
            "extra": columns.ProgressColumn(
                say("where.column.extra"),
                min_value=0,
                max_value=most_extra(search.curve),
                format="localized",
            ),
        },
    )


def _draw_after(place: Place, chosen: sel.Selection, category: str, found: Proposal | None) -> None:
    """Draw the map and the table of the edits, or of the proposed sites before any edit."""
    scenario = what_if.scenario_of(place)
    words = say("where.after.edits", count=len(scenario.edits))
    if not scenario.edits:
        words = say("where.after.today" if found is None else "where.after.proposal")
        scenario = scenario if found is None else found.scenario
    st.markdown(f"**{words}**")
    map_edits.draw_modes(place, category)
    # Always there: a map that moves in the page would be loaded anew.
    answer = st.container(key="map_answer")
    try:
        with st.spinner(say("where.measuring"), show_time=True):
            outcome = what_if.outcome(place, chosen.standard, chosen.subject, scenario)
            today = what_if.today(place, chosen.standard, chosen.subject)
    except InputError as fault:
        st.error(plain(sentence(fault, language())))
        return
    # The answer stands above the map: a meeting reads it first.
    if scenario.edits:
        with answer:
            map_edits.draw_answer(place, chosen, today, outcome)
    _draw_map(place, chosen, category, scenario, outcome)
    if scenario.edits:
        what_if.draw_outcome(place, chosen, outcome)


def _draw_map(
    place: Place,
    chosen: sel.Selection,
    category: str,
    scenario: Scenario,
    outcome: Outcome,
) -> None:
    standard, subject = chosen.standard, chosen.subject
    points = answers.organisations(place, standard, subject)
    if scenario.edits:
        points = edited_layer(place, outcome.place, scenario, standard, subject)
    settings, _ = click_answers.office_settings(place)
    number = settings.review_number
    content = answer_content(
        outcome.place,
        community_layer(outcome.place, outcome.result, subject),
        points,
        edited_words(
            place, scenario, standard, subject, points, language(), approval_number=number
        ),
        language(),
        picked=chosen.community,
        marks=map_edits.marks(place, outcome.place),
    )
    show_map(place, content, _clicked(place, outcome.place, points, category), settings)


def _clicked(
    place: Place, after: Place, points: OrganisationLayer, category: str
) -> Callable[[Click], None]:
    def clicked(click: Click) -> None:
        if map_edits.clicked(place, after, points, category, click):
            return
        row, state = click.row, st.session_state
        if click.kind == "community" and row < len(place.communities):
            sel.look_at(community=str(place.communities.index[row]))
            state[what_if.OPEN_WHERE] = state[sel.COMMUNITY]
        elif click.kind == "organisation" and row < len(points.service_point_ids):
            point = points.service_point_ids[row]
            if point in place.service_points.index:
                owner = str(place.service_points.at[point, "organisation_id"])
                sel.look_at(community=state[sel.COMMUNITY], organisation=owner)

    return clicked
