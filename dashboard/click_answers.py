"""What a click on the map is answered with, each computed once per content and question.

Kept as in `dashboard.answers`: shared between sessions, never changed.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from coverage.organisation_reach import drawn_areas
from coverage.papers.kinds_table import Reached, five_kinds, kinds_words, reached
from coverage.papers.map_layers import lowest_group
from coverage.papers.map_marks import MapMarks, area_marks, resident_marks, together, walk_marks
from coverage.papers.organisation_card import OrganisationCard, area_category, organisation_card
from coverage.reach import Proof, explain
from coverage.resident_walk import ResidentWalk
from coverage.resident_walk import resident_walk as walk_of
from coverage.standard import Standard
from dashboard import answers
from dashboard import selection as sel
from dashboard.words import language
from geo.errors import InputError
from geo.ledger import home
from geo.phrases import Language
from geo.place import Place
from geo.place_settings import PlaceSettings, read_settings


def office_settings(place: Place) -> tuple[PlaceSettings, InputError | None]:
    """Return what the office set for a place's map; where that is at fault, nothing and the fault.

    A broken setting must not take the map away.
    """
    try:
        return read_settings(place.place_id, home()), None
    except InputError as fault:
        return PlaceSettings(), fault


def proof_subject(place: Place, chosen: sel.Selection, asked: str = "") -> str:
    """Return what the resident points of the chosen community are shown for.

    What the reader asked for in the card; otherwise the subject of the map,
    and where that is all groups, the lowest one there.
    """
    if asked:
        return asked
    if chosen.subject != sel.ALL:
        return chosen.subject
    return lowest_group(answers.coverage_at_once(place, chosen.standard), chosen.community)


@st.cache_resource(show_spinner=False, max_entries=40)
def _kinds(_place: Place, content: str, key: tuple[Any, ...], _standard: Standard) -> Reached:
    scheme = five_kinds(_place.taxonomy)
    return reached(_place, answers.walks(_place, _standard), _standard, scheme)


def kinds(place: Place, standard: Standard, community: str) -> str:
    """Return how many of the five kinds of service a community reaches, in words."""
    found = _kinds(place, place.content_hash, answers.question_key(standard), standard)
    return kinds_words(found, community, language())


@st.cache_resource(show_spinner=False, max_entries=100)
def _proof(
    _place: Place,
    content: str,
    key: tuple[Any, ...],
    subject: str,
    community: str,
    _standard: Standard,
) -> Proof:
    result = answers.coverage_at_once(_place, _standard, subject)
    walks = answers.walks(_place, _standard)
    return explain(_place, walks, result, subject=subject, community_code=community)


def proof(place: Place, standard: Standard, subject: str, community: str) -> Proof:
    """Return what a community's number rests on."""
    key = answers.question_key(standard)
    return _proof(place, place.content_hash, key, subject, community, standard)


def resident_walk(
    place: Place, standard: Standard, subject: str, resident_point_id: str
) -> ResidentWalk:
    """Return the walk of one resident point; a few milliseconds, so it is not kept."""
    result = answers.coverage_at_once(place, standard, subject)
    walks = answers.walks(place, standard)
    return walk_of(place, walks, result, subject=subject, resident_point_id=resident_point_id)


@st.cache_resource(show_spinner=False, max_entries=100)
def _card(
    _place: Place,
    content: str,
    key: tuple[Any, ...],
    organisation: str,
    now: Language,
    _standard: Standard,
) -> OrganisationCard:
    walks = answers.walks(_place, _standard)
    return organisation_card(_place, walks, _standard, organisation, now)


def card(place: Place, standard: Standard, organisation: str) -> OrganisationCard:
    """Return the card of an organisation in the reader's words."""
    key = answers.question_key(standard)
    return _card(place, place.content_hash, key, organisation, language(), standard)


@st.cache_resource(show_spinner=False, max_entries=60)
def _areas(
    _place: Place,
    content: str,
    key: tuple[Any, ...],
    organisation: str,
    category: str,
    now: Language,
    _standard: Standard,
) -> MapMarks:
    areas = drawn_areas(_place, _standard, category, organisation)
    points = _place.service_points
    own = points.geometry[points["organisation_id"] == organisation]
    return area_marks(_place, areas, now).ringed(_place, own)


def organisation_marks(place: Place, chosen: sel.Selection) -> MapMarks:
    """Return the walking areas of the chosen organisation, and rings around its points."""
    organisation = chosen.organisation
    if organisation not in place.register.index:
        return MapMarks()
    category = area_category(place, organisation, chosen.subject)
    key = answers.question_key(chosen.standard)
    content, now = place.content_hash, language()
    return _areas(place, content, key, organisation, category, now, chosen.standard)


@st.cache_resource(show_spinner=False, max_entries=60)
def _residents(
    _place: Place,
    content: str,
    key: tuple[Any, ...],
    subject: str,
    community: str,
    now: Language,
    _standard: Standard,
) -> MapMarks:
    return resident_marks(_place, proof(_place, _standard, subject, community), now)


def community_marks(place: Place, chosen: sel.Selection, subject: str) -> MapMarks:
    """Return the resident points of the chosen community, and the walk of the chosen one."""
    if chosen.community not in place.communities.index:
        return MapMarks()
    key = answers.question_key(chosen.standard)
    content, now = place.content_hash, language()
    homes = _residents(place, content, key, subject, chosen.community, now, chosen.standard)
    if chosen.resident not in homes.resident_point_ids:
        return homes
    walk = resident_walk(place, chosen.standard, subject, chosen.resident)
    ends = place.residents.geometry.loc[[chosen.resident]]
    return together(homes, walk_marks(place, walk, now).ringed(place, ends))
