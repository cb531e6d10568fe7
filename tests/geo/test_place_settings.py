"""Settings of a place: what a map may be told, and what it must never be told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import FileError, InputError, PlaceError
from geo.phrases import sentence
from geo.place import content_hash
from geo.place_settings import (
    SETTINGS,
    PlaceSettings,
    read_settings,
    settings_file,
    write_settings,
)

TIANDITU = (
    "https://t0.tianditu.gov.cn/vec_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=vec"
    "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=0a1b2c"
)
GOOD = (
    "",
    TIANDITU,
    "http://10.0.0.8/tiles/{z}/{x}/{y}.png",
    "http://maps.intranet:8080/{z}/{x}/{-y}@2x.png?v=3",
    "http://[fd00::8]/{z}/{x}/{y}",
)
BAD = {
    "ftp://10.0.0.8/{z}/{x}/{y}.png": "error.tiles_address",
    "javascript:alert({x}{y}{z})": "error.tiles_address",
    "data:text/html,{x}{y}{z}": "error.tiles_address",
    "//10.0.0.8/{z}/{x}/{y}.png": "error.tiles_address",
    "http:///{z}/{x}/{y}.png": "error.tiles_address",
    "http://10.0.0.8:port/{z}/{x}/{y}.png": "error.tiles_address",
    "http://[fd00/{z}/{x}/{y}.png": "error.tiles_address",
    "http://clerk:secret@10.0.0.8/{z}/{x}/{y}.png": "error.tiles_password",
    "http://10.0.0.8/{z}/{x}.png": "error.tiles_braces",
    "http://10.0.0.8/{z}/{x}/{y}/{y}.png": "error.tiles_braces",
    "http://t{s}.tianditu.gov.cn/{z}/{x}/{y}": "error.tiles_braces",
    "http://{x}.{y}.{z}/": "error.tiles_braces",
    "http://10.0.0.8/{z}/{x}/{y}/{{": "error.tiles_braces",
    "http://10.0.0.8/{z}/{x}/{y}.png\n": "error.tiles_letters",
    "http://10.0.0.8/{z}/{x}/{y} .png": "error.tiles_letters",
    'http://10.0.0.8/{z}/{x}/{y}"><script>': "error.tiles_letters",
    "http://10.0.0.8/{z}/{x}/{y}`": "error.tiles_letters",
    "http://10.0.0.8/瓦片/{z}/{x}/{y}": "error.tiles_letters",
    "http://10.0.0.8/{z}/{x}/{y}/" + "a" * 500: "error.tiles_letters",
}


def test_nothing_is_set_until_somebody_sets_it(tmp_path: Path) -> None:
    assert read_settings("wuchang", tmp_path) == PlaceSettings("", "", "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("template", GOOD)
def test_what_was_written_is_read_again(tmp_path: Path, template: str) -> None:
    wanted = PlaceSettings(template, '天地图 © "GS(2024)0650号"', "鄂武汉S（2024）001号")
    written = write_settings("武昌", tmp_path, wanted)
    assert written == tmp_path / "武昌" / SETTINGS
    assert read_settings("武昌", tmp_path) == wanted
    assert [one.name for one in written.parent.iterdir()] == [SETTINGS]


@pytest.mark.parametrize(("template", "key"), BAD.items())
def test_an_address_that_is_no_template_is_a_sentence(template: str, key: str) -> None:
    with pytest.raises(PlaceError) as refused:
        PlaceSettings(tile_template=template)
    assert refused.value.key == key
    assert sentence(refused.value, "zh")
    assert sentence(refused.value, "en")


@pytest.mark.parametrize("text", ["a\nb", "\x00", "长" * 201, "\u202eabc"])
def test_texts_are_one_line(text: str) -> None:
    with pytest.raises(PlaceError):
        PlaceSettings(review_number=text)
    with pytest.raises(PlaceError):
        PlaceSettings(tile_attribution=text)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("tile_template = ", FileError),
        ("tile_template = 3", PlaceError),
        ('tile_template = "ftp://a/{x}{y}{z}"', PlaceError),
    ],
)
def test_a_file_somebody_spoilt_is_a_sentence(
    tmp_path: Path, content: str, kind: type[InputError]
) -> None:
    path = settings_file("there", tmp_path)
    path.parent.mkdir()
    path.write_text(content, encoding="utf-8")
    with pytest.raises(kind):
        read_settings("there", tmp_path)


@pytest.mark.parametrize("place_id", ["../there", "a/b", "a\\b", "", ".", "..", "con"])
def test_a_name_never_leads_out_of_home(tmp_path: Path, place_id: str) -> None:
    with pytest.raises(PlaceError):
        write_settings(place_id, tmp_path / "home", PlaceSettings())
    assert not (tmp_path / "home").exists()


def test_a_setting_changes_no_figure(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "register.csv").write_text("a", encoding="utf-8")
    before = content_hash(tmp_path / "there")
    write_settings("there", tmp_path, PlaceSettings(review_number="鄂S（2024）1号"))
    assert content_hash(tmp_path / "there") == before


@given(st.text(max_size=60))
def test_any_text_is_kept_or_refused_with_a_sentence(text: str) -> None:
    try:
        settings = PlaceSettings(tile_template=text, tile_attribution=text, review_number=text)
    except PlaceError as refused:
        assert sentence(refused, "zh")
    else:
        assert settings.review_number == text
