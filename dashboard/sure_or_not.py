"""Sure or not: which gaps hold, why other figures differ, what rests on estimates."""

from __future__ import annotations

import streamlit as st

from coverage.papers.map_content import subject_name
from coverage.papers.sureness import (
    EstimatedPart,
    estimated_part,
    reconciliation_csv,
    reconciliation_table,
    sureness_counts,
    sureness_table,
    walker_counts,
    walking_words,
)
from coverage.standard import Standard
from dashboard import answers, answers_served
from dashboard import selection as sel
from dashboard.downloads import gap_downloads
from dashboard.frame import chosen_place, honesty, unit
from dashboard.tables import unit_columns
from dashboard.words import language, people, percent, plain, say
from geo.place import Place

TABLE_HEIGHT = 420


def page() -> None:
    """Draw the page."""
    place, chosen = chosen_place()
    honesty(place, 0)
    if chosen.subject == sel.ALL:
        subjects = tuple(group.code for group in place.taxonomy.groups)
    else:
        subjects = (chosen.subject,)
    left, right = st.columns([1.4, 1], gap="medium")
    with left, st.spinner(say("sure.loading"), show_time=True):
        _draw_verdicts(place, chosen, subjects)
    with right:
        for subject in subjects:
            st.markdown(f"#### {plain(subject_name(place, subject, language()))}")
            times, within = answers_served.walking(place, chosen.standard, subject)
            st.markdown(walking_words(times, within, place.place_id, language()))
            _draw_estimates(place, chosen.standard, subject)
            _draw_border(place, chosen.standard, subject)
            _draw_walkers(place, chosen.standard, subject)
            _draw_ways(place, chosen.standard, subject)
        _draw_ways_download(place, chosen.standard, subjects)


def _draw_verdicts(place: Place, chosen: sel.Selection, subjects: tuple[str, ...]) -> None:
    verdicts = answers_served.verdicts(place, chosen.standard)
    counts = sureness_counts(verdicts, subjects)
    st.markdown(f"#### {say('sure.verdicts')}", help=say("sure.verdicts.help"))
    for column, name in zip(st.columns(4), ("stable", "mostly", "borderline", "near"), strict=True):
        column.metric(
            say(f"sure.count.{name}", unit=unit(place)),
            f"{getattr(counts, name):,}",
            help=say(f"sure.count.{name}.help"),
        )
    gaps = answers.subject_gaps(place, chosen.standard, chosen.subject)
    if gaps.empty:
        st.caption(say("sure.no_gaps"))
        return
    shown = sureness_table(place, gaps, verdicts, language())
    if chosen.subject != sel.ALL:
        shown = shown.drop(columns="category")
    unit_word, part_word = unit_columns(place)
    columns = st.column_config
    st.dataframe(
        shown,
        height=TABLE_HEIGHT,
        hide_index=True,
        row_height=30,
        column_config={
            "community": columns.TextColumn(unit_word, width=80),
            "subdistrict": columns.TextColumn(part_word, width=80),
            "category": columns.TextColumn(say("screen.table.category"), width=90),
            "share": columns.NumberColumn(say("screen.table.share"), format="%.1f %%", width=70),
            "uncovered": columns.NumberColumn(
                say("screen.table.uncovered"), format="localized", width=70
            ),
            "level": columns.TextColumn(say("screen.table.level"), width=80),
            "verdict": columns.TextColumn(say("sure.verdict"), width=230),
        },
        column_order=(
            "community",
            "category",
            "verdict",
            "share",
            "uncovered",
            "level",
            "subdistrict",
        ),
    )
    st.caption(say("sure.cutoffs"))
    marked = answers_served.marked_gaps(place, chosen.standard, chosen.subject)
    gap_downloads(place, chosen, marked)


def _draw_estimates(place: Place, standard: Standard, subject: str) -> None:
    part = _estimated(place, standard, subject)
    if part.share is None:
        st.caption(say("sure.estimates.nobody"))
        return
    st.markdown(
        say(
            "sure.estimates",
            share=percent(part.share),
            resting=people(part.on_estimates),
            covered=people(part.covered),
        )
    )


def _draw_border(place: Place, standard: Standard, subject: str) -> None:
    effects = answers_served.border_of(place, standard, subject)
    near, outside = int(effects["near_border"].sum()), int(effects["served_from_outside"].sum())
    if outside:
        st.markdown(say("sure.border.outside", count=people(outside)))
    if near and bool(effects["warning"].any()):
        st.markdown(say("sure.border.warning", count=people(near), communities=len(effects)))


def _draw_walkers(place: Place, standard: Standard, subject: str) -> None:
    counts = walker_counts(answers_served.by_walker(place, standard), subject)
    words = say("sure.walkers", slow=counts.slow, wheels=counts.wheelchair, unit=unit(place))
    st.markdown(words, help=say("sure.walkers.help"))


def _draw_ways_download(place: Place, standard: Standard, subjects: tuple[str, ...]) -> None:
    now = language()

    def made() -> bytes:
        tables = [answers_served.reconciled(place, standard, one) for one in subjects]
        return reconciliation_csv(place, tables, standard, now)

    st.download_button(
        say("sure.ways.download"),
        data=made,
        file_name=f"{say('sure.ways.file')}_{place.place_id}.csv",
        on_click="ignore",
        key="download_ways",
    )


def _draw_ways(place: Place, standard: Standard, subject: str) -> None:
    with st.expander(say("sure.ways"), expanded=True):
        columns = st.column_config
        st.dataframe(
            reconciliation_table(answers_served.reconciled(place, standard, subject), language()),
            hide_index=True,
            row_height=30,
            column_config={
                "way": columns.TextColumn(say("sure.way")),
                "share": columns.NumberColumn(
                    say("screen.table.share"), format="%.1f %%", width=70
                ),
                "numerator": columns.NumberColumn(
                    say("sure.numerator"), format="localized", width=80
                ),
                "denominator": columns.NumberColumn(
                    say("sure.denominator"), format="localized", width=80
                ),
                "unit": columns.TextColumn(say("sure.unit"), width=60),
            },
        )


def _estimated(place: Place, standard: Standard, subject: str) -> EstimatedPart:
    walks, result = answers.walks(place, standard), answers.coverage(place, standard)
    return estimated_part(place, walks, result, subject=subject)
