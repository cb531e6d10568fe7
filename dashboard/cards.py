"""The headline cards: one group each, its share, who is left out, and how it was counted.

They are drawn as one piece, because a slider redraws them and a piece costs
the browser far less than twenty-five.
"""

from __future__ import annotations

from html import escape

import streamlit as st

from coverage.papers.first_screen import Card
from dashboard.words import language, percent, say
from geo.phrases import phrase


def draw_cards(cards: tuple[Card, ...], subject: str) -> None:
    """Draw the cards side by side; the one of `subject` is marked."""
    with st.container(key="cards"):
        st.html("".join(_card(card, subject) for card in cards))


def _card(card: Card, subject: str) -> str:
    chosen = subject in (card.group.code, *card.group.categories)
    twice = card.with_committees != card.share
    beside = (
        say("screen.card.with_committees", share=percent(card.with_committees))
        if twice
        else say("screen.card.on_paper", share=percent(card.on_paper))
    )
    explained = [say("screen.card.help", covered=card.covered, total=card.beneficiaries)]
    if twice:
        explained.append(say("screen.card.help_committees", share=percent(card.on_paper)))
    explained.append(say("screen.card.proof"))
    definition = "".join(f"<p>{escape(words)}</p>" for words in explained)
    width = f"{card.share or 0:.1%}"
    title = escape(_title(card))
    uncovered = f"<b>{escape(say('screen.people', count=card.uncovered))}</b>"
    return (
        f'<section lang="{language()}" class="card{" chosen" if chosen else ""}">'
        f'<header><h4 title="{title}">{title}</h4>'
        f'<details><summary aria-label="{escape(say("screen.card.how"))}">?</summary>'
        f"<div>{definition}</div></details></header>"
        f'<div class="figures"><strong>{escape(percent(card.share))}</strong>'
        f"<span>{escape(beside)}</span></div>"
        f'<div class="bar"><i style="width: {width}"></i></div>'
        f"<p>{escape(say('screen.card.uncovered'))} {uncovered} · {escape(_gaps(card))}</p>"
        "</section>"
    )


def _title(card: Card) -> str:
    words = {
        "group": card.group.name(language()),
        "who": card.first_category.beneficiaries(language()),
        "count": card.beneficiaries,
        "basis": phrase(f"basis.{card.basis}", language()),
    }
    measured = card.basis == "measured"
    return say("screen.card.title" if measured else "screen.card.title_uncertain", **words)


def _gaps(card: Card) -> str:
    counts = {"gaps": card.gap_communities, "serious": card.serious_communities}
    return say("screen.card.gaps", **counts)
