"""A new place, built from files by somebody without a terminal: files, columns, system, check."""

from __future__ import annotations

from typing import Any

import streamlit as st

from coverage.papers.datum_paper import short_name
from dashboard import answers
from dashboard import selection as sel
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
from geo.desk_check import DeskCheck
from geo.desk_look import Look
from geo.desk_work import CheckTask, LookTask
from geo.phrases import phrase
from geo.place import DETOUR
from geo.place_files import PlaceChoices, usual_systems
from geo.place_shelf import free_folder, take_up
from geo.tables import BASES
from geo.template import template_workbook

NEW, BUILT = "new", "place_built"
FILES_OPEN = "files_open"
LEVELS_ABSENT, STATES_ABSENT = ("登记", "备案"), ("正常", "未知")
POINTS = ("lon", "lat", "coordinates")
# What is said when a file of boundaries or streets names no coordinate system.
UNSAID = {"crs": "error.no_crs", "streets_crs": "error.streets_no_crs"}


def draw_build() -> None:
    """Draw the steps."""
    at = desk(NEW)
    at.settle()
    _ask_names(at)
    look = at.draft.kept_answer(LOOK)
    key = kept(at, FILES_OPEN, True)
    with st.expander(say("place.files"), key=key, on_change="rerun"):
        _ask_files(at)
        _ask_more(at)
    keep(at, FILES_OPEN)
    ready = bool(at.draft.sources("communities") and at.draft.sources("register"))
    stamp = (at.draft.print_of_files(), repr(_choices(at, look)))
    _draw_read(at, look, stamp, ready=ready)
    draw_work(at, LOOK)
    busy = at.work is not None
    if look is None or not ready:
        return
    draw_faults(look.faults)
    _ask_unsaid(at, look)
    st.markdown(f"##### {say('place.step.columns')}")
    usable = draw_mapping(at, look)
    st.markdown(f"##### {say('place.step.datum')}")
    usable = _draw_systems(at, look) and usable
    st.markdown(f"##### {say('place.step.check')}")
    found = at.draft.kept_answer(CHECK)
    stamp = (at.draft.print_of_files(), repr(_choices(at, look)), _name(at))
    fresh = at.draft.fresh(CHECK, stamp)
    _draw_check(at, look, stamp, usable=usable and not busy, fresh=fresh)
    draw_work(at, CHECK)
    if found is None:
        return
    if not fresh:
        st.warning(say("place.check.old"))
    draw_report(at, found)
    st.markdown(f"##### {say('place.step.accept')}")
    _draw_accept(at, found, fresh=fresh and not busy)


def _name(at: Desk) -> str:
    return str(at.draft.kept.get("name_zh", "")).strip()


def _ask_names(at: Desk) -> None:
    st.markdown(f"##### {say('place.step.files')}")
    st.caption(say("place.build.intro"))
    first, second, third = st.columns([3, 3, 2])
    first.text_input(say("place.name.zh"), key=kept(at, "name_zh", ""), max_chars=60)
    second.text_input(say("place.name.en"), key=kept(at, "name_en", ""), max_chars=100)
    third.text_input(
        say("place.data_date"),
        key=kept(at, "data_date", ""),
        max_chars=40,
        placeholder=say("place.data_date.example"),
    )
    keep(at, "name_zh", "name_en", "data_date")


def _ask_files(at: Desk) -> None:
    st.caption(say("place.upload.words"))
    left, right = st.columns(2)
    with left:
        upload(at, "communities")
        upload(at, "residents")
    with right:
        upload(at, "register")
        upload(at, "streets")
    with st.container(horizontal=True, vertical_alignment="center"):
        now = language()
        st.download_button(
            say("place.template"),
            data=lambda: template_workbook(now),
            file_name=say("place.template.file"),
            on_click="ignore",
            key="place_template",
        )
        st.caption(say("place.template.help"))
    if not at.draft.sources("streets"):
        st.caption(say("place.straight_line", detour=DETOUR))


def _ask_more(at: Desk) -> None:
    opened = st.toggle(say("place.more"), key=kept(at, "more", False))
    keep(at, "more")
    if opened:
        first, second = st.columns(2)
        with first:
            upload(at, "outline")
        with second:
            upload(at, "gazetteer")
        first, second, third = st.columns(3)
        now = language()
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
        third.selectbox(
            say("place.basis"),
            BASES,
            format_func=lambda one: say(f"basis.{one}"),
            key=kept(at, "basis", BASES[0], BASES),
        )
        keep(at, "level", "state", "basis")


def _ask_unsaid(at: Desk, look: Look) -> None:
    """Ask in which system files are drawn that do not say it."""
    wanted = {
        name
        for kind, fault in look.faults
        for name in ("crs", "streets_crs")
        if fault.key == UNSAID[name] and kind == ("communities" if name == "crs" else "streets")
    }
    systems = usual_systems()

    def words(system: str) -> str:
        if systems[system] is None:
            return say("place.crs.degrees", crs=system)
        return say("place.crs.zone", crs=system, meridian=systems[system])

    for name in UNSAID:
        if name not in wanted and at.draft.kept.get(name) is None:
            continue
        st.selectbox(
            say(f"place.{name}"),
            tuple(systems),
            format_func=words,
            key=kept(at, name, None, (None, *systems)),
            index=None,
            placeholder=say("place.crs.choose"),
            help=say("place.crs.help"),
            width=520,
        )
        keep(at, name)


def _choices(at: Desk, look: Look | None) -> PlaceChoices:
    held, draft = at.draft.kept, at.draft
    return PlaceChoices(
        system=held.get(SYSTEM),
        residents_system=held.get("residents_system") or "wgs84",
        crs=held.get("crs"),
        streets_crs=held.get("streets_crs"),
        basis=held.get("basis", BASES[0]),
        level=held.get("level", LEVELS_ABSENT[0]),
        state=held.get("state", STATES_ABSENT[0]),
        mapping=draft.mapping(look, "register"),
        communities_mapping=draft.mapping(look, "communities"),
        residents_mapping=draft.mapping(look, "residents"),
        data_date=str(held.get("data_date", "")).strip(),
        english=str(held.get("name_en", "")).strip(),
    )


def _draw_read(at: Desk, look: Look | None, stamp: tuple[Any, ...], *, ready: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            say("place.read" if look is None else "place.read.again"),
            type="primary" if look is None else "secondary",
            disabled=not ready,
            key=at.key("read"),
            on_click=_read,
            args=(at, look, stamp),
        )
        if not ready:
            st.caption(say("place.read.lacking"))
        elif look is not None and at.draft.found[LOOK][0][0] != stamp[0]:
            st.caption(say("place.read.old"))


def _read(at: Desk, look: Look | None, stamp: tuple[Any, ...]) -> None:
    # The files make way for what is found in them.
    st.session_state[at.key(FILES_OPEN)] = False
    at.begin(LOOK, stamp, LookTask(at.draft.place_files(), _choices(at, look)))


def _draw_systems(at: Desk, look: Look) -> bool:
    checked: DeskCheck | None = at.draft.kept_answer(CHECK)
    datum = look.datum
    if checked is not None and checked.datum is not None:
        datum = checked.datum
    corrected = at.draft.columns.get("register", {}).values()
    needed = datum is not None or look.has("register", *POINTS) or bool({*POINTS} & {*corrected})
    declared = draw_datum(at, datum, needed=needed)
    if not look.has("residents", *POINTS):
        return declared
    options = ("wgs84", "gcj02", "bd09")
    st.radio(
        say("place.datum.residents"),
        options,
        index=None,
        format_func=lambda one: short_name(one, language()),
        key=kept(at, "residents_system", None, (None, *options)),
        horizontal=True,
    )
    keep(at, "residents_system")
    return declared and at.draft.kept["residents_system"] is not None


def _draw_check(at: Desk, look: Look, stamp: tuple[Any, ...], *, usable: bool, fresh: bool) -> None:
    named = bool(_name(at))
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            say("place.check"),
            type="secondary" if fresh else "primary",
            disabled=not (usable and named),
            key=at.key("check"),
        )
        if not named:
            st.caption(say("place.check.unnamed"))
        else:
            st.caption(say("place.check.help"))
    if pressed:
        attempt(at, CHECK, lambda: _begin_check(at, look, stamp))
        st.rerun()


def _begin_check(at: Desk, look: Look, stamp: tuple[Any, ...]) -> None:
    free_folder(_name(at), answers.shown_names())
    files, choices = at.draft.place_files(), _choices(at, look)
    task = CheckTask(_name(at), files, choices, at.draft.folder, language())
    at.begin(CHECK, stamp, task)


def _draw_accept(at: Desk, found: DeskCheck, *, fresh: bool) -> None:
    if found.size is None:
        st.info(say("place.accept.faults"))
        return
    st.markdown(f"**{plain(_name(at))}** · {size_words(found.size)}")
    draw_levels(found.size)
    for one in found.assumed:
        st.markdown(f"- {plain(one.say(language()))}")
    sure = True
    if found.against:
        sure = st.checkbox(say("place.accept.against"), key=at.key("against"))
    st.button(
        say("place.accept"),
        type="primary",
        disabled=not (fresh and sure),
        key=at.key("accept"),
        on_click=_accept,
        args=(at, found),
        help=say("place.accept.help"),
    )
    draw_work(at, ACCEPT)


def _accept(at: Desk, found: DeskCheck) -> None:
    def build() -> None:
        if found.folder is None:
            return
        folder = take_up(found.folder, free_folder(_name(at), answers.shown_names()))
        open_place(folder.name)
        drop(NEW)

    attempt(at, ACCEPT, build)


def open_place(place_id: str) -> None:
    """Open a place, and say so on the page that comes."""
    st.session_state[sel.PLACE] = place_id
    st.session_state[sel.COMMUNITY] = st.session_state[sel.ORGANISATION] = ""
    st.session_state[BUILT] = place_id
