"""`yike.py gaps PLACE`: the gap list on the terminal, as files, or as JSON."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from commands.progress import progress
from coverage import border, robustness
from coverage.gaps import gap_communities, gap_list
from coverage.papers.answers import gap_answer, strict_json
from coverage.papers.gap_workbook import gap_csv, gap_file_name, gap_paper, gap_workbook
from coverage.papers.kinds_table import five_kinds, reached
from coverage.papers.whole_file import write_whole
from coverage.reach import CoverageResult, measure_coverage
from coverage.standard import Standard
from coverage.subjects import subject_named
from coverage.walking import Walks, walk_categories
from geo.phrases import Language, phrase
from geo.place import Place, load_place


def gaps(
    place: Annotated[Path, typer.Argument(help="option.siting_place_folder")],
    minutes: Annotated[int | None, typer.Option(help="option.siting_minutes")] = None,
    speed: Annotated[int, typer.Option(help="option.siting_speed")] = 100,
    out: Annotated[Path | None, typer.Option(help="option.gaps_out")] = None,
    json: Annotated[bool, typer.Option("--json", help="option.siting_json")] = False,
    language: Annotated[str, typer.Option(help="zh | en")] = "zh",
) -> None:
    """List which communities lack which services within the walk."""
    words: Language = "en" if language == "en" else "zh"
    standard = Standard(minutes=minutes, speed_percent=speed)
    with progress(phrase("progress.reading_place", words)):
        district = load_place(place)
    with progress(phrase("progress.walking", words)):
        walks = walk_categories(district, standard)
        result = measure_coverage(district, walks, standard)
        rows = gap_list(district, walks, result)
        group_rows = gap_list(district, walks, result, kind="group")
    if out is not None:
        marked = _with_doubts(district, walks, result, rows)
        kinds = reached(district, walks, standard, five_kinds(district.taxonomy))
        for ending, content in (
            ("xlsx", gap_workbook(district, result, marked, words, reached=kinds)),
            ("csv", gap_csv(district, result, marked, words)),
        ):
            target = write_whole(out / gap_file_name(district, ending, words), content)
            typer.echo(phrase("gaps.written", words, file=str(target)), err=True)
    if json:
        with progress(phrase("progress.walking", words)):
            wider = standard.with_committees()
            again = walk_categories(district, wider)
            committees = measure_coverage(district, again, wider)
        answer = gap_answer(district, result, rows, group_rows, with_committees=committees)
        typer.echo(strict_json(answer))
    else:
        _print_summary(district, result, group_rows, words)
        typer.echo(gap_paper(district, rows, words).to_csv(sep="\t", index=False))


def _with_doubts(
    place: Place, walks: Walks, result: CoverageResult, rows: pd.DataFrame
) -> pd.DataFrame:
    """Return the gaps with how sure each is and whom the border may concern."""
    without_legs = walk_categories(place, replace(result.standard, legs=False))
    verdicts = robustness.robustness(place, walks, result, walks_without_legs=without_legs)
    return border.marked(place, walks, result, robustness.marked(rows, verdicts))


def _print_summary(
    place: Place, result: CoverageResult, group_rows: pd.DataFrame, language: Language
) -> None:
    typer.echo(place.name.say(language))
    for note in place.notes:
        typer.echo(f"※ {note.say(language)}")
    groups = result.district[result.district["kind"] == "group"]
    for row in groups.to_dict("records"):
        gaps_here = group_rows[group_rows["category"] == row["category"]]
        typer.echo(
            phrase(
                "gaps.group_line",
                language,
                group=subject_named(place, row["category"]).name(language),
                share=f"{row['share']:.1%}",
                covered=row["covered"],
                beneficiaries=row["beneficiaries"],
                uncovered=row["uncovered"],
                communities=gap_communities(gaps_here),
            )
        )
