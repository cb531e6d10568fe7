"""`yike.py what-if PLACE SCENARIO …`: what scenarios change, against today and each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from commands.progress import progress
from coverage.papers.answers import strict_json
from coverage.papers.siting_answers import comparison_answer
from coverage.scenario import Comparison, compare, load_scenario, scenario_file
from coverage.standard import Standard
from coverage.subjects import subject_named
from geo.phrases import Language, phrase
from geo.place import Place, load_place

SHOWN_COMMUNITIES = 10
GAP_CHANGE = {
    "closes": "what_if.gap_closes",
    "opens": "what_if.gap_opens",
    "": "what_if.gap_same",
}


def what_if(
    place: Annotated[Path, typer.Argument(help="option.siting_place_folder")],
    scenario: Annotated[list[str], typer.Argument(help="option.siting_scenario")],
    minutes: Annotated[int | None, typer.Option(help="option.siting_minutes")] = None,
    speed: Annotated[int, typer.Option(help="option.siting_speed")] = 100,
    json: Annotated[bool, typer.Option("--json", help="option.siting_json")] = False,
    language: Annotated[str, typer.Option(help="zh | en")] = "zh",
) -> None:
    """Compare scenarios with today. 比较方案与现状。"""
    words: Language = "en" if language == "en" else "zh"
    standard = Standard(minutes=minutes, speed_percent=speed)
    with progress(phrase("progress.reading_place", words)):
        district = load_place(place)
        scenarios = [load_scenario(_file(one, district)) for one in scenario]
    with progress(phrase("progress.walking", words)):
        found = compare(district, standard, scenarios)
    if json:
        typer.echo(strict_json(comparison_answer(district, standard, found)))
    else:
        _print(district, found, words)


def _file(given: str, place: Place) -> Path:
    """Return the file that `given` names: a path, or a scenario saved for the place."""
    path = Path(given)
    return path if path.suffix else scenario_file(place.place_id, given)


def _print(place: Place, found: Comparison, words: Language) -> None:
    typer.echo(place.name.say(words))
    for note in place.notes:
        typer.echo(f"※ {note.say(words)}")
    changed = found.district[found.district["kind"] == "group"]
    for name, rows in changed.groupby("scenario", sort=False):
        typer.echo(phrase("what_if.scenario", words, name=str(name)))
        for row in rows.itertuples():
            typer.echo(_line("what_if.group_line", place, row, words))
    units = found.communities[found.communities["kind"] == "group"]
    moved = units[(units["gained"] > 0) | (units["lost"] > 0) | (units["new_covered"] > 0)]
    for row in _largest(moved).itertuples():
        typer.echo(_line("what_if.community_line", place, row, words))


def _largest(table: pd.DataFrame) -> pd.DataFrame:
    change = table["gained"] + table["lost"] + table["new_covered"]
    order = change.sort_values(ascending=False, kind="stable").index
    return table.loc[order].head(SHOWN_COMMUNITIES)


def _line(key: str, place: Place, row: object, words: Language) -> str:
    values = dict(row._asdict())  # type: ignore[attr-defined]
    values["group"] = subject_named(place, values["category"]).name(words)
    for share in ("share_before", "share"):
        values[share] = "—" if pd.isna(values[share]) else f"{values[share]:.1%}"
    values["gap"] = phrase(GAP_CHANGE[values.get("gap", "")], words)
    return phrase(key, words, **values)
