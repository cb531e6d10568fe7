"""A new place from raw files: whole, or not at all.

Everything is read, checked and written into a folder beside the final one; only
when `geo.place.load_place` accepts it does it get its name. What was assumed on
the way stands in the place's notes, where every reader sees it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np

from geo.boundaries import BoundariesImport, read_boundaries
from geo.boundary_codes import read_official
from geo.check_report import CheckReport, register_report
from geo.check_workbook import check_workbook
from geo.columns import write_mapping
from geo.errors import FileError, GeographyError, PlaceError
from geo.gazetteer import read_gazetteer
from geo.ledger import place_folder
from geo.office_files import read_office_file
from geo.phrases import Language, Phrase
from geo.place import Place, load_place
from geo.place_files import PlaceChoices, PlaceFiles
from geo.place_writing import copy_streets, network_lines, place_toml, write_tables
from geo.problems import DOUBTFUL, NOTE, Problem
from geo.raw_table import RawTable
from geo.register import RegisterImport, read_register
from geo.register_desk import Desk
from geo.register_points import estimated_location_share
from geo.resident_counts import ResidentCounts, has_counts, read_counts, residents_at_points
from geo.residents import share_of_people, spread_counts
from geo.residents_candidates import grid_candidates, street_candidates
from geo.streets import StreetNetwork, read_streets

# The national share that GB 50180-2018 quotes; used when no count is given.
DISABLED_SHARE = 0.063
_SAID = ("note.level_absent", "note.delivery_default", "note.datum_assumed", "doubtful.datum_other")


@dataclass(frozen=True, eq=False)
class NewPlace:
    """A place that has just been built: where it lies, what it assumed, what it found."""

    place: Place
    folder: Path
    assumed: tuple[Phrase, ...]
    report: CheckReport
    problems: tuple[Problem, ...]


def build_place(
    name: str,
    files: PlaceFiles,
    choices: PlaceChoices | None = None,
    *,
    language: Language = "zh",
) -> NewPlace:
    """Build a place folder under `geo.ledger.home` from raw files, whole or not at all.

    Parameters
    ----------
    name
        Of the place and its folder.
    files, choices
        What to read, and what the planner declares about it.
    language
        Of the check workbook that is kept with the place.

    Raises
    ------
    PlaceError
        The name is taken or cannot be a folder.
    GeographyError
        The register's points clearly fit another coordinate system and none was declared.
    FileError, TableError, GeographyError, NetworkError
        A file is at fault; nothing has been written.
    """
    choices = choices or PlaceChoices()
    folder = place_folder(name)
    if folder.exists():
        raise PlaceError("error.place_exists", folder=str(folder))
    bounds = _boundaries(files, choices)
    network = _network(files, choices, bounds)
    counts, residents, assumed = _residents(files, choices, bounds, network)
    tables = read_office_file(files.register, crs=choices.crs)
    register = _register(tables, files, choices, bounds, network)
    assumed += _register_notes(register)
    report = register_report(tables, register)
    if not len(register.register):
        raise FileError("error.register_empty", file=files.register.name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".building-"))
    try:
        write_tables(building, bounds.communities, register, residents, bounds.outline)
        copy_streets(files.streets, building)
        write_mapping(building / "mapping.toml", register.records.mappings[0])
        (building / "check.xlsx").write_bytes(check_workbook(report, language))
        settings = place_toml(
            name.strip(),
            bounds.communities.crs,
            files,
            choices,
            register,
            assumed,
            residents,
            outline=bounds.outline is not None,
        )
        (building / "place.toml").write_text(settings, encoding="utf-8")
        load_place(building)
        # A temporary folder is its maker's alone; a place is read by colleagues too.
        building.chmod(0o755)
        building.rename(folder)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    problems = (*bounds.problems, *counts.problems, *register.problems)
    return NewPlace(load_place(folder), folder, tuple(assumed), report, problems)


def _boundaries(files: PlaceFiles, choices: PlaceChoices) -> BoundariesImport:
    tables = read_office_file(files.communities, crs=choices.crs)
    bounds = read_boundaries(tables, crs=choices.crs, official=read_official())
    if files.outline is None:
        return bounds
    outlines = read_boundaries(read_office_file(files.outline, crs=choices.crs), crs=choices.crs)
    shape = outlines.communities.to_crs(bounds.communities.crs).union_all()
    return replace(bounds, outline=shape, problems=(*bounds.problems, *outlines.problems))


def _network(
    files: PlaceFiles, choices: PlaceChoices, bounds: BoundariesImport
) -> StreetNetwork | None:
    if files.streets is None:
        return None
    network = read_streets(
        files.streets, crs=choices.streets_crs, metric_crs=bounds.communities.crs
    )
    west, south, east, north = bounds.communities.total_bounds
    there = (network.x >= west) & (network.x <= east)
    if not (there & (network.y >= south) & (network.y <= north)).any():
        raise GeographyError("error.streets_elsewhere", file=files.streets.name)
    return network


def _residents(
    files: PlaceFiles,
    choices: PlaceChoices,
    bounds: BoundariesImport,
    network: StreetNetwork | None,
) -> tuple[ResidentCounts, gpd.GeoDataFrame, list[Phrase]]:
    source = files.residents or files.communities
    tables = read_office_file(source, crs=choices.crs)
    if files.residents is None and not any(has_counts(table) for table in tables):
        raise FileError("error.no_counts", file=source.name)
    counts = read_counts(tables, bounds.communities, system=choices.residents_system)
    assumed: list[Phrase] = []
    if counts.by_point:
        residents = residents_at_points(counts, bounds.communities, choices.basis)
    else:
        residents = _spread(counts, bounds.communities, network, assumed)
    if residents.empty:
        raise FileError("error.no_residents", file=source.name)
    if "disabled" not in residents.columns:
        residents = share_of_people(residents, "disabled", DISABLED_SHARE)
        assumed.append(Phrase.of("assumed.disabled", percent=f"{DISABLED_SHARE:.1%}"))
    if "elders" not in residents.columns:
        assumed.append(Phrase.of("assumed.no_elders"))
    return counts, residents, assumed


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


def _register(
    tables: Sequence[RawTable],
    files: PlaceFiles,
    choices: PlaceChoices,
    bounds: BoundariesImport,
    network: StreetNetwork | None,
) -> RegisterImport:
    gazetteer = None
    if files.gazetteer is not None:
        table = read_office_file(files.gazetteer)[0]
        gazetteer = read_gazetteer(table, system=choices.system or "wgs84")
    desk = Desk(
        communities=bounds.communities,
        streets=None if network is None else network_lines(network),
        system=choices.system,
        gazetteer=gazetteer,
        level_when_absent=choices.level,
        state_when_absent=choices.state,
    )
    register = read_register(tables, desk, mapping=choices.mapping)
    datum = register.datum
    if choices.system is None and datum is not None and datum.best in ("gcj02", "bd09"):
        raise GeographyError(
            "error.datum_declare", file=files.register.name, best=datum.best, reason=datum.reason
        )
    return register


def _register_notes(register: RegisterImport) -> list[Phrase]:
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
    return notes
