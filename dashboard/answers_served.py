"""Further answers the pages show: how sure gaps are, kinds reached, the rules; kept once each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from coverage import border
from coverage import robustness as sureness
from coverage.kinds import Crosswalks
from coverage.papers.kinds_table import FIVE_KINDS, Reached, reached
from coverage.reconciliation import reconcile
from coverage.rules import (
    Ground,
    Population,
    Rules,
    Supplements,
    ground_of,
    indicators,
    read_crosswalks,
    read_rules,
    read_supplements,
    supply_matches,
)
from coverage.standard import Standard
from coverage.underserved import underserved_areas
from coverage.walking_times import organisations_within, walking_times
from dashboard import answers
from geo.place import Place
from geo.taxonomy import Taxonomy

Key = tuple[Any, ...]


@st.cache_resource(show_spinner=False, max_entries=60)
def _verdicts(_place: Place, content: str, key: Key, _standard: Standard) -> pd.DataFrame:
    return sureness.robustness(
        _place,
        answers.walks(_place, _standard),
        answers.coverage(_place, _standard),
        walks_without_legs=answers.walks(_place, replace(_standard, legs=False)),
    )


def verdicts(place: Place, standard: Standard) -> pd.DataFrame:
    """Return how sure every gap is, leaving the off-street legs out among the assumptions."""
    return _verdicts(place, place.content_hash, answers.question_key(standard), standard)


@st.cache_resource(show_spinner=False, max_entries=60)
def _by_walker(_place: Place, content: str, key: Key, _standard: Standard) -> pd.DataFrame:
    return sureness.gaps_by_walker(
        _place,
        answers.walks(_place, _standard),
        answers.coverage(_place, _standard),
        wheelchair=answers.walks(_place, replace(_standard, walker="wheelchair")),
    )


def by_walker(place: Place, standard: Standard) -> pd.DataFrame:
    """Return which gaps are gaps for some walkers only."""
    return _by_walker(place, place.content_hash, answers.question_key(standard), standard)


@st.cache_resource(show_spinner=False, max_entries=100)
def _marked(
    _place: Place, content: str, key: Key, kind: str, subject: str, _standard: Standard
) -> pd.DataFrame:
    if kind == "category":
        gaps = answers.category_gaps(_place, _standard)
    else:
        gaps = answers.subject_gaps(_place, _standard, subject)
    walks, result = answers.walks(_place, _standard), answers.coverage(_place, _standard)
    marked = sureness.marked(gaps, verdicts(_place, _standard))
    return border.marked(_place, walks, result, marked)


def marked_gaps(place: Place, standard: Standard, subject: str | None) -> pd.DataFrame:
    """Return the gaps of `subject`, or of all categories, with how sure each is."""
    key = answers.question_key(standard)
    kind = "category" if subject is None else "group"
    return _marked(place, place.content_hash, key, kind, subject or "", standard)


@st.cache_resource(show_spinner=False, max_entries=200)
def _reconciled(
    _place: Place, content: str, key: Key, subject: str, _standard: Standard
) -> pd.DataFrame:
    walks, result = answers.walks(_place, _standard), answers.coverage(_place, _standard)
    return reconcile(_place, walks, result, subject=subject)


def reconciled(place: Place, standard: Standard, subject: str) -> pd.DataFrame:
    """Return one subject counted in every usual way."""
    key = answers.question_key(standard)
    return _reconciled(place, place.content_hash, key, subject, standard)


@st.cache_resource(show_spinner=False, max_entries=200)
def _border(
    _place: Place, content: str, key: Key, subject: str, _standard: Standard
) -> pd.DataFrame:
    walks, result = answers.walks(_place, _standard), answers.coverage(_place, _standard)
    return border.border_effects(_place, walks, result, subject=subject)


def border_of(place: Place, standard: Standard, subject: str) -> pd.DataFrame:
    """Return what the district border does to one subject."""
    key = answers.question_key(standard)
    return _border(place, place.content_hash, key, subject, standard)


@st.cache_resource(show_spinner=False, max_entries=60)
def _areas(_place: Place, content: str, key: Key, subject: str, _standard: Standard) -> Any:
    result = answers.coverage(_place, _standard)
    return underserved_areas(_place, result, subject=subject)


def areas(place: Place, standard: Standard, subject: str) -> pd.DataFrame:
    """Return the underserved areas of one subject."""
    key = answers.question_key(standard)
    return pd.DataFrame(_areas(place, place.content_hash, key, subject, standard))


@st.cache_resource(show_spinner=False, max_entries=60)
def _walking(
    _place: Place, content: str, key: Key, subject: str, _standard: Standard
) -> tuple[pd.DataFrame, pd.DataFrame]:
    walks, result = answers.walks(_place, _standard), answers.coverage(_place, _standard)
    times = walking_times(_place, walks, result, subject=subject)
    return times, organisations_within(_place, result, subject=subject)


def walking(place: Place, standard: Standard, subject: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the minutes walked to one subject and the organisations within the walk."""
    key = answers.question_key(standard)
    return _walking(place, place.content_hash, key, subject, standard)


@st.cache_resource(show_spinner=False)
def rules() -> Rules:
    """Return the rules file."""
    return read_rules()


@st.cache_resource(show_spinner=False, max_entries=6)
def _crosswalks(_taxonomy: Taxonomy, content: str) -> Crosswalks:
    return read_crosswalks(_taxonomy)


def crosswalks(place: Place) -> Crosswalks:
    """Return the other schemes, in terms of the place's categories."""
    return _crosswalks(place.taxonomy, place.content_hash)


@st.cache_resource(show_spinner=False, max_entries=6)
def _supplements(_place: Place, content: str) -> Supplements:
    return read_supplements(_place)


@st.cache_resource(show_spinner=False, max_entries=40)
def _indicators(
    _place: Place,
    content: str,
    key: Key,
    _standard: Standard,
    population: Population | None,
) -> pd.DataFrame:
    return indicators(
        _place,
        answers.coverage(_place, _standard),
        rules(),
        walks=answers.walks(_place, _standard),
        supplements=_supplements(_place, content),
        population=population,
    )


def rule_indicators(
    place: Place, standard: Standard, population: Population | None = None
) -> pd.DataFrame:
    """Return every indicator of the rules file."""
    key = answers.question_key(standard)
    return _indicators(place, place.content_hash, key, standard, population)


def ground(place: Place, standard: Standard) -> Ground:
    """Return the place prepared for its rules."""
    return ground_of(
        place,
        answers.coverage(place, standard),
        walks=answers.walks(place, standard),
        supplements=_supplements(place, place.content_hash),
    )


@st.cache_resource(show_spinner=False, max_entries=40)
def _reached(_place: Place, content: str, key: Key, _standard: Standard) -> Reached:
    scheme = crosswalks(_place)[FIVE_KINDS]
    return reached(_place, answers.walks(_place, _standard), _standard, scheme)


def five_kinds(place: Place, standard: Standard) -> Reached:
    """Return how many of the five kinds each unit reaches."""
    return _reached(place, place.content_hash, answers.question_key(standard), standard)


@st.cache_resource(show_spinner=False, max_entries=40)
def _matches(_place: Place, content: str, key: Key, _standard: Standard) -> pd.DataFrame:
    walks, result = answers.walks(_place, _standard), answers.coverage(_place, _standard)
    return supply_matches(_place, walks, result, answers.category_gaps(_place, _standard))


def matches(place: Place, standard: Standard) -> pd.DataFrame:
    """Return the nearest active organisations for every gap of a category."""
    return _matches(place, place.content_hash, answers.question_key(standard), standard)
