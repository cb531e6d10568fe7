"""`yike.py check FILE|PLACE`: what every row of a file is, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.faults import reader_language
from commands.progress import progress
from coverage.papers.answers import strict_json
from coverage.papers.whole_file import write_whole
from geo.check_report import CheckReport, check_file, report_answer, with_points_of
from geo.check_workbook import check_workbook
from geo.columns import read_mapping
from geo.errors import FileError
from geo.gazetteer import read_gazetteer
from geo.office_files import DATABASE, read_office_file
from geo.phrases import Language, phrase
from geo.place import Place, load_place
from geo.place_check import own_register, place_desk
from geo.register_desk import Desk
from geo.template import template_workbook

MOST_LINES = 40


def check(
    source: Annotated[str, typer.Argument(help="option.check_source")],
    *,
    place: Annotated[Path | None, typer.Option(help="option.place")] = None,
    kind: Annotated[str | None, typer.Option(help="option.kind")] = None,
    datum: Annotated[str | None, typer.Option(help="option.datum")] = None,
    crs: Annotated[str | None, typer.Option(help="option.crs")] = None,
    mapping: Annotated[Path | None, typer.Option(help="option.mapping")] = None,
    gazetteer: Annotated[Path | None, typer.Option(help="option.gazetteer")] = None,
    out: Annotated[Path | None, typer.Option(help="option.check_out")] = None,
    template: Annotated[bool, typer.Option(help="option.template")] = False,
    json: Annotated[bool, typer.Option("--json", help="option.json")] = False,
) -> None:
    """Check a file, or the register of a place; exit code 1 when a row was rejected."""
    words = reader_language()
    if template:
        written = write_whole(Path(source), template_workbook(words))
        typer.echo(phrase("check.written", words, file=str(written)))
        return
    with progress(phrase("progress.checking", words)) as piece:
        file, district, own = _subject(source, place)
        desk = _desk(district, datum, gazetteer, own=own)
        columns = None if mapping is None else read_mapping(mapping).get("register")
        report = check_file(file, desk, kind=kind, crs=crs, mapping=columns, progress=piece.reached)
        if own and district is not None:
            report = with_points_of(report, district)
    if out is not None:
        written = write_whole(out, check_workbook(report, words))
        typer.echo(phrase("check.written", words, file=str(written)), err=True)
    if json:
        typer.echo(strict_json(report_answer(report, words)))
    else:
        _print(report, words)
    if not report.clean:
        raise typer.Exit(1)


def _subject(source: str, place: Path | None) -> tuple[str, Place | None, bool]:
    """Return the file to check, the place to hold it against, and whether it is the place's own."""
    if source.startswith(DATABASE) or Path(source).is_file():
        return source, None if place is None else load_place(place), False
    folder = Path(source)
    if not folder.is_dir():
        raise FileError("error.place_or_file", given=source)
    district = load_place(folder)
    return str(own_register(district)), district, True


def _desk(district: Place | None, datum: str | None, gazetteer: Path | None, *, own: bool) -> Desk:
    table = None if gazetteer is None else read_office_file(gazetteer)[0]
    addresses = None if table is None else read_gazetteer(table, system=datum or "wgs84")
    if district is None:
        return Desk(system=datum, gazetteer=addresses)
    return place_desk(district, system=datum, gazetteer=addresses, own=own)


def _print(report: CheckReport, language: Language) -> None:
    typer.echo(phrase("check.summary", language, **report.counts))
    if report.encoding:
        typer.echo(phrase("check.encoding", language, encoding=report.encoding))
    for mapping in report.mappings:
        columns = "、".join(f"{one.heading} → {one.field}" for one in mapping.columns)
        typer.echo(phrase("check.mapping", language, columns=columns))
    for one in report.problems[:MOST_LINES]:
        where = " ".join(
            str(part) for part in (one.file, one.sheet, one.row or "", one.column) if part
        )
        level = phrase(f"check_level.{one.level}", language)
        typer.echo(f"[{level}] {where}: {one.reason.say(language)}")
    if len(report.problems) > MOST_LINES:
        typer.echo(phrase("check.more", language, count=len(report.problems) - MOST_LINES))
