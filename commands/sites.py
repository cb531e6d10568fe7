"""`yike.py sites PLACE --category A1`: where to open next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.progress import progress
from coverage.candidates import read_candidates
from coverage.papers.answers import strict_json
from coverage.papers.siting_answers import site_answer
from coverage.proposals import Patience, Proposal, SiteQuestion, proposal_curve, propose
from coverage.scenario import save_scenario
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.metric import WGS84
from geo.phrases import Language, phrase
from geo.place import Place, load_place

HOW = {
    "proven": "sites.how_proven",
    "within": "sites.how_within",
    "greedy": "sites.how_greedy",
}


def sites(
    place: Annotated[Path, typer.Argument(help="option.siting_place_folder")],
    category: Annotated[str, typer.Option(help="option.siting_category")],
    sites: Annotated[int, typer.Option(help="option.siting_sites")] = 5,
    candidates: Annotated[Path | None, typer.Option(help="option.siting_candidates")] = None,
    lock: Annotated[list[str] | None, typer.Option(help="option.siting_lock")] = None,
    ban: Annotated[list[str] | None, typer.Option(help="option.siting_ban")] = None,
    objective: Annotated[str, typer.Option(help="option.siting_objective")] = "cover",
    share: Annotated[float, typer.Option(help="option.siting_share")] = 1.0,
    budget: Annotated[float | None, typer.Option(help="option.siting_budget")] = None,
    worst_off: Annotated[bool, typer.Option("--worst-off", help="option.siting_worst_off")] = False,
    curve: Annotated[bool, typer.Option("--curve", help="option.siting_curve")] = False,
    minutes: Annotated[int | None, typer.Option(help="option.siting_minutes")] = None,
    speed: Annotated[int, typer.Option(help="option.siting_speed")] = 100,
    seconds: Annotated[float, typer.Option(help="option.siting_seconds")] = 30.0,
    scenario: Annotated[Path | None, typer.Option(help="option.siting_scenario_out")] = None,
    json: Annotated[bool, typer.Option("--json", help="option.siting_json")] = False,
    language: Annotated[str, typer.Option(help="zh | en")] = "zh",
) -> None:
    """Choose where to open next. 选址：下一个站点放在哪里。"""
    words: Language = "en" if language == "en" else "zh"
    standard = Standard(minutes=minutes, speed_percent=speed)
    question = SiteQuestion(
        category=category,
        sites=sites,
        objective=objective,
        share=share,
        worst_off=worst_off,
        locked=tuple(lock or ()),
        banned=tuple(ban or ()),
        budget=budget,
    )
    with progress(phrase("progress.reading_place", words)):
        district = load_place(place)
        listed = None if candidates is None else read_candidates(candidates, district)
    with progress(phrase("progress.walking", words)):
        walks = walk_categories(district, standard, categories=[category])
    patience = Patience(time_limit=seconds)
    with progress(phrase("progress.siting", words)):
        found = propose(
            district, standard, question, candidates=listed, walks=walks, patience=patience
        )
        steps = None
        if curve:
            steps = proposal_curve(
                district, standard, question, candidates=listed, walks=walks, patience=patience
            )
    if scenario is not None:
        written = save_scenario(found.scenario, scenario)
        typer.echo(phrase("gaps.written", words, file=str(written)), err=True)
    if json:
        typer.echo(strict_json(site_answer(district, standard, found, steps)))
    else:
        _print(district, found, words)
        if steps is not None:
            typer.echo(steps.to_csv(sep="\t", index=False, lineterminator="\n"))


def _print(place: Place, found: Proposal, words: Language) -> None:
    typer.echo(place.name.say(words))
    for note in place.notes:
        typer.echo(f"※ {note.say(words)}")
    typer.echo(
        phrase(
            "sites.summary",
            words,
            category=place.taxonomy[found.question.category].name(words),
            count=len(found.sites),
            extra=found.extra,
            before=found.covered_before,
            people=int(found.reachable.people.sum()),
        )
    )
    typer.echo(phrase(HOW[found.siting.how], words, gap=f"{found.siting.gap:.2%}"))
    _print_sites(found, words)
    if len(found.never):
        typer.echo(
            phrase(
                "sites.never",
                words,
                people=int(found.never["people"].sum()),
                communities="、".join(found.never["community"].head(5)),
            )
        )


def _print_sites(found: Proposal, words: Language) -> None:
    points = found.sites.geometry.to_crs(WGS84)
    for row, point in zip(found.sites.itertuples(), points, strict=True):
        typer.echo(
            phrase(
                "sites.line",
                words,
                order=row.order,
                candidate=row.Index,
                name=row.name,
                community=row.community,
                gain=row.gain,
                communities=row.communities,
                longitude=point.x,
                latitude=point.y,
            )
        )
