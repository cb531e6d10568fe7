"""The buttons that take a table away, with the question it answers inside the file."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from coverage.gaps import LEVELS
from coverage.papers.gap_workbook import gap_csv, gap_file_name, gap_workbook
from dashboard import answers, answers_served
from dashboard.selection import Selection
from dashboard.words import language, say
from geo.place import Place


def gap_downloads(
    place: Place, chosen: Selection, gaps: pd.DataFrame, levels: tuple[str, ...] = LEVELS
) -> None:
    """Draw the downloads of a gap list; the files are made when somebody asks for them.

    The whole answer goes along, so that small counts are left out of the file
    as one; `gaps` are not narrowed by level, because that tells a share.
    """
    now, standard = language(), chosen.standard

    def workbook() -> bytes:
        reached = answers_served.five_kinds(place, standard)
        result = answers.coverage(place, standard)
        return gap_workbook(place, result, gaps, now, reached=reached, levels=levels)

    def plain_file() -> bytes:
        return gap_csv(place, answers.coverage(place, standard), gaps, now, levels=levels)

    made_by: dict[str, Callable[[], bytes]] = {"xlsx": workbook, "csv": plain_file}
    with st.container(horizontal=True, gap="small", width="content"):
        for ending, make in made_by.items():
            st.download_button(
                say(f"screen.download.{ending}"),
                data=make,
                file_name=gap_file_name(place, ending, now),
                on_click="ignore",
                key=f"download_{ending}",
            )
