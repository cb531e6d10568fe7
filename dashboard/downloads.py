"""The buttons that take a table away, with the question it answers inside the file."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from coverage.papers.gap_workbook import gap_csv, gap_file_name, gap_workbook
from dashboard import answers
from dashboard.selection import Selection
from dashboard.words import language, say
from geo.place import Place


def gap_downloads(place: Place, chosen: Selection, gaps: pd.DataFrame) -> None:
    """Draw the downloads of a gap list; the files are made when somebody asks for them."""
    now = language()

    def made(make: Callable[..., bytes]) -> bytes:
        # The whole answer goes along, so that small counts are left out of the file as one.
        return make(place, answers.coverage(place, chosen.standard), gaps, now)

    with st.container(horizontal=True, gap="small", width="content"):
        st.download_button(
            say("screen.download.xlsx"),
            data=lambda: gap_workbook(place, answers.coverage(place, chosen.standard), gaps, now),
            file_name=gap_file_name(place, "xlsx", now),
            on_click="ignore",
            key="download_xlsx",
        )
        st.download_button(
            say("screen.download.csv"),
            data=lambda: gap_csv(place, answers.coverage(place, chosen.standard), gaps, now),
            file_name=gap_file_name(place, "csv", now),
            on_click="ignore",
            key="download_csv",
        )
