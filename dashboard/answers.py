"""The answers the pages show, each computed once per content and question.

Everything kept here is shared between sessions and is never changed: the
cache hands out the same frames to everybody.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from coverage.gaps import gap_list
from coverage.papers.first_screen import Card, group_shares, headline, matrix
from coverage.papers.map_layers import (
    ALL_GROUPS,
    OrganisationLayer,
    area_rings,
    compact_json,
    map_bounds,
    map_geometry,
    organisation_layer,
)
from coverage.papers.single_map import single_map
from coverage.reach import CoverageResult, measure_coverage
from coverage.standard import Standard
from coverage.walking import Walks, walk_categories
from geo.errors import InputError
from geo.ledger import home
from geo.phrases import PHRASES_FOLDER, Language, Phrase
from geo.place import Place, Words, corrections_folder, load_place, place_doubts, place_name

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "data"
FIRST_PLACE = "wuchang"


def places_home() -> Path:
    """Return the folder of imported places."""
    return home()


def place_folders() -> dict[str, Path]:
    """Return every place that can be opened, the shipped ones first."""
    found: dict[str, Path] = {}
    for shelf in (SHIPPED, places_home()):
        if shelf.is_dir():
            folders = (toml.parent for toml in sorted(shelf.glob("*/place.toml")))
            # A place that is being written is none yet.
            folders = (one for one in folders if not one.name.startswith("."))
            found.update({one.name: one for one in folders if one != PHRASES_FOLDER})
    first = {name: path for name, path in found.items() if name == FIRST_PLACE}
    return first | found


@st.cache_data(show_spinner=False, max_entries=64)
def shown_name(folder: str, stamp: str) -> Words:
    """Return the names of a place without reading its tables; its folder when it states none."""
    try:
        return place_name(Path(folder))
    except InputError:
        # Opening it says what is wrong; the menu must not fall over one broken folder.
        return Words(Path(folder).name, Path(folder).name)


def shown_names() -> dict[str, Words]:
    """Return the names of every place that can be opened, by folder."""
    folders = place_folders()
    # The names stand in place.toml alone.
    return {
        name: shown_name(str(path), _file_stamp([path / "place.toml"]))
        for name, path in folders.items()
    }


def folder_stamp(folder: Path) -> str:
    """Return what changes when a file of a place changes, without reading the files."""
    # Scenarios change nothing of the place they are asked about.
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".toml")
    files += sorted(folder.glob("place.toml")) + sorted(folder.glob("taxonomy.toml"))
    return _file_stamp(files)


def _file_stamp(files: list[Path]) -> str:
    """Return names, sizes and times of files as one text, which a cache compares at once."""
    states = [(path.name, path.stat()) for path in files]
    return repr([(name, state.st_size, state.st_mtime_ns) for name, state in states])


@st.cache_resource(show_spinner=False, max_entries=6)
def place_in(folder: str, stamp: str) -> Place:
    """Return the place in `folder`, read once per change of its files."""
    return load_place(Path(folder))


def open_place(place_id: str) -> Place:
    """Return the place `place_id`."""
    folder = place_folders()[place_id]
    apart = corrections_folder(folder)
    stamp = folder_stamp(folder) + (folder_stamp(apart) if apart != folder else "")
    return place_in(str(folder), stamp)


def prepare_first_screen() -> None:
    """Compute what the first screen of the first place shows, before anybody asks."""
    place_id = next(iter(place_folders()), None)
    if place_id is not None:
        place = open_place(place_id)
        standard = Standard()
        cards(place, standard)
        community_matrix(place, standard)
        geometry(place)


@st.cache_resource(show_spinner=False, max_entries=24)
def _walks(
    _place: Place,
    content: str,
    key: tuple[Any, ...],
    categories: tuple[str, ...] | None,
    _standard: Standard,
) -> Walks:
    return walk_categories(_place, _standard, categories=categories)


def walks(place: Place, standard: Standard) -> Walks:
    """Return the walks of every category: the one slow step."""
    return _walks(place, place.content_hash, standard.walk_key(), None, standard)


def question_key(standard: Standard) -> tuple[Any, ...]:
    """Return the whole question as something a cache can compare."""
    question = (
        *standard.walk_key(),
        standard.minutes,
        standard.speed_percent,
        standard.gap_below,
        standard.serious_below,
        standard.elders,
    )
    # As one text: a page asks the caches some twenty times, and they read a tuple piece by piece.
    return (repr(question),)


@st.cache_resource(show_spinner=False, max_entries=200)
def _coverage(
    _place: Place,
    content: str,
    key: tuple[Any, ...],
    only: tuple[str, ...] | None,
    _standard: Standard,
) -> CoverageResult:
    return measure_coverage(_place, walks(_place, _standard), _standard, only=only)


def coverage(place: Place, standard: Standard) -> CoverageResult:
    """Return the answer to `standard` for every category and group."""
    return _coverage(place, place.content_hash, question_key(standard), None, standard)


def coverage_at_once(place: Place, standard: Standard, subject: str = "") -> CoverageResult:
    """Return the answer for the headline groups and `subject` only: what a slider waits for."""
    groups = tuple(group.code for group in place.taxonomy.groups)
    extra = () if subject in (*groups, ALL_GROUPS, "") else (subject,)
    only = (*groups, *extra)
    return _coverage(place, place.content_hash, question_key(standard), only, standard)


@st.cache_resource(show_spinner=False, max_entries=200)
def _gaps(
    _place: Place,
    content: str,
    key: tuple[Any, ...],
    kind: str,
    subject: str,
    _standard: Standard,
) -> pd.DataFrame:
    if kind == "group" or subject:
        result = coverage_at_once(_place, _standard, subject)
    else:
        result = coverage(_place, _standard)
    return gap_list(_place, walks(_place, _standard), result, kind=kind)


def group_gaps(place: Place, standard: Standard) -> pd.DataFrame:
    """Return the gap list of the headline groups."""
    return _gaps(place, place.content_hash, question_key(standard), "group", "", standard)


def category_gaps(place: Place, standard: Standard) -> pd.DataFrame:
    """Return the gap list of all categories."""
    return _gaps(place, place.content_hash, question_key(standard), "category", "", standard)


def subject_gaps(place: Place, standard: Standard, subject: str) -> pd.DataFrame:
    """Return the gap list of one category or group, or of all groups together."""
    if subject == ALL_GROUPS:
        return group_gaps(place, standard)
    if any(subject == group.code for group in place.taxonomy.groups):
        listed = group_gaps(place, standard)
    else:
        key = question_key(standard)
        listed = _gaps(place, place.content_hash, key, "category", subject, standard)
    return listed[listed["category"] == subject].reset_index(drop=True)


@st.cache_resource(show_spinner=False, max_entries=200)
def _cards(
    _place: Place, content: str, key: tuple[Any, ...], _standard: Standard
) -> tuple[Card, ...]:
    return headline(
        _place,
        coverage_at_once(_place, _standard),
        group_gaps(_place, _standard),
        on_paper=_shares(_place, _standard.on_paper()),
        with_committees=_shares(_place, _standard.with_committees()),
    )


def _shares(place: Place, standard: Standard) -> dict[str, float]:
    # A card needs one figure a group of these further questions, not forty categories.
    codes = tuple(code for group in place.taxonomy.groups for code in group.categories)
    measured = _walks(place, place.content_hash, standard.walk_key(), codes, standard)
    return group_shares(place, measured, standard)


def cards(place: Place, standard: Standard) -> tuple[Card, ...]:
    """Return the headline cards."""
    return _cards(place, place.content_hash, question_key(standard), standard)


@st.cache_resource(show_spinner=False, max_entries=60)
def _matrix(_place: Place, content: str, key: tuple[Any, ...], _standard: Standard) -> pd.DataFrame:
    return matrix(_place, coverage_at_once(_place, _standard))


def community_matrix(place: Place, standard: Standard) -> pd.DataFrame:
    """Return communities by groups."""
    return _matrix(place, place.content_hash, question_key(standard), standard)


@st.cache_resource(show_spinner=False, max_entries=6)
def _geometry(_place: Place, content: str) -> str:
    return compact_json(map_geometry(_place))


def geometry(place: Place) -> str:
    """Return what stays the same on the map of a place, as JSON."""
    return _geometry(place, place.content_hash)


@st.cache_data(show_spinner=False, max_entries=6)
def _bounds(_place: Place, content: str) -> list[list[float]]:
    return map_bounds(_place)


def bounds(place: Place) -> list[list[float]]:
    """Return the corners the map opens on."""
    return _bounds(place, place.content_hash)


@st.cache_data(show_spinner=False, max_entries=6)
def _doubts(_place: Place, content: str) -> tuple[Phrase, ...]:
    return place_doubts(_place)


def doubts(place: Place) -> tuple[Phrase, ...]:
    """Return what is doubtful about a place."""
    return _doubts(place, place.content_hash)


@st.cache_resource(show_spinner=False, max_entries=100)
def _organisations(
    _place: Place, content: str, key: tuple[Any, ...], subject: str, _standard: Standard
) -> OrganisationLayer:
    return organisation_layer(_place, _standard, subject)


def organisations(place: Place, standard: Standard, subject: str) -> OrganisationLayer:
    """Return the service points the map of `subject` draws."""
    key = standard.walk_key()
    return _organisations(place, place.content_hash, key, subject, standard)


def judged(place: Place, subject: str) -> bool:
    """Return whether a subject has a gap indicator at all: groups, core and extended categories."""
    return subject not in place.taxonomy or place.taxonomy[subject].core > 0


@st.cache_resource(show_spinner=False, max_entries=60)
def _area_outlines(
    _place: Place, content: str, key: tuple[Any, ...], subject: str, _standard: Standard
) -> list[Any]:
    from coverage.underserved import underserved_areas  # noqa: PLC0415  (scikit-learn is slow to load)

    result = coverage_at_once(_place, _standard, subject)
    areas = underserved_areas(_place, result, subject=subject)
    return area_rings(_place, areas.geometry)


def area_outlines(place: Place, standard: Standard, subject: str) -> list[Any]:
    """Return the outlines of the underserved areas, ready for the map."""
    key = question_key(standard)
    return _area_outlines(place, place.content_hash, key, subject, standard)


@st.cache_data(show_spinner=False, max_entries=20)
def _map_file(
    _place: Place,
    content: str,
    key: tuple[Any, ...],
    subject: str,
    language: Language,
    approval_number: str,
    _standard: Standard,
) -> str:
    return single_map(
        _place,
        walks(_place, _standard),
        _standard,
        subject,
        language,
        approval_number=approval_number,
    )


def map_file(
    place: Place,
    standard: Standard,
    subject: str,
    language: Language,
    *,
    approval_number: str = "",
) -> str:
    """Return the map as one self-contained HTML file."""
    key = question_key(standard)
    content = place.content_hash
    return _map_file(place, content, key, subject, language, approval_number, standard)
