"""`yike.py new NAME …`: a place from raw files, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.faults import reader_language
from commands.progress import progress
from geo.columns import read_mapping
from geo.phrases import phrase
from geo.place_building import NewPlace, build_place
from geo.place_files import PlaceChoices, PlaceFiles
from geo.problems import DOUBTFUL, REJECTED, REPAIRED

MOST_LINES = 20


def new(
    name: Annotated[str, typer.Argument(help="option.new_name")],
    *,
    communities: Annotated[Path, typer.Option(help="option.communities")],
    register: Annotated[Path, typer.Option(help="option.register")],
    residents: Annotated[Path | None, typer.Option(help="option.residents")] = None,
    streets: Annotated[Path | None, typer.Option(help="option.streets")] = None,
    outline: Annotated[Path | None, typer.Option(help="option.outline")] = None,
    gazetteer: Annotated[Path | None, typer.Option(help="option.gazetteer")] = None,
    datum: Annotated[str | None, typer.Option(help="option.datum")] = None,
    residents_datum: Annotated[str, typer.Option(help="option.residents_datum")] = "wgs84",
    crs: Annotated[str | None, typer.Option(help="option.crs")] = None,
    streets_crs: Annotated[str | None, typer.Option(help="option.streets_crs")] = None,
    basis: Annotated[str, typer.Option(help="option.basis")] = "measured",
    level: Annotated[str, typer.Option(help="option.level")] = "登记",
    state: Annotated[str, typer.Option(help="option.state")] = "正常",
    mapping: Annotated[Path | None, typer.Option(help="option.mapping")] = None,
    data_date: Annotated[str, typer.Option(help="option.data_date")] = "",
    english: Annotated[str, typer.Option(help="option.english")] = "",
) -> None:
    """Build a place folder under YIKE_HOME and say what was assumed."""
    words = reader_language()
    files = PlaceFiles(
        communities=communities,
        register=register,
        residents=residents,
        streets=streets,
        gazetteer=gazetteer,
        outline=outline,
    )
    choices = PlaceChoices(
        system=datum,
        residents_system=residents_datum,
        crs=crs,
        streets_crs=streets_crs,
        basis=basis,
        level=level,
        state=state,
        mapping=None if mapping is None else read_mapping(mapping).get("register"),
        data_date=data_date,
        english=english,
    )
    with progress(phrase("progress.building", words)):
        built = build_place(name, files, choices, language=words)
    _print(built)


def _print(built: NewPlace) -> None:
    words = reader_language()
    place = built.place
    typer.echo(
        phrase(
            "new.built",
            words,
            folder=str(built.folder),
            communities=len(place.communities),
            organisations=len(place.register),
            points=len(place.residents),
            people=int(place.residents["people"].sum()),
        )
    )
    typer.echo(phrase("check.summary", words, **built.report.counts))
    for one in built.assumed:
        typer.echo(phrase("new.assumed", words, reason=one))
    others = [one for one in built.problems if one not in built.report.problems]
    others = [one for one in others if one.level in (REJECTED, DOUBTFUL, REPAIRED)]
    for problem in others[:MOST_LINES]:
        row = "" if problem.row is None else f"{problem.file} {problem.row} "
        typer.echo(phrase("new.boundaries", words, row=row, reason=problem.reason))
    typer.echo(phrase("new.workbook", words, file=str(built.folder / "check.xlsx")))
