"""A new register for a place of the office's own: in the old one's stead, or added to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import answers
from dashboard import selection as sel
from dashboard.place_build import LEVELS_ABSENT, POINTS, STATES_ABSENT, open_place
from dashboard.place_datum import SYSTEM, draw_datum
from dashboard.place_desk import (
    ACCEPT,
    CHECK,
    LOOK,
    Desk,
    attempt,
    desk,
    draw_faults,
    draw_work,
    drop,
    keep,
    kept,
    upload,
)
from dashboard.place_mapping import draw_mapping
from dashboard.place_report import draw_levels, draw_report, size_words
from dashboard.words import language, plain, say
from geo.columns import read_mapping
from geo.desk_look import Look
from geo.desk_work import UpdateLookTask, UpdateTask
from geo.phrases import phrase
from geo.place_building import MAPPING
from geo.place_files import PlaceChoices, PlaceFiles
from geo.place_shelf import kept_places, replace_place
from geo.place_update import UpdateCheck, said

WHICH = "update_which"
HOW = ("replace", "add")


def draw_update() -> None:
    """Draw the steps."""
    own = kept_places()
    if not own:
        st.info(say("place.own.none"))
        return
    names = answers.shown_names()
    if st.session_state.get(WHICH) not in own:
        opened = st.session_state[sel.PLACE]
        st.session_state[WHICH] = opened if opened in own else next(iter(own))
    st.selectbox(
        say("place.update.which"),
        tuple(own),
        format_func=lambda one: names[one].say(language()),
        key=WHICH,
        width=420,
    )
    folder = own[st.session_state[WHICH]]
    at = desk(folder.name)
    at.settle()
    _ask(at)
    if not at.draft.sources("register"):
        st.caption(say("place.update.intro"))
        return
    look = at.draft.kept_answer(LOOK)
    choices = _choices(at, look, folder)
    stamp = (at.draft.print_of_files(), repr(choices), at.draft.kept["how"])
    if st.button(say("place.read" if look is None else "place.read.again"), key=at.key("read")):
        at.begin(LOOK, stamp, UpdateLookTask(folder, _files(at), choices))
        st.rerun()
    draw_work(at, LOOK)
    busy = at.work is not None
    if look is None:
        return
    draw_faults(look.faults)
    usable = draw_mapping(at, look)
    found: UpdateCheck | None = at.draft.kept_answer(CHECK)
    datum = look.datum
    if found is not None and found.desk.datum is not None:
        datum = found.desk.datum
    needed = datum is not None or look.has("register", *POINTS)
    usable = draw_datum(at, datum, needed=needed) and usable
    _draw_check(at, folder, choices, stamp, usable=usable and not busy)
    draw_work(at, CHECK)
    if found is not None:
        fresh = at.draft.fresh(CHECK, stamp)
        if not fresh:
            st.warning(say("place.check.old"))
        draw_report(at, found.desk)
        _draw_accept(at, folder, found, fresh=fresh and not busy)


def _ask(at: Desk) -> None:
    now = language()
    left, right = st.columns([3, 2])
    with left:
        st.caption(say("place.upload.words"))
        upload(at, "register")
    with right:
        st.radio(
            say("place.update.how"),
            HOW,
            format_func=lambda one: say(f"place.update.{one}"),
            key=kept(at, "how", HOW[0], HOW),
        )
        st.text_input(
            say("place.data_date"),
            key=kept(at, "data_date", ""),
            max_chars=40,
            placeholder=say("place.data_date.example"),
        )
        first, second = st.columns(2)
        first.selectbox(
            say("place.level_absent"),
            LEVELS_ABSENT,
            format_func=lambda one: phrase(f"registration.{one}", now),
            key=kept(at, "level", LEVELS_ABSENT[0], LEVELS_ABSENT),
        )
        second.selectbox(
            say("place.state_absent"),
            STATES_ABSENT,
            format_func=lambda one: phrase(f"state.{one}", now),
            key=kept(at, "state", STATES_ABSENT[0], STATES_ABSENT),
        )
    keep(at, "how", "data_date", "level", "state")


def _files(at: Desk) -> PlaceFiles:
    # Boundaries and streets are those of the place.
    return PlaceFiles(communities=(), register=at.draft.sources("register"))


def _choices(at: Desk, look: Look | None, folder: Path) -> PlaceChoices:
    held = at.draft.kept
    mapping = at.draft.mapping(look, "register")
    if mapping is None and (folder / MAPPING).is_file():
        # What was corrected when the place was built holds for its next register too.
        saved = read_mapping(folder / MAPPING).get("register", {})
        mapping = {field: tuple(headings) for field, headings in saved.items()}
    return PlaceChoices(
        system=held.get(SYSTEM),
        level=held["level"],
        state=held["state"],
        mapping=mapping,
        data_date=str(held["data_date"]).strip(),
    )


def _draw_check(
    at: Desk, folder: Path, choices: PlaceChoices, stamp: tuple[Any, ...], *, usable: bool
) -> None:
    pressed = st.button(
        say("place.check.register"), type="primary", disabled=not usable, key=at.key("check")
    )
    if pressed:
        task = UpdateTask(
            folder, _files(at), choices, at.draft.folder, at.draft.kept["how"], language()
        )
        at.begin(CHECK, stamp, task)
        st.rerun()


def _draw_accept(at: Desk, folder: Path, found: UpdateCheck, *, fresh: bool) -> None:
    if found.change is None or found.desk.size is None:
        st.info(say("place.accept.faults"))
        return
    st.markdown(f"**{plain(said(found.change).say(language()))}**")
    st.caption(size_words(found.desk.size))
    draw_levels(found.desk.size)
    for one in found.desk.assumed:
        st.markdown(f"- {plain(one.say(language()))}")
    sure = True
    if found.desk.against:
        sure = st.checkbox(say("place.accept.against"), key=at.key("against"))
    st.button(
        say("place.update.accept"),
        type="primary",
        disabled=not (fresh and sure),
        key=at.key("accept"),
        on_click=_accept,
        args=(at, folder, found),
        help=say("place.update.accept.help"),
    )
    draw_work(at, ACCEPT)


def _accept(at: Desk, folder: Path, found: UpdateCheck) -> None:
    def update() -> None:
        if found.desk.folder is None:
            return
        replace_place(found.desk.folder, folder, base=found.base)
        open_place(folder.name)
        drop(folder.name)

    attempt(at, ACCEPT, update)
