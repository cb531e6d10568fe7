"""The raw files of a place, read and held against each other; nothing is written.

`geo.place_building` makes a place folder of what stands here, `geo.desk_child`
shows it to a planner first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import geopandas as gpd
import numpy as np

from geo.boundaries import BoundariesImport, read_boundaries, with_residents
from geo.boundary_codes import read_official
from geo.cell_text import parse_date
from geo.check_report import CheckReport, register_report
from geo.errors import FileError, GeographyError
from geo.gazetteer import read_gazetteer
from geo.office_files import read_office_file
from geo.phrases import Phrase
from geo.place_files import Paths, PlaceChoices, PlaceFiles, paths_of
from geo.place_writing import network_lines
from geo.problems import DOUBTFUL, NOTE
from geo.raw_table import RawTable
from geo.register import STEPS, Progress, RegisterImport, read_register
from geo.register_desk import Desk
from geo.register_points import estimated_location_share
from geo.resident_counts import ResidentCounts, has_counts, read_counts, residents_at_points
from geo.residents import share_of_people, spread_counts
from geo.residents_candidates import grid_candidates, street_candidates
from geo.street_network import StreetNetwork
from geo.streets import read_streets

# The national share that GB 50180-2018 quotes; used when no count is given.
DISABLED_SHARE = 0.063
# Told the stage, the steps done and the steps of that stage; raising stops the work.
Told = Callable[[str, int, int], None]
STAGES = ("boundaries", "streets", "residents", "register", "writing", "opening")
_SAID = (
    "note.level_from_title",
    "note.level_absent",
    "note.delivery_default",
    "note.datum_assumed",
    "doubtful.datum_other",
)


@dataclass(frozen=True, eq=False)
class People:
    """Where people live: the counts as read, the residents table, what was assumed."""

    counts: ResidentCounts
    residents: gpd.GeoDataFrame
    assumed: tuple[Phrase, ...]


@dataclass(frozen=True, eq=False)
class PlaceReading:
    """Everything a place is made of, read and judged."""

    bounds: BoundariesImport
    network: StreetNetwork | None
    people: People
    register: RegisterImport
    report: CheckReport

    @property
    def assumed(self) -> tuple[Phrase, ...]:
        """What a reader of the place must know was assumed."""
        return (*self.people.assumed, *register_notes(self.register))


def silent(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


def read_place_files(
    files: PlaceFiles, choices: PlaceChoices, *, told: Told = silent
) -> PlaceReading:
    """Read and judge the raw files of a place.

    Raises
    ------
    FileError, TableError, GeographyError, NetworkError
        A file is at fault.
    """
    bounds = read_bounds(files, choices, told=told)
    network = read_network(files, choices, bounds, told=told)
    people = read_people(files, choices, bounds, network, told=told)
    told("register", 0, STEPS)
    tables = read_tables(files.register, choices)
    register = read_organisations(tables, files, choices, bounds, network, told=told)
    # Only now it is known whom overlaps and holes touch.
    bounds = with_residents(bounds, people.residents)
    return PlaceReading(bounds, network, people, register, register_report(tables, register))


def read_tables(given: Paths | None, choices: PlaceChoices) -> tuple[RawTable, ...]:
    """Return the raw tables of all files of one kind."""
    files = paths_of(given)
    return tuple(table for file in files for table in read_office_file(file, crs=choices.crs))


def read_bounds(
    files: PlaceFiles, choices: PlaceChoices, *, told: Told = silent
) -> BoundariesImport:
    """Read the communities and the outline."""
    told("boundaries", 0, 1)
    tables = read_tables(files.communities, choices)
    bounds = read_boundaries(
        tables,
        crs=choices.crs,
        official=read_official(),
        mapping=choices.communities_mapping,
    )
    if files.outline is not None:
        outlines = read_boundaries(read_tables(files.outline, choices), crs=choices.crs)
        shape = outlines.communities.to_crs(bounds.communities.crs).union_all()
        problems = (*bounds.problems, *outlines.problems)
        bounds = replace(bounds, outline=shape, problems=problems)
    told("boundaries", 1, 1)
    return bounds


def read_network(
    files: PlaceFiles, choices: PlaceChoices, bounds: BoundariesImport, *, told: Told = silent
) -> StreetNetwork | None:
    """Read the streets, or return None where none were given."""
    if files.streets is None:
        return None
    told("streets", 0, 1)
    network = read_streets(
        files.streets, crs=choices.streets_crs, metric_crs=bounds.communities.crs
    )
    west, south, east, north = bounds.communities.total_bounds
    there = (network.x >= west) & (network.x <= east)
    if not (there & (network.y >= south) & (network.y <= north)).any():
        raise GeographyError("error.streets_elsewhere", file=files.streets.name)
    told("streets", 1, 1)
    return network


def read_people(
    files: PlaceFiles,
    choices: PlaceChoices,
    bounds: BoundariesImport,
    network: StreetNetwork | None,
    *,
    told: Told = silent,
) -> People:
    """Read the counts of people and put them at points."""
    told("residents", 0, 1)
    source = files.residents or files.communities
    tables = read_tables(source, choices)
    file, columns = paths_of(source)[0].name, choices.residents_mapping
    if files.residents is None and not any(has_counts(table, columns) for table in tables):
        raise FileError("error.no_counts", file=file)
    counts = read_counts(
        tables, bounds.communities, system=choices.residents_system, mapping=columns
    )
    assumed: list[Phrase] = []
    if counts.by_point:
        residents = residents_at_points(counts, bounds.communities, choices.basis)
    else:
        residents = _spread(counts, bounds.communities, network, assumed)
    if residents.empty:
        raise FileError("error.no_residents", file=file)
    if "disabled" not in residents.columns:
        residents = share_of_people(residents, "disabled", DISABLED_SHARE)
        assumed.append(Phrase.of("assumed.disabled", percent=f"{DISABLED_SHARE:.1%}"))
    if "elders" not in residents.columns:
        assumed.append(Phrase.of("assumed.no_elders"))
    told("residents", 1, 1)
    return People(counts, residents, tuple(assumed))


def _spread(
    counts: ResidentCounts,
    communities: gpd.GeoDataFrame,
    network: StreetNetwork | None,
    assumed: list[Phrase],
) -> gpd.GeoDataFrame:
    table = counts.counts.assign(community_code=counts.community_code)
    table = table[table["community_code"] != ""].groupby("community_code").sum()
    table = table.reindex(communities.index, fill_value=0).astype(np.int64)
    table.index.name = "community_code"
    if network is None:
        candidates = grid_candidates(communities)
        assumed.append(Phrase.of("assumed.spread_grid"))
    else:
        candidates = street_candidates(communities, network_lines(network, homes_only=True))
        assumed.append(Phrase.of("assumed.spread_streets"))
    return spread_counts(communities, table, candidates)


def read_organisations(
    tables: Sequence[RawTable],
    files: PlaceFiles,
    choices: PlaceChoices,
    bounds: BoundariesImport,
    network: StreetNetwork | None,
    *,
    told: Told = silent,
) -> RegisterImport:
    """Read the register against the boundaries and streets of its place.

    Raises
    ------
    GeographyError
        Its points clearly fit another coordinate system and none was declared.
    FileError, TableError
        A file is at fault.
    """
    register = read_register(
        tables,
        desk_of(files, choices, bounds.communities, network),
        mapping=choices.mapping,
        progress=stage_of("register", told),
    )
    datum = register.datum
    if choices.system is None and datum is not None and datum.best in ("gcj02", "bd09"):
        file = paths_of(files.register)[0].name
        raise GeographyError("error.datum_declare", file=file, best=datum.best, reason=datum.reason)
    return register


def desk_of(
    files: PlaceFiles,
    choices: PlaceChoices,
    communities: gpd.GeoDataFrame,
    network: StreetNetwork | None,
) -> Desk:
    """Return what a register of this place is held against."""
    gazetteer = None
    if files.gazetteer is not None:
        table = read_office_file(files.gazetteer)[0]
        gazetteer = read_gazetteer(table, system=choices.system or "wgs84")
    return Desk(
        communities=communities,
        streets=None if network is None else network_lines(network),
        system=choices.system,
        gazetteer=gazetteer,
        level_when_absent=choices.level,
        state_when_absent=choices.state,
        today=parse_date(choices.data_date) or date.today(),
    )


def stage_of(stage: str, told: Told) -> Progress:
    """Return what tells of the steps of one stage."""
    return lambda done, total: told(stage, done, total)


def register_notes(register: RegisterImport) -> tuple[Phrase, ...]:
    """Return what a reader of the place must know about how its register was read."""
    notes = [
        one.reason
        for one in register.problems
        if one.row is None and one.level in (NOTE, DOUBTFUL) and one.reason.key in _SAID
    ]
    if register.system in ("gcj02", "bd09"):
        notes.append(Phrase.of("datum.inverse_label"))
    share = estimated_location_share(register.service_points)
    if share:
        notes.append(Phrase.of("assumed.estimated_locations", share=f"{share:.1%}"))
    return tuple(notes)
