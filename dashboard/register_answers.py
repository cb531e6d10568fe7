"""What the pages on the register show, each computed once per content and question."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from coverage.papers.register_table import Wanted, register_table
from coverage.review_queue import review_queue
from coverage.standard import Standard
from dashboard.answers import question_key, walks
from geo.classify import explained, suggest
from geo.ledger import read_corrections
from geo.phrases import Language
from geo.place import Place, corrections_folder


@st.cache_resource(show_spinner=False, max_entries=12)
def _corrections(_place: Place, content: str) -> pd.DataFrame:
    return read_corrections(corrections_folder(_place.folder))


def corrections(place: Place) -> pd.DataFrame:
    """Return what the office corrected at a place, oldest first."""
    return _corrections(place, place.content_hash)


@st.cache_resource(show_spinner=False, max_entries=6)
def _suggestions(_place: Place, content: str) -> pd.DataFrame:
    register = _place.register
    scopes = register["scope"] if "scope" in register.columns else None
    return suggest(
        register["name"], scopes, taxonomy=_place.taxonomy, corrections=corrections(_place)
    )


def suggestions(place: Place) -> pd.DataFrame:
    """Return what the classifier says of every organisation."""
    return _suggestions(place, place.content_hash)


@st.cache_data(show_spinner=False, max_entries=200)
def _explained(_place: Place, content: str, organisation: str) -> pd.DataFrame:
    row = _place.register.loc[organisation]
    return explained(
        str(row["name"]),
        str(row.get("scope", "")),
        taxonomy=_place.taxonomy,
        corrections=corrections(_place),
    )


def categories_in_question(place: Place, organisation: str) -> pd.DataFrame:
    """Return up to three categories for one organisation, with confidence and reason."""
    return _explained(place, place.content_hash, organisation)


@st.cache_resource(show_spinner=False, max_entries=20)
def _queue(_place: Place, content: str, key: tuple[Any, ...], _standard: Standard) -> pd.DataFrame:
    return review_queue(
        _place,
        walks(_place, _standard),
        _standard,
        suggestions=suggestions(_place),
        corrections=corrections(_place),
    )


def queue(place: Place, standard: Standard) -> pd.DataFrame:
    """Return what a person should look at, most residents first."""
    return _queue(place, place.content_hash, question_key(standard), standard)


@st.cache_resource(show_spinner=False, max_entries=20)
def _table(
    _place: Place,
    content: str,
    key: tuple[Any, ...],
    language: Language,
    wanted: Wanted,
    _standard: Standard,
) -> pd.DataFrame:
    return register_table(
        _place,
        _standard,
        language,
        wanted=wanted,
        suggestions=suggestions(_place),
        corrections=corrections(_place),
    )


def table(place: Place, standard: Standard, language: Language, wanted: Wanted) -> pd.DataFrame:
    """Return the register in the reader's words."""
    return _table(place, place.content_hash, standard.walk_key(), language, wanted, standard)
