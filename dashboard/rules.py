"""Rules: the districts' own indicators and clauses, judged one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from coverage.kinds_reached import reached_counts
from coverage.papers.kinds_table import reached_paper
from coverage.papers.rules_table import (
    culture_paper,
    kinds_table,
    matches_paper,
    merges_paper,
    platform_paper,
    published_paper,
    rules_table,
    structure_table,
    verdict_counts,
)
from coverage.papers.rules_workbook import RulePapers, rules_csv, rules_file_name, rules_workbook
from coverage.rules import (
    Population,
    culture_only,
    merge_candidates,
    platform_matrix,
    published_figures,
)
from coverage.standard import Standard
from dashboard import answers_served
from dashboard.frame import chosen_place, honesty, unit
from dashboard.words import language, say
from geo.place import Place, Words

TABLE_HEIGHT = 360
PART_HEIGHT = 300
FEW = 9  # rows that fit without scrolling
LEVELS = ("district", "subdistrict", "community")
LEVEL, PEOPLE, BASIS = "rules_level", "rules_people", "rules_basis"


def page() -> None:
    """Draw the page."""
    place, chosen = chosen_place()
    standard = chosen.standard
    honesty(place, 0)
    st.markdown(f"#### {say('screen.page.rules')}", help=say("rules.help"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        level = st.segmented_control(
            say("rules.level"),
            LEVELS,
            format_func=lambda one: say(f"rules.level.{one}"),
            default="district",
            key=LEVEL,
        )
        population = _ask_population()
    with st.spinner(say("rules.loading"), show_time=True):
        table = answers_served.rule_indicators(place, standard, population)
    rows = table[table["level"] == (level or "district")]
    counts = verdict_counts(rows, language())
    st.caption(" · ".join(f"{name} {count:,}" for name, count in counts if count))
    _draw_rules(rules_table(rows, language()))
    _draw_downloads(place, standard, table)
    names = ("reached", "kinds", "platforms", "merges", "matches", "culture_only", "published")
    titles = {name: say(f"rules.{name}") for name in names[1:]}
    tabs = st.tabs([say("paper.kinds_reached"), *titles.values()])
    for name, tab in zip(names, tabs, strict=True):
        with tab:
            st.caption(say(f"rules.{name}.help"))
            if name == "reached":
                _draw_reached(place, standard)
            elif name == "kinds":
                _draw_kinds(place)
            else:
                _draw_part(_part(place, standard, name))


def _ask_population() -> Population | None:
    """Ask for another number of people of the district; None: the place's own."""
    with st.popover(say("rules.population")):
        st.caption(say("rules.population.help"))
        people = st.number_input(
            say("rules.population.people"), min_value=0, max_value=10**9, step=1, key=PEOPLE
        )
        words = st.text_input(say("rules.population.words"), max_chars=60, key=BASIS)
    if not people:
        return None
    words = words.strip() or say("rules.population.unstated")
    return Population(int(people), Words(words, words))


def _draw_rules(shown: pd.DataFrame) -> None:
    columns = st.column_config
    heads: dict[str, Any] = {name: say(f"rules.column.{name}") for name in shown.columns}
    widths = {"rule": 72, "unit": 90, "verdict": 104, "mark": 44, "target": 70}
    widths |= {"title": 290, "lacking": 100, "notes": 320, "clause": 420}
    for name, width in widths.items():
        heads[name] = columns.TextColumn(heads[name], width=width)
    for name in ("value", "numerator", "denominator"):
        heads[name] = columns.TextColumn(heads[name], width=82, alignment="right")
    st.dataframe(
        shown,
        height=TABLE_HEIGHT,
        hide_index=True,
        row_height=30,
        column_config=heads,
        column_order=(
            *("rule", "title", "unit", "value", "target", "verdict", "lacking"),
            *("numerator", "denominator", "notes", "mark", "clause"),
        ),
    )


def _draw_downloads(place: Place, standard: Standard, table: pd.DataFrame) -> None:
    now = language()

    def workbook() -> bytes:
        papers = RulePapers(
            indicators=table,
            reached=answers_served.five_kinds(place, standard),
            platforms=platform_matrix(
                answers_served.ground(place, standard), answers_served.rules()
            ),
            matches=answers_served.matches(place, standard),
            published=published_figures(answers_served.rules()),
            crosswalks=answers_served.crosswalks(place),
        )
        return rules_workbook(place, papers, standard, now)

    made_by = {"xlsx": workbook, "csv": lambda: rules_csv(place, table, standard, now)}
    with st.container(horizontal=True, gap="small", width="content"):
        for ending, make in made_by.items():
            st.download_button(
                say(f"screen.download.{ending}"),
                data=make,
                file_name=rules_file_name(place, ending, now),
                on_click="ignore",
                key=f"download_rules_{ending}",
            )


def _draw_reached(place: Place, standard: Standard) -> None:
    reached = answers_served.five_kinds(place, standard)
    if not reached.kinds:
        st.caption(say("rules.nothing"))
        return
    counts = reached_counts(reached.table, reached.kinds)
    words = " · ".join(say("rules.reached.count", k=k, count=count) for k, count in counts)
    st.markdown(say("rules.reached.counts", unit=unit(place), counts=words))
    # The district alone is one row: its subdistricts stand below it.
    lowest = "community" if st.session_state.get(LEVEL) == "community" else "subdistrict"
    here = reached.table["level"].isin({LEVELS[0], lowest})
    shown = reached_paper(place, replace(reached, table=reached.table[here]), language())
    numbers = {
        name: st.column_config.NumberColumn(name, format="%.1f %%") for name in shown.columns[4:]
    }
    height = "auto" if len(shown) < FEW else PART_HEIGHT
    st.dataframe(shown, hide_index=True, height=height, row_height=30, column_config=numbers)


def _draw_kinds(place: Place) -> None:
    crosswalks = answers_served.crosswalks(place)
    schemes = [one.code for one in crosswalks.schemes]
    chosen = st.selectbox(
        say("rules.scheme"),
        ["", *schemes],
        format_func=lambda code: (
            crosswalks[code].words.say(language()) if code else say("rules.scheme.taxonomy")
        ),
        width=360,
    )
    if chosen:
        shown = kinds_table(place, crosswalks, chosen, language())
    else:
        shown = structure_table(place, language())
    heads: dict[str, Any] = {name: say(f"rules.column.{name}") for name in shown.columns}
    heads["share"] = st.column_config.NumberColumn(heads["share"], format="%.1f %%")
    st.dataframe(shown, hide_index=True, column_config=heads, row_height=30)


def _part(place: Place, standard: Standard, name: str) -> pd.DataFrame:
    now = language()
    if name == "platforms":
        ground = answers_served.ground(place, standard)
        return platform_paper(platform_matrix(ground, answers_served.rules()), now)
    if name == "merges":
        return merges_paper(place, merge_candidates(place), now)
    if name == "matches":
        return matches_paper(place, answers_served.matches(place, standard), now)
    if name == "culture_only":
        return culture_paper(culture_only(place), now)
    return published_paper(published_figures(answers_served.rules()), now)


def _draw_part(shown: pd.DataFrame) -> None:
    if shown.empty:
        st.caption(say("rules.nothing"))
        return
    st.dataframe(shown, hide_index=True, height="auto", row_height=30)
