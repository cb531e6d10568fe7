"""One district, complete, in one metric CRS.

A place is a folder with a ``place.toml`` that names its files and says what the
reader must know about them. `load_place` is the only way to make a `Place`;
everything later in the house works on that noun and never on files.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyproj
import shapely

from geo.errors import FileError, GeographyError, PlaceError
from geo.ledger import CORRECTIONS, home, read_corrections
from geo.phrases import Language, Phrase, phrase
from geo.place_register import corrected, read_register, read_service_points
from geo.place_settings import SETTINGS
from geo.place_tables import community_of, read_communities, read_residents, read_section
from geo.street_network import StreetNetwork
from geo.streets import read_streets
from geo.tables import COMMUNITIES, COUNT_COLUMNS, STATES
from geo.taxonomy import TAXONOMY_FILE, Taxonomy, read_taxonomy

SCHEMA_VERSION = 1
DETOUR = 1.3
SNAP_LIMIT_METRES = 300.0


@dataclass(frozen=True)
class Words:
    """Words that come from a file rather than from the phrase table."""

    zh: str
    en: str

    def say(self, language: Language) -> str:
        """Return the words in `language`."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Source:
    """Where data came from, and on which terms it may be used."""

    what: Words
    attribution: str
    licence: str
    date: str


@dataclass(frozen=True, eq=False)
class Place:
    """One district: communities, register, service points, residents, streets.

    All frames are in `crs`, a metric CRS. `walking_basis` is ``network`` or
    ``straight_line``; in the second case `streets` is None and a walk is the
    straight line times `detour`. `notes` are what a reader must see beside any
    figure of this place. `content_hash` changes whenever a byte that the
    figures rest on changes.
    """

    place_id: str
    name: Words
    folder: Path
    crs: pyproj.CRS
    communities: gpd.GeoDataFrame
    register: gpd.GeoDataFrame
    service_points: gpd.GeoDataFrame
    residents: gpd.GeoDataFrame
    streets: StreetNetwork | None
    walking_basis: str
    detour: float
    snap_limit_metres: float
    taxonomy: Taxonomy
    outline: shapely.Geometry | None
    notes: tuple[Words, ...]
    sources: tuple[Source, ...]
    data_date: str
    demonstration: bool
    count_columns: tuple[str, ...]
    content_hash: str

    def __repr__(self) -> str:
        return (
            f"<Place {self.place_id}: {len(self.communities)} communities, "
            f"{len(self.register)} organisations, {len(self.residents)} resident points, "
            f"{self.walking_basis}>"
        )


def load_place(folder: Path | str) -> Place:
    """Read a place folder whole.

    Parameters
    ----------
    folder
        A folder with a ``place.toml``.

    Raises
    ------
    PlaceError
        The folder or its place.toml is missing or incomplete.
    FileError, TableError, GeographyError, NetworkError
        A file of the place is at fault; the sentence says which and where.
    """
    folder = Path(folder)
    settings = _settings(folder)
    crs = _metric_crs(settings, folder)
    taxonomy_file = folder / settings["taxonomy"] if "taxonomy" in settings else TAXONOMY_FILE
    taxonomy = read_taxonomy(taxonomy_file)
    communities = read_communities(folder, settings["communities"], crs)
    state_when_absent = settings.get("state_when_absent", "未知")
    if state_when_absent not in STATES:
        raise PlaceError("error.place_entry", folder=folder.name, entry="state_when_absent")
    register = read_register(folder, settings["register"], taxonomy, state_when_absent)
    service_points = read_service_points(
        folder, settings.get("service_points"), register, crs, taxonomy
    )
    register, service_points = corrected(
        register, service_points, read_corrections(corrections_folder(folder)), taxonomy
    )
    residents = read_residents(folder, settings["residents"], communities, crs)
    outline = _outline(folder, settings, crs)
    _add_where(service_points, communities, outline)
    walking = settings["walking"]
    return Place(
        place_id=folder.name,
        name=Words(settings["zh"], settings["en"]),
        folder=folder,
        crs=crs,
        communities=communities,
        register=register,
        service_points=service_points,
        residents=residents,
        streets=_streets(folder, walking, crs),
        walking_basis=walking["basis"],
        detour=float(walking.get("detour", DETOUR)),
        snap_limit_metres=float(walking.get("snap_limit_metres", SNAP_LIMIT_METRES)),
        taxonomy=taxonomy,
        outline=outline,
        notes=_notes(settings, communities, residents),
        sources=tuple(_source(row) for row in settings.get("source", ())),
        data_date=str(settings.get("data_date", "")),
        demonstration=bool(settings.get("demonstration", False)),
        count_columns=tuple(name for name in COUNT_COLUMNS if name in residents.columns),
        content_hash=content_hash(folder, taxonomy_file),
    )


def place_name(folder: Path) -> Words:
    """Return the names of the place in `folder` without reading its tables."""
    settings = _settings(Path(folder))
    return Words(settings["zh"], settings["en"])


def content_hash(folder: Path, taxonomy_file: Path = TAXONOMY_FILE) -> str:
    """Return SHA-256 over the names and bytes of everything the figures rest on."""
    digest = hashlib.sha256(f"schema {SCHEMA_VERSION}".encode())
    # What only the screens are told (see `geo.place_settings`) changes no figure.
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SETTINGS)
    # A shipped place keeps its corrections elsewhere: data/ is never written.
    apart = corrections_folder(folder) / CORRECTIONS
    further = [apart] if apart.is_file() and not apart.is_relative_to(folder) else []
    for path in [*files, *further, taxonomy_file]:
        name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
        content = path.read_bytes()
        digest.update(f"\0{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def corrections_folder(folder: Path) -> Path:
    """Return where the corrections of the place in `folder` are kept: always under `home()`."""
    inside = folder.resolve().is_relative_to(home().resolve())
    return folder if inside else home() / folder.name


def _settings(folder: Path) -> dict[str, Any]:
    path = folder / "place.toml"
    if not folder.is_dir():
        raise PlaceError("error.place_missing", folder=str(folder))
    if not path.is_file():
        raise PlaceError("error.place_without_toml", folder=str(folder))
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise FileError("error.file_not_toml", file=str(path), detail=str(fault)) from fault
    needed = ("zh", "en", "metric_crs", "walking", "communities", "register", "residents")
    absent = [name for name in needed if name not in settings]
    if absent:
        raise PlaceError("error.place_entry", folder=folder.name, entry="、".join(absent))
    if settings["walking"].get("basis") not in ("network", "straight_line"):
        raise PlaceError("error.place_entry", folder=folder.name, entry="walking.basis")
    return settings


def _metric_crs(settings: dict[str, Any], folder: Path) -> pyproj.CRS:
    try:
        crs = pyproj.CRS(settings["metric_crs"])
    except pyproj.exceptions.CRSError as fault:
        raise GeographyError(
            "error.metric_crs", folder=folder.name, given=str(settings["metric_crs"])
        ) from fault
    if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info):
        raise GeographyError("error.metric_crs", folder=folder.name, given=crs.to_string())
    return crs


def _streets(folder: Path, walking: dict[str, Any], crs: pyproj.CRS) -> StreetNetwork | None:
    if walking["basis"] == "straight_line":
        return None
    if "streets" not in walking:
        raise PlaceError("error.place_entry", folder=folder.name, entry="walking.streets")
    return read_streets(
        folder / walking["streets"],
        crs=walking.get("crs"),
        metric_crs=crs,
        snap_limit_metres=float(walking.get("snap_limit_metres", SNAP_LIMIT_METRES)),
    )


def _outline(folder: Path, settings: dict[str, Any], crs: pyproj.CRS) -> shapely.Geometry | None:
    if "outline" not in settings:
        return None
    section = {**settings["outline"], "constants": {COMMUNITIES.index: "outline"}}
    return read_section(folder, section, COMMUNITIES).to_crs(crs).union_all()


def _add_where(
    service_points: gpd.GeoDataFrame,
    communities: gpd.GeoDataFrame,
    outline: shapely.Geometry | None,
) -> None:
    """Add the community each service point stands in, and whether it is outside the district."""
    service_points["community_code"] = community_of(service_points, communities)
    district = communities.union_all() if outline is None else outline
    shapely.prepare(district)
    shapes = service_points.geometry.to_numpy()
    outside = ~shapely.intersects(district, shapes) & ~shapely.is_missing(shapes)
    service_points["outside_district"] = outside & (service_points["community_code"] == "")


def _notes(
    settings: dict[str, Any], communities: gpd.GeoDataFrame, residents: gpd.GeoDataFrame
) -> tuple[Words, ...]:
    notes = [Words(row["zh"], row["en"]) for row in settings.get("note", ())]
    walking = settings["walking"]
    if walking["basis"] == "straight_line":
        notes.append(_words("note.straight_line", detour=walking.get("detour", DETOUR)))
    if "state_when_absent" in settings:
        notes.append(_words("note.state_when_absent", state=settings["state_when_absent"]))
    empty = len(communities) - residents["community_code"].nunique()
    if empty:
        notes.append(_words("note.communities_without_residents", count=empty))
    return tuple(notes)


def _words(key: str, **values: Any) -> Words:
    return Words(phrase(key, "zh", **values), phrase(key, "en", **values))


def _source(row: dict[str, Any]) -> Source:
    return Source(
        Words(row["zh"], row["en"]), row["attribution"], row["licence"], str(row.get("date", ""))
    )


def place_doubts(place: Place) -> tuple[Phrase, ...]:
    """Return what is doubtful about a place: nothing is dropped, everything is said."""
    doubts = []
    unplaced = int((place.service_points["located_by"] == "未定位").sum())
    if unplaced:
        doubts.append(Phrase.of("doubt.service_points_unplaced", count=unplaced))
    outside = int(place.service_points["outside_district"].sum())
    if outside:
        doubts.append(Phrase.of("doubt.service_points_outside", count=outside))
    return tuple(doubts)
