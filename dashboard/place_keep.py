"""Keeping places: other names, put away and taken back, the base map and the review number."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import answers
from dashboard import selection as sel
from dashboard.words import language, plain, say
from geo.errors import InputError
from geo.ledger import home
from geo.phrases import sentence
from geo.place import Words
from geo.place_settings import PlaceSettings, read_settings, write_settings
from geo.place_shelf import PutAway, kept_places, put_away, rename_place, take_back, trash

WHICH, NAME, ENGLISH, SURE = "keep_which", "keep_name", "keep_english", "keep_sure"
TILES, OWNER, REVIEW = "keep_tiles", "keep_owner", "keep_review"
SAID = "keep_said"


def draw_keep() -> None:
    """Draw renaming, removing and taking back."""
    _draw_said()
    own = kept_places()
    names = answers.shown_names()
    if not own:
        st.info(say("place.own.none"))
    else:
        _draw_own(own, names)
    away = trash()
    if away:
        st.markdown(f"##### {say('place.trash')}")
        st.caption(plain(say("place.trash.help", folder=str(home() / ".trash"))))
        for one in away:
            _draw_away(one, names)


def _draw_own(own: dict[str, object], names: dict[str, Words]) -> None:
    if st.session_state.get(WHICH) not in own:
        opened = st.session_state[sel.PLACE]
        st.session_state[WHICH] = opened if opened in own else next(iter(own))
    st.selectbox(
        say("place.own"),
        tuple(own),
        format_func=lambda one: names[one].say(language()),
        key=WHICH,
        width=420,
    )
    place_id = st.session_state[WHICH]
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"##### {say('place.rename')}")
        with st.form(f"rename_{place_id}", border=False):
            zh = st.text_input(say("place.name.zh"), value=names[place_id].zh, max_chars=60)
            en = st.text_input(say("place.name.en"), value=names[place_id].en, max_chars=100)
            if st.form_submit_button(say("place.rename.do")):
                _say_after(
                    lambda: rename_place(kept_places()[place_id], Words(zh, en), names),
                    say("place.rename.done", name=zh.strip()),
                )
        st.caption(say("place.rename.help", folder=place_id))
    with right:
        st.markdown(f"##### {say('place.remove')}")
        st.caption(say("place.remove.help"))
        shown = names[place_id].say(language())
        sure = st.checkbox(say("place.remove.sure", name=plain(shown)), key=f"{SURE}_{place_id}")
        st.button(
            say("place.remove.do"),
            disabled=not sure,
            key="keep_remove",
            on_click=_remove,
            args=(place_id, shown),
        )


def _remove(place_id: str, shown: str) -> None:
    def remove() -> None:
        put_away(kept_places()[place_id])
        if st.session_state[sel.PLACE] == place_id:
            st.session_state[sel.PLACE] = next(iter(answers.place_folders()))
            st.session_state[sel.COMMUNITY] = st.session_state[sel.ORGANISATION] = ""

    _say_after(remove, say("place.remove.done", name=shown), rerun=False)


def _draw_away(away: PutAway, names: dict[str, Words]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{plain(away.name.say(language()))} · {away.when:%Y-%m-%d %H:%M}")
        st.button(
            say("place.trash.back"),
            key=f"back_{away.folder.name}",
            on_click=_say_after,
            args=(
                lambda: take_back(away, names),
                say("place.trash.back.done", name=away.name.say(language())),
            ),
            kwargs={"rerun": False},
        )


def _say_after(work: Callable[[], object], done: str, *, rerun: bool = True) -> None:
    """Do something and keep what is to be said about it for the next drawing."""
    try:
        work()
    except InputError as fault:
        st.session_state[SAID] = (False, sentence(fault, language()))
    else:
        st.session_state[SAID] = (True, done)
    if rerun:
        st.rerun()


def _draw_said() -> None:
    said = st.session_state.pop(SAID, None)
    if said is not None:
        (st.success if said[0] else st.error)(plain(said[1]))


def draw_settings() -> None:
    """Draw the settings of the open place's map."""
    _draw_said()
    place_id = st.session_state[sel.PLACE]
    name = answers.shown_names()[place_id].say(language())
    st.markdown(f"##### {plain(say('place.settings.title', name=name))}")
    now = PlaceSettings()
    try:
        now = read_settings(place_id, home())
    except InputError as fault:
        # The form below writes it anew.
        st.error(plain(sentence(fault, language())))
    st.caption(say("place.settings.help"))
    with st.form(f"settings_{place_id}", border=False):
        tiles = st.text_input(
            say("place.settings.tiles"),
            value=now.tile_template,
            placeholder="http://10.0.0.8/tiles/{z}/{x}/{y}.png",
            help=say("place.settings.tiles.help"),
        )
        owner = st.text_input(say("place.settings.owner"), value=now.tile_attribution)
        review = st.text_input(
            say("place.settings.review"),
            value=now.review_number,
            help=say("place.settings.review.help"),
        )
        if st.form_submit_button(say("place.settings.save"), type="primary"):
            _say_settings(place_id, tiles.strip(), owner.strip(), review.strip())
    if now.tile_template:
        st.caption(say("place.settings.outside"))


def _say_settings(place_id: str, tiles: str, owner: str, review: str) -> None:
    try:
        write_settings(place_id, home(), PlaceSettings(tiles, owner, review))
    except InputError as fault:
        # What was typed stays in the form.
        st.error(plain(sentence(fault, language())))
    else:
        st.success(say("place.settings.saved"))
