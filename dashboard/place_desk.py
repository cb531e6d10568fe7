"""What the steps of the import desk share: the draft of this session, uploads, work under way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.words import language, plain, say
from geo.desk_draft import Draft
from geo.desk_work import DeskWork, Task
from geo.errors import InputError
from geo.phrases import sentence
from geo.place_reading import STAGES

DESKS = "place_desks"
TABLE_MB, SHAPE_MB, STREETS_MB = 20, 50, 200
UPLOAD_MB = {"communities": SHAPE_MB, "outline": SHAPE_MB, "streets": STREETS_MB}
LOOK, CHECK, ACCEPT = "look", "check", "accept"


class Desk:
    """One import of this session: the draft, and what is being done with it.

    Attributes
    ----------
    name
        ``new``, or the folder of the place whose register is replaced.
    draft
        What was handed in.
    work, asked
        The work under way, what it is for, and the print of what it was asked of.
    fault
        What stopped the latest work.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.draft = Draft()
        self.work: DeskWork | None = None
        self.asked: tuple[str, tuple[Any, ...]] | None = None
        self.fault: InputError | None = None

    def key(self, name: str) -> str:
        """Return the key of a widget of this import."""
        return f"desk_{self.name}_{name}"

    def begin(self, kind: str, stamp: tuple[Any, ...], task: Task) -> None:
        """Start work; what was under way is no longer wanted."""
        if self.work is not None:
            self.work.cancel()
        self.fault, self.asked = None, (kind, stamp)
        self.work = DeskWork(task, self.draft.folder).start()

    def settle(self) -> None:
        """Take up what finished work brought."""
        work, asked = self.work, self.asked
        if work is None or asked is None or not work.finished:
            return
        self.work = None
        work.raise_if_broken()
        self.fault = work.fault
        if work.answer is not None:
            self.draft.keep(asked[0], asked[1], work.answer)


def desk(name: str) -> Desk:
    """Return the import of this name in this session."""
    desks: dict[str, Desk] = st.session_state.setdefault(DESKS, {})
    if name not in desks:
        desks[name] = Desk(name)
    return desks[name]


def drop(name: str) -> None:
    """Forget an import and its files."""
    found = st.session_state.get(DESKS, {}).pop(name, None)
    if found is not None:
        if found.work is not None:
            found.work.cancel()
        found.draft.close()


def kept(at: Desk, name: str, default: Any, options: tuple[Any, ...] | None = None) -> str:
    """Return the key of a widget, filled with what it held when it was last seen."""
    key = at.key(name)
    if key not in st.session_state:
        value = at.draft.kept.get(name, default)
        st.session_state[key] = value if options is None or value in options else default
    return key


def keep(at: Desk, *names: str) -> None:
    """Keep what widgets hold now: a widget that is not drawn loses it."""
    for name in names:
        if at.key(name) in st.session_state:
            at.draft.kept[name] = st.session_state[at.key(name)]


def upload(at: Desk, kind: str, *, as_kind: str = "", replaces: bool = False) -> None:
    """Draw the way to hand in files of one kind, and what has been handed in.

    Parameters
    ----------
    at
        The import.
    kind
        What the widget is for; names its words.
    as_kind
        The kind of file it hands in, where that is another one.
    replaces
        Whether new files take the place of all those of their kind.
    """
    files, most = as_kind or kind, UPLOAD_MB.get(as_kind or kind, TABLE_MB)
    counted = f"uploads_{kind}"
    times = at.draft.kept.get(counted, 0)
    key = at.key(f"upload_{kind}_{times}")

    def take() -> None:
        given = st.session_state[key]
        if given and replaces:
            at.draft.clear(files)
        try:
            for one in given:
                at.draft.add(files, one.name, one.getbuffer())
        except InputError as fault:
            at.draft.kept[f"refused_{kind}"] = fault
        # A new widget: the old one would hold the bytes a second time.
        at.draft.kept[counted] = times + 1

    with st.container(border=True, gap="small"):
        st.markdown(f"**{say(f'place.file.{kind}')}**")
        st.caption(say(f"place.file.{kind}.help"))
        st.file_uploader(
            say(f"place.file.{kind}"),
            accept_multiple_files=True,
            key=key,
            on_change=take,
            max_upload_size=most,
            label_visibility="collapsed",
        )
        refused = at.draft.kept.pop(f"refused_{kind}", None)
        if refused is not None:
            st.error(plain(sentence(refused, language())))
        if not replaces:
            _draw_files(at, files)


def _draw_files(at: Desk, kind: str) -> None:
    for path in at.draft.files(kind):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            size = say("place.file.size", kilobytes=path.stat().st_size / 1000)
            st.markdown(f"{plain(path.name)} · {size}")
            st.button(
                say("place.file.remove"),
                key=at.key(f"remove_{kind}_{path.name}"),
                type="tertiary",
                on_click=at.draft.remove,
                args=(kind, path.name),
            )


def draw_work(at: Desk, kind: str) -> None:
    """Draw work of this kind where it was asked for: under way, or what stopped it."""
    if at.asked is None or at.asked[0] != kind:
        return
    if at.fault is not None:
        st.error(plain(sentence(at.fault, language())))
    if at.work is not None:
        _watch(at)


@st.fragment(run_every=1.0)
def _watch(at: Desk) -> None:
    work = at.work
    if work is None or work.finished:
        st.rerun()
        return
    bar, button = st.columns([5, 1], vertical_alignment="center")
    stage = say(f"place.stage.{work.stage}")
    words = say("place.starting", stage=stage, seconds=work.seconds)
    if work.step:
        words = say(
            "place.working",
            stage=stage,
            step=work.step,
            steps=len(STAGES),
            done=work.done,
            total=work.total,
            seconds=work.seconds,
        )
    bar.progress(work.share, text=words)
    label = say("place.stopping" if work.cancelled else "place.stop")
    button.button(label, key=at.key("stop"), disabled=work.cancelled, on_click=work.cancel)


def draw_faults(faults: tuple[tuple[str, InputError], ...]) -> None:
    """Draw what is wrong with which kind of file."""
    for kind, fault in faults:
        st.error(f"**{say(f'place.kind.{kind}')}** {plain(sentence(fault, language()))}")


def attempt(at: Desk, kind: str, work: Callable[[], None]) -> None:
    """Do something at once; what is wrong with it is said where work of this kind is drawn."""
    at.fault, at.asked = None, (kind, ())
    try:
        work()
    except InputError as fault:
        at.fault = fault
