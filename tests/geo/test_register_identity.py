"""Which rows are one organisation: by hand, and laws that hold for any register."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.register_identity import Identity, doubled_by_place, identify, organisation_key

COLUMNS = ("stated_id", "code", "number", "name", "where", "spot", "is_point")


def _records(*rows: tuple[str, ...]) -> pd.DataFrame:
    """Rows of code, name, community, spot; ``point`` behind them marks a further point."""
    table = [
        ("", code, "", name, where, spot, bool(rest)) for code, name, where, spot, *rest in rows
    ]
    frame = pd.DataFrame(table, columns=list(COLUMNS))
    return frame.astype(dict.fromkeys(COLUMNS[:-1], "str") | {"is_point": "bool"})


def _identify(*rows: tuple[str, ...]) -> Identity:
    frame = _records(*rows)
    usable = pd.Series(True, index=frame.index).to_numpy()
    return identify(frame, usable=usable, row_numbers=range(2, len(frame) + 2))


def _found(identity: Identity) -> list[tuple[int, str]]:
    return [(one.position, one.reason.key) for one in identity.findings]


def test_one_code_at_two_places_is_one_organisation() -> None:
    found = _identify(
        ("52A", "示例养老中心", "甲社区", "p1"),
        ("52A", "示例養老中心", "乙社区", "p2"),
        ("52A", "示例养老中心", "甲社区", "p1"),
    )
    assert found.organisation_id.tolist() == ["52A", "52A", ""]
    assert found.leads.tolist() == [True, False, False]
    assert _found(found) == [(1, "repaired.further_point"), (2, "rejected.doubled_by_code")]
    assert dict(found.findings[1].reason.values)["row"] == 2


def test_one_code_of_two_names_keeps_both_and_doubts_both() -> None:
    found = _identify(("52A", "示例一队", "", "p1"), ("52A", "示例二队", "", "p1"))
    assert found.organisation_id.tolist() == ["52A", "52A-示例二队"]
    assert found.leads.all()
    assert _found(found) == [(1, "doubtful.code_of_another"), (0, "doubtful.code_of_another")]


def test_without_a_code_the_community_tells_names_apart() -> None:
    found = _identify(
        ("", "示例合唱队", "甲社区", ""),
        ("", "示例合唱队", "乙社区", ""),
        ("", "示例 合唱队", "甲社区", ""),
        ("", "示例合唱队", "甲社区", "p9"),
    )
    assert found.organisation_id.tolist() == [
        "甲社区-示例合唱队", "乙社区-示例合唱队", "", "甲社区-示例合唱队",
    ]  # fmt: skip
    assert _found(found) == [(2, "rejected.doubled_by_name"), (3, "doubtful.further_point")]


def test_numbers_in_names_stay_apart() -> None:
    found = _identify(("", "示例1-2号楼舞蹈队", "甲", ""), ("", "示例12号楼舞蹈队", "甲", ""))
    assert found.leads.all()
    assert _found(found) == []
    assert organisation_key("示例8－1队") == organisation_key("示例 8-1 队")


def test_a_code_beside_the_same_name_is_a_question() -> None:
    found = _identify(("52A", "示例合唱队", "甲", "p"), ("52B", "示例合唱队", "甲", "p"))
    assert found.organisation_id.tolist() == ["52A", "52B"]
    assert _found(found) == [(1, "doubtful.same_name")]


def test_further_points_find_their_organisation_wherever_it_stands() -> None:
    found = _identify(
        ("52A", "示例养老中心一部", "", "p1", "point"),
        ("", "示例养老中心", "", "p2", "point"),
        ("52A", "示例养老中心", "甲", "p3"),
        ("", "无主站点", "", "p4", "point"),
    )
    assert found.organisation_id.tolist() == ["52A", "52A", "52A", ""]
    assert found.leads.tolist() == [False, False, True, False]
    assert _found(found) == [(3, "rejected.point_without_owner")]


def test_a_point_of_a_name_borne_twice_has_no_owner() -> None:
    found = _identify(
        ("", "示例合唱队", "甲", ""), ("", "示例合唱队", "乙", ""), ("", "示例合唱队", "", "", "p")
    )
    assert _found(found) == [(2, "rejected.point_without_owner")]


def test_rejected_rows_are_passed_over_and_the_records_left_alone() -> None:
    frame = _records(("52A", "示例一", "", ""), ("52A", "示例一", "", ""))
    before = frame.copy()
    usable = pd.Series([False, True]).to_numpy()
    found = identify(frame, usable=usable, row_numbers=[2, 3])
    assert found.organisation_id.tolist() == ["", "52A"]
    assert found.findings == ()
    pd.testing.assert_frame_equal(frame, before)
    nobody = identify(_records(), usable=usable[:0], row_numbers=[])
    assert len(nobody.organisation_id) == len(nobody.leads) == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [("示例有限公司", "示例公司"), ("示例有限责任公司", "示例公司"), ("示例（甲）", "示例(甲)")],
)
def test_names_that_are_one(one: str, other: str) -> None:
    assert organisation_key(one) == organisation_key(other)


def test_one_name_inside_the_other_at_one_door() -> None:
    names = pd.Series(["示例养老中心", "示例养老中心一部", "另一家", "示例养老中心"])
    leads = pd.Series([True, True, True, True]).to_numpy()
    found = doubled_by_place(names, ["p", "p", "p", "q"], leads, [2, 3, 4, 5])
    assert [(one.position, dict(one.reason.values)["row"]) for one in found] == [(1, 2)]
    assert doubled_by_place(names, [""] * 4, leads, [2, 3, 4, 5]) == []
    crowd = pd.Series(["示例养老中心"] + [f"示例养老中心{k}部" for k in range(12)])
    everybody = pd.Series([True] * 13).to_numpy()
    assert doubled_by_place(crowd, ["p"] * 13, everybody, range(2, 15)) == []


ROW = st.tuples(
    st.sampled_from(["", "52A", "52B"]),
    st.sampled_from(["示例一", "示例二", "52A"]),
    st.sampled_from(["", "甲", "乙"]),
    st.sampled_from(["", "p", "q"]),
)


@given(st.lists(ROW | ROW.map(lambda row: (*row, "point")), max_size=8))
def test_every_row_is_somebody_or_says_why_not(rows: list[tuple[str, ...]]) -> None:
    found = _identify(*rows)
    rejected = {one.position for one in found.findings if one.level == "rejected"}
    ids = found.organisation_id
    assert {at for at, one in enumerate(ids) if not one} == rejected
    # One leading row an organisation, and no id that nobody leads.
    leaders = ids[found.leads].tolist()
    assert len(set(leaders)) == len(leaders)
    assert set(ids) - {""} == set(leaders)
