"""What if: edits on the desert grid, by hand, and against measuring everything again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coverage.reach import measure_coverage
from coverage.scenario import (
    COMPARED_COLUMNS,
    AddOrganisation,
    AddResidents,
    AddStreet,
    ChangeCapacity,
    ChangeCategories,
    CloseOrganisation,
    CloseStreet,
    MoveOrganisation,
    ReopenOrganisation,
    Scenario,
    apply,
    compare,
    load_scenario,
    save_scenario,
    saved_scenarios,
    scenario_file,
    walk_after,
)
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.errors import FileError, InputError, NetworkError, PlaceError, TableError
from geo.phrases import sentence
from geo.place import load_place
from tests.desert import ORIGIN, desert_lines
from tests.desert_place import Desert, write_desert

CATEGORIES = ("A1", "B1", "C1")
STANDARD = Standard()


def at(east, north):
    return ORIGIN[0] + east, ORIGIN[1] + north


@pytest.fixture(scope="module")
def desert(tmp_path_factory):
    return load_place(write_desert(tmp_path_factory.mktemp("desert") / "desert"))


@pytest.fixture(scope="module")
def long_desert(tmp_path_factory):
    """The desert with far homes: 3 km of streets, so that walks matter."""
    homes = tuple(
        (east, north, {"people": 10 + k, "elders": 5 + k, "elders_80": 1, "disabled": 2})
        for k, (east, north) in enumerate(
            (100.0 * a, 100.0 * b) for a in range(0, 10, 3) for b in range(0, 10, 3)
        )
    )
    organisations = tuple(
        {"organisation_id": f"o{k}", "name": f"示例{k}", "category": code, "x": x, "y": y}
        for k, (code, x, y) in enumerate(
            [("A1", 0, 0), ("A1", 900, 0), ("A1", 900, 900), ("B1", 0, 900), ("C1", 500, 500)]
        )
    )
    folder = tmp_path_factory.mktemp("long") / "long"
    return load_place(write_desert(folder, Desert(homes=homes, organisations=organisations)))


def walks_of(place):
    return walk_categories(place, STANDARD, categories=CATEGORIES)


def assert_same_walks(one, other):
    np.testing.assert_array_equal(one.millimetres, other.millimetres)
    np.testing.assert_array_equal(one.service_point, other.service_point)
    np.testing.assert_array_equal(one.off_network, other.off_network)
    assert list(one.residents) == list(other.residents)


def frames(place):
    return place.register, place.service_points, place.residents, place.communities


def test_no_edits_are_today(desert):
    assert apply(desert, []) is desert
    assert apply(desert, Scenario("空")) is desert


def test_a_new_organisation_by_hand(desert):
    # Elders walk 0.8 m/s: 15 minutes are 720 m. o1 stands at (100, 100).
    new = AddOrganisation("n1", "示例新站", ("A1",), at(900, 400))
    after = apply(desert, [new])
    walks = walks_of(after)
    column = walks.categories.index("A1")
    home = list(walks.residents).index("h2")
    assert walks.millimetres[home, column] == 300_000  # (900, 100) to (900, 400)
    assert after.service_points.index[walks.service_point[home, column]] == "n1"
    row = after.service_points.loc["n1"]
    assert (row["community_code"], row["outside_district"]) == ("420106001002", False)
    assert after.content_hash != desert.content_hash
    assert "n1" not in desert.register.index


def test_adding_then_removing_restores_today(desert):
    new = AddOrganisation("n1", "示例新站", ("A1", "C1"), at(900, 400))
    scenario = Scenario("加", (new,))
    assert apply(desert, scenario.without_edit(0)) is desert
    closed = apply(desert, [new, CloseOrganisation("n1")])
    assert_same_walks(walks_of(closed), walks_of(desert))
    today = measure_coverage(desert, walks_of(desert), STANDARD)
    again = measure_coverage(closed, walks_of(closed), STANDARD)
    pd.testing.assert_frame_equal(today.communities, again.communities)
    reopened = apply(desert, [CloseOrganisation("o1"), ReopenOrganisation("o1")])
    assert_same_walks(walks_of(reopened), walks_of(desert))


def test_edits_leave_the_place_alone(desert):
    kept = [frame.copy() for frame in frames(desert)]
    hash_before = desert.content_hash
    apply(
        desert,
        [
            AddOrganisation("n1", "示例新站", ("A1",), at(900, 400), capacity=30),
            MoveOrganisation("o1", at(200, 200)),
            CloseOrganisation("o2"),
            ReopenOrganisation("o2"),
            ChangeCapacity("o3", 12),
            ChangeCategories("o3", ("C2", "C1")),
            AddResidents("new", at(500, 400), (("people", 9), ("elders", 2))),
            CloseStreet(at(150, 100)),
            AddStreet((at(0, 0), at(300, 250), at(500, 500))),
        ],
    )
    for before, now in zip(kept, frames(desert), strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(before), pd.DataFrame(now))
    assert desert.content_hash == hash_before


def test_capacity_and_category_by_hand(desert):
    after = apply(desert, [ChangeCapacity("o3", 12), ChangeCategories("o3", ("C2", "C1"))])
    assert after.service_points.loc["o3", "capacity"] == 12
    assert after.service_points.loc["o3", "categories"] == "C1;C2"
    assert after.register.loc["o3", "category"] == "C2"


def test_a_closed_street_makes_a_detour_and_a_link_a_shortcut(tmp_path):
    # One street of three pieces: (0,0) - (100,0) - (200,0) - (300,0), and a way around.
    place = load_place(
        write_desert(
            tmp_path / "d",
            Desert(
                homes=((0, 0, {"people": 7, "elders": 3, "elders_80": 0, "disabled": 0}),),
                organisations=(
                    {"organisation_id": "o1", "name": "示例", "category": "A1", "x": 300, "y": 0},
                ),
                streets=desert_lines(4, 2),
            ),
        )
    )
    walk = walk_categories(place, STANDARD, categories=["A1"]).millimetres[0, 0]
    assert walk == 300_000
    closed = apply(place, [CloseStreet(at(150, 0.4))])
    assert walk_categories(closed, STANDARD, categories=["A1"]).millimetres[0, 0] == 500_000
    # A diagonal from (0, 0) to (200, 100) is 223.607 m, then 100 m down... and 100 m along.
    linked = apply(closed, [AddStreet((at(0, 0), at(200, 100)))])
    walk = walk_categories(linked, STANDARD, categories=["A1"]).millimetres[0, 0]
    assert walk == 223_607 + 100_000 + 100_000
    # In the middle of a piece the link joins there: (50, 0) to (50, 100) is one crossing more.
    middle = apply(place, [AddStreet((at(50, 3), at(50, 97)))])
    assert len(middle.streets.x) == len(place.streets.x) + 2
    assert middle.streets.millimetres.sum() == place.streets.millimetres.sum() + 100_000


EDITS = st.one_of(
    st.builds(
        lambda k, code, x, y: AddOrganisation(f"n{k}", "示例", (code,), at(x * 50, y * 50)),
        st.integers(0, 99),
        st.sampled_from(CATEGORIES),
        st.integers(0, 20),
        st.integers(0, 20),
    ),
    st.builds(
        lambda k, x, y: MoveOrganisation(f"o{k}", at(x * 50, y * 50)),
        st.integers(0, 4),
        st.integers(0, 20),
        st.integers(0, 20),
    ),
    st.builds(lambda k: CloseOrganisation(f"o{k}"), st.integers(0, 4)),
    st.builds(lambda k: ReopenOrganisation(f"o{k}"), st.integers(0, 4)),
    st.builds(
        lambda k, code: ChangeCategories(f"o{k}", (code,)),
        st.integers(0, 4),
        st.sampled_from(CATEGORIES),
    ),
    st.builds(
        lambda k, x, y: AddResidents(f"r{k}", at(x * 50, y * 50), (("people", 4), ("elders", 2))),
        st.integers(0, 99),
        st.integers(0, 20),
        st.integers(0, 20),
    ),
    st.builds(
        lambda x, y: CloseStreet(at(x * 100 + 50, y * 100)), st.integers(0, 9), st.integers(0, 9)
    ),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(EDITS, min_size=1, max_size=4))
def test_patched_walks_equal_measuring_again(long_desert, edits):
    try:
        after = apply(long_desert, edits)
    except PlaceError as told:
        assert told.key == "error.scenario_exists"
        return
    patched = walk_after(long_desert, walks_of(long_desert), after, STANDARD)
    assert_same_walks(patched, walks_of(after))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(EDITS, min_size=1, max_size=4))
def test_comparisons_close(long_desert, edits):
    try:
        apply(long_desert, edits)
    except PlaceError:
        return
    found = compare(long_desert, STANDARD, [Scenario("一", tuple(edits))], categories=CATEGORIES)
    for table in (found.communities, found.district):
        changed = table["covered_before"] + table["gained"] - table["lost"] + table["new_covered"]
        assert (table["covered"] == changed).all()
    after = apply(long_desert, edits)
    result = measure_coverage(after, walks_of(after), STANDARD)
    for row in result.district.itertuples():
        mine = found.district[found.district["category"] == row.category].iloc[0]
        assert (mine["covered"], mine["beneficiaries"]) == (row.covered, row.beneficiaries)


def test_a_comparison_by_hand(desert):
    near = Scenario("近", (AddOrganisation("n1", "示例", ("A1",), at(900, 400)),))
    gone = Scenario("撤", (CloseOrganisation("o1"),))
    found = compare(desert, STANDARD, [near, gone], categories=["A1"])
    assert list(found.communities.columns) == list(COMPARED_COLUMNS)
    district = found.district.set_index(["scenario", "category"])
    # 720 m: o1 (100,100) reaches h0 (0 m) and h1 (600 m), 60 elders of 100; n1 adds h2's 10.
    # h1 (400, 400) is 500 m from n1; h3 (100, 900) is 800 m from o1 and 1,300 m from n1.
    assert district.loc[("近", "A1"), "covered_before"] == 60
    assert district.loc[("近", "A1"), "gained"] == 10
    assert district.loc[("近", "A1"), "lost"] == 0
    assert district.loc[("近", "A1"), "gaps_closed"] == 1
    assert district.loc[("撤", "A1"), "lost"] == 60
    assert district.loc[("撤", "A1"), "covered"] == 0
    assert district.loc[("撤", "A1"), "gaps_opened"] == 1
    units = found.communities[found.communities["scenario"] == "近"].set_index("community_code")
    assert units.loc["420106001002", "gap"] == "closes"
    assert units.loc["420106001001", "gap"] == ""


def test_new_residents_are_counted_apart(desert):
    estate = Scenario(
        "新小区", (AddResidents("e1", at(200, 100), (("people", 50), ("elders", 8))),)
    )
    row = compare(desert, STANDARD, [estate], categories=["A1"]).district.iloc[0]
    assert (row["beneficiaries_before"], row["beneficiaries"]) == (100, 108)
    assert (row["gained"], row["new_covered"], row["covered"]) == (0, 8, 68)


def test_no_scenarios_make_an_empty_table(desert):
    found = compare(desert, STANDARD, [], categories=["A1"])
    assert list(found.communities.columns) == list(COMPARED_COLUMNS)
    assert len(found.district) == 0


FULL = Scenario(
    name='三处 "新站"',
    crs="EPSG:32650",
    note="会议\n第二版",
    edits=(
        AddOrganisation(
            "n1", "示例 \\ 新站", ("A1", "C1"), (240000.123456789, 3380000.5), 30.0, "甲"
        ),
        MoveOrganisation("o1", (1.0, 2.0), "p1"),
        CloseOrganisation("o2", "停办"),
        ReopenOrganisation("o2"),
        ChangeCapacity("o3", 12.0),
        ChangeCategories("o3", ("C2",)),
        AddResidents("e1", (5.0, 6.0), (("people", 9), ("elders", 2))),
        CloseStreet((7.0, 8.0)),
        AddStreet(((0.0, 0.0), (1.0, 1.5), (2.0, 2.0)), "过街天桥"),
    ),
)


def test_files_keep_every_digit(tmp_path):
    path = save_scenario(FULL, tmp_path / "new" / "一.toml")
    assert load_scenario(path) == FULL
    assert [one.name for one in path.parent.iterdir()] == ["一.toml"]
    save_scenario(Scenario("空"), path)
    assert load_scenario(path) == Scenario("空")


def test_scenarios_are_kept_under_home(tmp_path, monkeypatch):
    monkeypatch.setenv("YIKE_HOME", str(tmp_path))
    assert saved_scenarios("desert") == ()
    path = save_scenario(FULL, scenario_file("desert", "会议一"))
    assert saved_scenarios("desert") == (path,)
    assert tmp_path in path.parents


def test_coordinates_in_another_crs_land_in_the_same_place(desert):
    import pyproj

    there = pyproj.Transformer.from_crs(desert.crs, 4326, always_xy=True)
    given = there.transform(*at(900, 400))
    scenario = Scenario("经纬度", (AddOrganisation("n1", "示例", ("A1",), given),), "EPSG:4326")
    after = apply(desert, scenario)
    point = after.service_points.loc["n1", "geometry"]
    assert (point.x, point.y) == pytest.approx(at(900, 400), abs=1e-3)


BROKEN = [
    ("schema = 2\nname = 'a'", "error.scenario_head"),
    ("schema = 1", "error.scenario_head"),
    ("schema = 1\nname = 'a'\nedit = 3", "error.scenario_head"),
    ("schema = 1\nname = 'a'\n[[edit]]\nkind = 'fly'", "error.scenario_kind"),
    ("schema = 1\nname = 'a'\n[[edit]]\nkind = 'close_organisation'", "error.scenario_entry"),
    (
        "schema = 1\nname = 'a'\n[[edit]]\nkind = 'close_organisation'\norganisation_id = 3",
        "error.scenario_entry",
    ),
    (
        "schema = 1\nname = 'a'\n[[edit]]\nkind = 'close_street'\nat = [1]",
        "error.scenario_entry",
    ),
    (
        "schema = 1\nname = 'a'\n[[edit]]\nkind = 'close_street'\nat = [1, 2]\ncolour = 'red'",
        "error.scenario_entry",
    ),
    (
        "schema = 1\nname = 'a'\n[[edit]]\nkind = 'add_residents'\nresident_point_id = 'e'\n"
        "at = [1, 2]\ncounts = { people = 2.5 }",
        "error.scenario_entry",
    ),
]


@pytest.mark.parametrize(("text", "key"), BROKEN)
def test_broken_files_are_sentences(tmp_path, text, key):
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PlaceError) as told:
        load_scenario(path)
    assert told.value.key == key
    assert "x.toml" in sentence(told.value, "zh")


def test_files_that_are_none(tmp_path):
    with pytest.raises(FileError):
        load_scenario(tmp_path / "absent.toml")
    (tmp_path / "y.toml").write_bytes(b"\xff\xfe = ")
    with pytest.raises(FileError):
        load_scenario(tmp_path / "y.toml")


REFUSED: list[tuple[type[InputError], str, object]] = [
    (PlaceError, "error.scenario_unknown", CloseOrganisation("nobody")),
    (PlaceError, "error.scenario_unknown", ChangeCapacity("nobody", 3)),
    (PlaceError, "error.scenario_unknown", ChangeCategories("nobody", ("A1",))),
    (PlaceError, "error.scenario_unknown", MoveOrganisation("nobody", at(0, 0))),
    (PlaceError, "error.scenario_which_point", MoveOrganisation("o1", at(0, 0), "other")),
    (PlaceError, "error.scenario_exists", AddOrganisation("o1", "示例", ("A1",), at(0, 0))),
    (PlaceError, "error.scenario_no_category", AddOrganisation("n", "示例", (), at(0, 0))),
    (TableError, "error.category_unknown", AddOrganisation("n", "示例", ("Q9",), at(0, 0))),
    (PlaceError, "error.scenario_point", AddOrganisation("n", "示例", ("A1",), (np.nan, 0.0))),
    (PlaceError, "error.scenario_capacity", ChangeCapacity("o1", -1)),
    (PlaceError, "error.scenario_residents", AddResidents("e", at(9e4, 0), (("people", 1),))),
    (PlaceError, "error.scenario_residents", AddResidents("e", at(0, 0), (("cats", 1),))),
    (PlaceError, "error.scenario_exists", AddResidents("h0", at(0, 0), (("people", 1),))),
    (NetworkError, "error.street_link_far", CloseStreet(at(9e4, 0))),
    (NetworkError, "error.street_link_far", AddStreet((at(0, 0), at(9e4, 0)))),
    (NetworkError, "error.street_link_short", AddStreet((at(0, 0),))),
    (NetworkError, "error.street_link_short", AddStreet((at(0, 0), (np.nan, 1.0)))),
    (NetworkError, "error.street_link_same_place", AddStreet((at(0, 0), at(0, -1)))),
]


@pytest.mark.parametrize(("kind", "key", "edit"), REFUSED)
def test_impossible_edits_are_sentences(desert, kind, key, edit):
    with pytest.raises(kind) as told:
        apply(desert, [edit])
    assert told.value.key == key
    assert sentence(told.value, "zh")
    assert str(told.value)
