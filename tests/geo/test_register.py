"""A register from raw tables: levels, states, forms, points, doubles, places, persons."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo.errors import TableError
from geo.gazetteer import read_gazetteer
from geo.office_files import read_office_bytes
from geo.raw_table import RawTable
from geo.register import RegisterImport, read_register
from geo.register_desk import Desk
from geo.register_points import estimated_location_share
from geo.register_tables import accepted_share
from geo.tables import REGISTER, SERVICE_POINTS
from tests.messy.corpus import NAMES, credit_code, lines

TODAY = date(2025, 6, 30)


def tables(*rows: str, file: str = "册.csv") -> list[RawTable]:
    return read_office_bytes(lines([row.split("|") for row in rows]).encode(), file)


def register(*rows: str, desk: Desk | None = None, **options) -> RegisterImport:
    return read_register(tables(*rows), desk or Desk(today=TODAY), **options)


def keys(found: RegisterImport, row: int | None) -> set[str]:
    return {one.reason.key for one in found.problems if one.row == row}


@pytest.fixture
def district() -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(
        {
            "name": ["积玉桥社区", "水果湖社区", "水果湖社区"],
            "subdistrict_code": ["420106001", "420106002", "420106003"],
            "subdistrict": ["积玉桥街道", "水果湖街道", "另湖街道"],
            "unit_kind": ["社区"] * 3,
        },
        geometry=[shapely.box(114.28 + k / 50, 30.53, 114.30 + k / 50, 30.57) for k in range(3)],
        crs="EPSG:4326",
        index=pd.Index(
            ["420106001001", "420106002001", "420106003001"], name="community_code", dtype="str"
        ),
    )
    words = ["name", "subdistrict_code", "subdistrict", "unit_kind"]
    return frame.to_crs("EPSG:4547").astype(dict.fromkeys(words, "str"))


def test_an_empty_register_keeps_its_promises():
    found = register("组织名称|状态")
    assert found.register.empty
    assert found.service_points.empty
    assert found.register.index.name == REGISTER.index
    assert found.service_points.index.name == SERVICE_POINTS.index
    assert accepted_share(found.rows)["rows_read"] == 0


def test_without_names_there_is_no_register():
    with pytest.raises(TableError) as caught:
        register("甲列|乙列", "一|二")
    assert caught.value.key == "error.no_name_column"


def test_raw_tables_are_left_alone():
    raw = tables("组织名称|状态|经度|纬度", f"{NAMES[0]}|正常|114.3|30.55")
    before = raw[0].cells.copy()
    read_register(raw, Desk(today=TODAY))
    pd.testing.assert_frame_equal(raw[0].cells, before)


@pytest.mark.parametrize(
    ("level", "status", "expected", "filing"),
    [
        ("登记", "", "登记", ""),
        ("区级登记", "", "登记", ""),
        ("备案", "", "备案", "已备案"),
        ("社区备案", "初审", "备案", "初审"),
        ("备案", "街道审查", "备案", "审查"),
        ("备案", "变更", "备案", "变更"),
        ("备案", "已注销", "备案", "注销"),
        ("台账", "", "台账", ""),
        ("未登记", "", "台账", ""),
        ("未备案", "", "台账", ""),
        ("已登记未备案", "", "登记", ""),
        ("未登记，已备案", "", "备案", "已备案"),
        ("备案", "审核未通过", "备案", "审查"),
        ("备案", "未通过", "备案", ""),
        ("备案", "不同意", "备案", ""),
        ("备案", "已备案（未注销）", "备案", "已备案"),
    ],
)
def test_levels_and_the_filing_route(level, status, expected, filing):
    found = register("组织名称|登记或备案|备案状态|状态", f"{NAMES[0]}|{level}|{status}|正常")
    row = found.register.iloc[0]
    assert (row["level"], row["filing_status"]) == (expected, filing)


@pytest.mark.parametrize(
    ("kind", "form"), [("1", "社会团体"), ("2", "社会服务机构"), ("3", "基金会")]
)
def test_the_code_tells_the_form_and_the_level(kind, form):
    found = register("组织名称|统一社会信用代码|状态", f"{NAMES[0]}|{credit_code(1, kind)}|正常")
    row = found.register.iloc[0]
    assert (row["legal_form"], row["level"]) == (form, "登记")
    assert found.register.index[0] == credit_code(1, kind)


def test_a_wrong_check_character_is_a_warning_and_no_rejection():
    code = credit_code(1)
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
    found = register("组织名称|统一社会信用代码|状态", f"{NAMES[0]}|{wrong}|正常")
    assert found.rows["status"].tolist() == ["doubtful"]
    assert "credit_code.wrong_check" in keys(found, 2)
    assert len(found.register) == 1


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ("正常", "正常"), ("存续", "正常"), ("在业", "正常"), ("注销", "注销"), ("已吊销", "撤销"),
        ("列入活动异常名录", "异常名录"), ("严重违法失信", "失信名单"), ("未年检", "未年检"),
        ("僵尸型", "僵尸"), ("未知", "未知"), ("不详", "未知"), ("火星", "未知"),
    ],
)  # fmt: skip
def test_states_are_normalised(given, state):
    found = register("组织名称|登记或备案|状态", f"{NAMES[0]}|登记|{given}")
    assert found.register["state"].tolist() == [state]
    # What says itself that nobody knows is no slip of the pen.
    doubted = "doubtful.state_unknown" in keys(found, 2)
    assert doubted == (given == "火星")


@pytest.mark.parametrize(
    ("last", "state"),
    [("2024-07-01", "正常"), ("2024-06-30", "僵尸"), ("2024年5月", "僵尸"), ("45000.5", "僵尸")],
)
def test_a_year_without_activity(last, state):
    found = register("组织名称|登记或备案|状态|最近活动日期", f"{NAMES[0]}|登记|正常|{last}")
    assert found.register["state"].tolist() == [state]
    longer = register(
        "组织名称|登记或备案|状态|最近活动日期", f"{NAMES[0]}|登记|正常|{last}",
        desk=Desk(today=TODAY, inactive_months=60),
    )  # fmt: skip
    assert longer.register["state"].tolist() == ["正常"]


def test_delivery_and_its_default():
    rows = [f"示例{k}站|登记|正常|{given}" for k, given in enumerate(("", "上门", "线上", "到点"))]
    found = register("组织名称|登记或备案|状态|提供方式", *rows)
    points = found.service_points
    assert points["delivery"].tolist() == ["到点", "上门", "线上", "到点"]
    assert points["delivery_basis"].tolist() == ["default", "given", "given", "given"]


def test_flags_are_reasons_to_look_and_change_nothing():
    found = register(
        "组织名称|登记或备案|状态|经度|纬度",
        "示例宗亲会|登记|正常|114.3|30.55",
        "示例小区业主委员会|备案|正常|114.3|30.55",
    )
    assert (found.register["check_flags"] != "").all()
    assert found.register["state"].tolist() == ["正常", "正常"]
    assert found.rows["status"].tolist() == ["accepted", "accepted"]


def test_one_organisation_at_many_places():
    code = credit_code(1)
    found = register(
        "组织名称|统一社会信用代码|状态|住所|服务地址|经度|纬度",
        f"{NAMES[0]}|{code}|正常|示例路1号|示例路1号|114.30|30.55",
        f"{NAMES[0]}|{code}|正常|示例路1号|示例路9号|114.32|30.55",
        f"{NAMES[0]}|{code}|正常|示例路1号|示例路9号|114.32|30.55",
    )
    assert len(found.register) == 1
    assert found.service_points["organisation_id"].tolist() == [code, code]
    assert found.rows["status"].tolist() == ["accepted", "repaired", "rejected"]


def test_the_same_name_elsewhere_is_another_organisation(district):
    found = register(
        "组织名称|登记或备案|状态|所属街道|所属社区",
        f"{NAMES[0]}|备案|正常|积玉桥街道|积玉桥社区",
        f"{NAMES[0]}|备案|正常|水果湖街道|水果湖社区",
        f"{NAMES[0]}|备案|正常|水果湖街道|水果湖社区",
        desk=Desk(today=TODAY, communities=district),
    )
    assert len(found.register) == 2
    assert found.rows["status"].tolist() == ["accepted", "accepted", "rejected"]


def test_without_coordinates_by_community_address_or_gazetteer(district):
    (addresses,) = tables("地址|经度|纬度", "示例路十二号|114.2912345|30.5512345", file="址.csv")
    desk = Desk(today=TODAY, communities=district, gazetteer=read_gazetteer(addresses))
    found = register(
        "组织名称|登记或备案|状态|服务地址|住所|所属街道|所属社区|经度|纬度",
        "示例一|登记|正常||||积玉桥社区||",
        "示例二|登记|正常||武汉市武昌区积玉桥社区3号||||",
        "示例三|登记|正常|示例路12号3楼|||||",
        "示例四|登记|正常||示例路12号|||||",
        "示例五|登记|正常|||||114.31|30.55",
        "示例六|登记|正常|||另湖街道|水果湖社区||",
        "示例七|登记|正常||无此路1号||||",
        desk=desk,
    )
    points = found.service_points
    assert points["located_by"].tolist() == [
        "社区中心", "社区中心", "地址", "登记住所", "坐标", "社区中心", "未定位",
    ]  # fmt: skip
    assert (points.geometry.iloc[2].x, points.geometry.iloc[2].y) == (114.2912345, 30.5512345)
    assert shapely.box(114.32, 30.53, 114.34, 30.57).contains(points.geometry.iloc[5])
    assert points.geometry.iloc[6] is None
    # One in two of the six that are placed rests on the middle of a community, one on an office.
    assert estimated_location_share(points) == pytest.approx(4 / 6)
    assert "doubtful.unplaced" in keys(found, 8)


def test_a_geocoder_is_a_function(district):
    asked: list[str] = []

    def geocoder(address: str) -> tuple[float, float] | None:
        asked.append(address)
        return (114.29, 30.55)

    found = register(
        "组织名称|登记或备案|状态|服务地址", "示例一|登记|正常|示例路1号",
        desk=Desk(today=TODAY, communities=district, geocoder=geocoder),
    )  # fmt: skip
    assert asked == ["示例路1号"]
    assert found.service_points["located_by"].tolist() == ["地址"]


def test_a_similar_community_is_a_question_and_a_point_outside_is_doubtful(district):
    found = register(
        "组织名称|登记或备案|状态|所属社区|经度|纬度",
        "示例一|登记|正常|积玉侨社区||",
        "示例二|登记|正常||110.00|30.55",
        desk=Desk(today=TODAY, communities=district),
    )
    assert keys(found, 2) & {"doubtful.community_similar", "doubtful.community_unknown"}
    assert found.service_points["stated_community"].tolist() == ["", ""]
    assert "doubtful.outside_district" in keys(found, 3)
    assert found.rows["status"].tolist() == ["doubtful", "doubtful"]
    assert len(found.register) == 2


def test_plane_coordinates_with_northing_first(district):
    there = gpd.GeoSeries([shapely.Point(114.285 + k / 100, 30.55) for k in range(6)], crs=4326)
    plane = there.to_crs("EPSG:4547")
    rows = [f"示例{k}|登记|正常|{one.y:.3f}|{one.x:.3f}" for k, one in enumerate(plane)]
    desk = Desk(today=TODAY, communities=district, system="EPSG:4547")
    found = register("组织名称|登记或备案|状态|X坐标|Y坐标", *rows, desk=desk)
    assert found.rows["status"].tolist() == ["repaired"] * 6
    for one, expected in zip(found.service_points.geometry, there, strict=True):
        assert one.distance(expected) < 1e-7


@pytest.mark.parametrize(
    "value", ["11010519491231002X", "110105491231002", "13800138000", "+86 138 0013 8000"]
)
def test_persons_are_never_loaded_whatever_their_column_is_called(value):
    found = register(
        "组织名称|登记或备案|状态|列甲|备注", *(
            f"示例{k}站|登记|正常|{value}|请找{value}" for k in range(4)
        ),
    )  # fmt: skip
    everything = found.register.to_csv() + found.service_points.to_csv()
    everything += " ".join(one.reason.say("zh") for one in found.problems)
    assert value not in everything
    assert "note.personal_columns" in keys(found, None)


def test_names_of_persons_stay_hidden_in_what_leaves_the_desk(tmp_path: Path):
    from geo.check_report import register_report
    from geo.check_workbook import check_workbook
    from geo.spreadsheets import read_workbook

    raw = tables(
        "组织名称|登记或备案|状态|法定代表人|秘书长|联系电话",
        f"{NAMES[0]}|登记|正常|示例甲|示例乙|13800138000",
    )
    found = read_register(raw, Desk(today=TODAY))
    report = register_report(raw, found)
    written = str([grid.rows for grid in read_workbook(check_workbook(report, "zh"), "核.xlsx")])
    for secret in ("示例甲", "示例乙", "13800138000"):
        assert secret not in written
        assert secret not in found.register.to_csv()


def test_progress_is_told_to_the_end():
    told: list[tuple[int, int]] = []
    register(
        "组织名称|登记或备案|状态", f"{NAMES[0]}|登记|正常",
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_mapping_a_planner_corrected_is_followed():
    found = register(
        "甲列|乙列|登记或备案|状态", f"别名|{NAMES[0]}|登记|正常", mapping={"name": ["乙列"]}
    )
    assert found.register["name"].tolist() == [NAMES[0]]
