"""The files of a place folder: tables, streets and the place.toml that names them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyproj
import shapely

from geo.osm import MAIN_ROAD
from geo.phrases import LANGUAGES, Phrase
from geo.place_files import PlaceChoices, PlaceFiles, paths_of
from geo.register import RegisterImport
from geo.street_network import StreetNetwork
from geo.streets import OSM_SUFFIXES
from geo.tables import BASES, COUNT_COLUMNS

DEGREES = "EPSG:4326"
# About a millimetre: shared borders stay shared.
_DIGITS = 8
# Marks what a new register replaces in a place.toml.
OF_REGISTER = 'of = "register"'
_SHAPEFILE_PARTS = (".shp", ".dbf", ".shx", ".prj", ".cpg")


def write_tables(
    folder: Path,
    communities: gpd.GeoDataFrame,
    register: RegisterImport,
    residents: gpd.GeoDataFrame,
    outline: shapely.Geometry | None,
) -> None:
    """Write communities, register, service points, residents and outline into `folder`."""
    _write_areas(communities.reset_index(), folder / "communities.geojson")
    if outline is not None:
        whole = gpd.GeoDataFrame({"name": ["outline"]}, geometry=[outline], crs=communities.crs)
        _write_areas(whole, folder / "outline.geojson")
    write_register(folder, register)
    _write_csv(_with_degrees(residents), folder / "residents.csv")


def write_register(folder: Path, register: RegisterImport) -> None:
    """Write register and service points into `folder`."""
    _write_csv(register.register, folder / "register.csv")
    _write_csv(_with_degrees(register.service_points), folder / "service_points.csv")


def _write_areas(frame: gpd.GeoDataFrame, path: Path) -> None:
    frame.to_crs(DEGREES).to_file(path, driver="GeoJSON", COORDINATE_PRECISION=_DIGITS)


def _with_degrees(points: gpd.GeoDataFrame) -> pd.DataFrame:
    there = points.geometry.to_crs(DEGREES)
    frame = pd.DataFrame(points.drop(columns=points.active_geometry_name))
    frame["lon"], frame["lat"] = there.x.round(_DIGITS), there.y.round(_DIGITS)
    return frame


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    # With a byte order mark, so that Excel opens it right.
    frame.to_csv(path, encoding="utf-8-sig", lineterminator="\n")


def copy_streets(streets: Path | None, folder: Path) -> None:
    """Copy the street file as it is: it holds no persons, and its reader knows it already."""
    if streets is None:
        return
    if streets.suffix.lower() == ".shp":
        for ending in _SHAPEFILE_PARTS:
            part = streets.with_suffix(ending)
            if part.is_file():
                shutil.copyfile(part, folder / f"streets{ending}")
        return
    shutil.copyfile(streets, folder / streets_name(streets))


def streets_name(streets: Path) -> str:
    """Return the name a street file has inside a place folder."""
    name = streets.name.lower()
    ending = next((one for one in OSM_SUFFIXES if name.endswith(one)), streets.suffix.lower())
    return f"streets{ending}"


def network_lines(network: StreetNetwork, *, homes_only: bool = False) -> gpd.GeoSeries:
    """Return the edges of a network as lines.

    Parameters
    ----------
    network
        The streets.
    homes_only
        Leave out main roads, on which few people live.
    """
    kept = (network.flags & MAIN_ROAD) == 0 if homes_only else slice(None)
    start, end = network.lower[kept], network.neighbour[kept]
    ends = shapely.linestrings(
        [
            [(ax, ay), (bx, by)]
            for ax, ay, bx, by in zip(
                network.x[start].tolist(),
                network.y[start].tolist(),
                network.x[end].tolist(),
                network.y[end].tolist(),
                strict=True,
            )
        ]
    )
    return gpd.GeoSeries(ends, crs=network.crs)


def place_toml(
    name: str,
    crs: pyproj.CRS,
    files: PlaceFiles,
    choices: PlaceChoices,
    register: RegisterImport,
    assumed: Sequence[Phrase],
    residents: gpd.GeoDataFrame,
    *,
    register_notes: Sequence[Phrase] = (),
    outline: bool = False,
) -> str:
    """Return the place.toml of a new place; notes about the register are marked as such."""
    basis = {
        column: str(residents[f"basis_{column}"].mode().iloc[0])
        for column in COUNT_COLUMNS
        if column in residents.columns
    }
    lines = [
        "schema = 1",
        f"zh = {quoted(name)}",
        f"en = {quoted(choices.english or name)}",
        f"metric_crs = {quoted(crs.to_string())}",
        f"data_date = {quoted(choices.data_date or date.today().isoformat())}",
        *([] if register.has_states else [f"state_when_absent = {quoted(choices.state)}"]),
        "",
        "[walking]",
        *_walking(files, choices),
        "",
        "[communities]",
        'file = "communities.geojson"',
        "",
        "[register]",
        'file = "register.csv"',
        "",
        "[service_points]",
        *_points("service_points.csv"),
        "",
        "[residents]",
        *_points("residents.csv"),
        "basis = { "
        + ", ".join(f"{column} = {quoted(word)}" for column, word in basis.items() if word in BASES)
        + " }",
    ]
    if outline:
        lines += ["", "[outline]", 'file = "outline.geojson"']
    for one in assumed:
        lines += note_lines(one)
    for one in register_notes:
        lines += [*note_lines(one), OF_REGISTER]
    registers = [path.name for path in paths_of(files.register)]
    given = (files.communities, files.register, files.residents, files.streets)
    names = [path.name for one in given for path in paths_of(one)]
    for file in dict.fromkeys(names):
        lines += [*source_lines(file), *([OF_REGISTER] if file in registers else [])]
    return "\n".join(lines) + "\n"


def note_lines(note: Phrase) -> list[str]:
    """Return the lines of a note in a place.toml."""
    words = [f"{language} = {quoted(note.say(language))}" for language in LANGUAGES]
    return ["", "[[note]]", *words]


def source_lines(file: str) -> list[str]:
    """Return the lines of a source in a place.toml; whose it is, the office may add."""
    words = [f"{language} = {quoted(file)}" for language in LANGUAGES]
    return ["", "[[source]]", *words, 'attribution = ""', 'licence = ""', 'date = ""']


def _walking(files: PlaceFiles, choices: PlaceChoices) -> list[str]:
    if files.streets is None:
        return ['basis = "straight_line"']
    crs = [] if choices.streets_crs is None else [f"crs = {quoted(choices.streets_crs)}"]
    return ['basis = "network"', f"streets = {quoted(streets_name(files.streets))}", *crs]


def _points(file: str) -> list[str]:
    return [f'file = "{file}"', f'crs = "{DEGREES}"', 'x = "lon"', 'y = "lat"']


def quoted(text: Any) -> str:
    """Return `text` as a TOML string."""
    # A JSON string is a TOML string, but for the one control character JSON leaves as it is.
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")
