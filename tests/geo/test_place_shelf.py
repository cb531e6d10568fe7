"""The office's own places: taken up whole, renamed, put away, taken back; data/ out of reach."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from geo.errors import FileError, PlaceError
from geo.place import Words, content_hash, load_place, place_name
from geo.place_settings import PlaceSettings, read_settings, write_settings
from geo.place_shelf import (
    free_folder,
    kept_places,
    put_away,
    rename_place,
    replace_place,
    take_back,
    take_up,
    trash,
)
from tests.desert_place import write_desert

NONE: dict[str, Words] = {}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YIKE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    return write_desert(tmp_path / "prepared")


def shown() -> dict[str, Words]:
    return {name: place_name(folder) for name, folder in kept_places().items()}


def test_a_prepared_place_is_taken_up_whole(home: Path, prepared: Path) -> None:
    folder = take_up(prepared, free_folder("示例区", NONE))
    assert folder == home / "示例区"
    assert [one.name for one in home.iterdir()] == ["示例区"]
    assert len(load_place(folder).communities) == 4
    with pytest.raises(PlaceError):
        take_up(prepared, folder)


def test_what_cannot_be_copied_leaves_nothing(
    home: Path, prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(FileError):
        take_up(prepared, free_folder("示例区", NONE))
    assert not list(home.iterdir())


def test_a_taken_name_is_refused_and_a_taken_folder_is_avoided(home: Path, prepared: Path) -> None:
    folder = take_up(prepared, free_folder("示例区", NONE))
    rename_place(folder, Words("另名", ""), shown())
    assert place_name(folder) == Words("另名", "另名")
    with pytest.raises(PlaceError, match="另名"):
        free_folder("另名", shown())
    assert free_folder("示例区", shown()).name == "示例区_2"
    assert free_folder("Scenarios", NONE).name == "Scenarios_2"


@pytest.mark.parametrize("name", ["", "..", "a/b", "<img src=x>", "con", 'x"y', "名" * 61])
def test_a_name_that_is_no_folder_is_a_sentence(home: Path, prepared: Path, name: str) -> None:
    with pytest.raises(PlaceError):
        free_folder(name, NONE)
    folder = take_up(prepared, free_folder("示例区", NONE))
    before = (folder / "place.toml").read_bytes()
    with pytest.raises(PlaceError):
        rename_place(folder, Words(name, "x"), shown())
    assert (folder / "place.toml").read_bytes() == before


def test_renaming_changes_two_lines_only(home: Path, prepared: Path) -> None:
    folder = take_up(prepared, free_folder("示例区", NONE))
    before = (folder / "place.toml").read_text("utf-8").split("\n")
    rename_place(folder, Words("新名", 'New "name" ${x}'), shown())
    after = (folder / "place.toml").read_text("utf-8").split("\n")
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 2
    assert load_place(folder).name == Words("新名", 'New "name" ${x}')


def test_a_place_goes_to_the_trash_and_comes_back(home: Path, prepared: Path) -> None:
    folder = take_up(prepared, free_folder("示例区", NONE))
    was = content_hash(folder)
    away = put_away(folder, when=datetime(2026, 1, 2, 3, 4, 5))
    assert not kept_places()
    assert away.parent == home / ".trash"
    (one,) = trash()
    assert one.when == datetime(2026, 1, 2, 3, 4, 5)
    assert one.name.zh == "沙漠网格"
    back = take_back(one, shown())
    assert back == folder
    assert content_hash(back) == was
    assert not trash()


def test_what_came_in_its_stead_stays_when_a_place_comes_back(home: Path, prepared: Path) -> None:
    put_away(take_up(prepared, free_folder("示例区", NONE)))
    other = take_up(prepared, free_folder("示例区", NONE))
    with pytest.raises(PlaceError):
        take_back(trash()[0], shown())
    rename_place(other, Words("另名", ""), shown())
    assert take_back(trash()[0], shown()).name == "示例区_2"
    assert len(kept_places()) == 2


def test_nothing_beyond_the_offices_own_places_is_touched(
    home: Path, prepared: Path, root: Path
) -> None:
    folder = take_up(prepared, free_folder("示例区", NONE))
    for foreign in (root / "data" / "wuchang", prepared, home, folder / "..", home / ".trash"):
        with pytest.raises(PlaceError):
            put_away(foreign)
        with pytest.raises(PlaceError):
            rename_place(foreign, Words("a", "a"), NONE)
        with pytest.raises(PlaceError):
            replace_place(prepared, foreign, base="")


def test_a_place_is_replaced_only_as_it_was_checked(home: Path, prepared: Path) -> None:
    folder = take_up(prepared, free_folder("示例区", NONE))
    write_settings("示例区", home, PlaceSettings(review_number="鄂S（2024）1号"))
    base = content_hash(folder)
    (prepared / "register.csv").write_bytes((prepared / "register.csv").read_bytes() + b"\n")
    replace_place(prepared, folder, base=base)
    assert (folder / "register.csv").read_bytes() == (prepared / "register.csv").read_bytes()
    assert read_settings("示例区", home).review_number == "鄂S（2024）1号"
    assert [one.name for one in home.iterdir()] == ["示例区"]
    with pytest.raises(PlaceError):
        replace_place(prepared, folder, base=base)
