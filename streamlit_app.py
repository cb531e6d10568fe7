"""The browser door: page settings, pages, language; the frame does the rest."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import streamlit as st

from dashboard.frame import frame
from geo.phrases import phrase

# In the order of the work: see, list, decide, check, judge, doubt, compare, prepare.
PAGES = (
    "coverage_map",
    "gap_list",
    "where_next",
    "organisations",
    "rules",
    "sure_or_not",
    "compare",
    "places",
    "presenter",
)


def opened(name: str) -> Callable[[], None]:
    """Return the page of ``dashboard/<name>.py``, imported when somebody opens it.

    The first screen is on before the optimiser or the import desk are read.
    """

    def page() -> None:
        import_module(f"dashboard.{name}").page()

    page.__name__ = name
    return page


st.set_page_config(page_title="一刻圈 Yike", layout="wide", initial_sidebar_state=264)
pages = [
    st.Page(
        opened(name),
        title=phrase(f"screen.page.{name}", "zh"),
        url_path=name,
        default=name == PAGES[0],
    )
    for name in PAGES
]
frame(pages, st.navigation(pages, position="hidden"))
