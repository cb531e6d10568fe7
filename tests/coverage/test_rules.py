"""The districts' rules: the seeds' own arithmetic with its traps, by hand on the desert, laws."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.gaps import gap_list
from coverage.measures_organisations import OF_ORGANISATIONS
from coverage.reach import CoverageResult, measure_coverage
from coverage.rulebook import MEASURES as MEASURE_OPTIONS
from coverage.rules import (
    INDICATOR_COLUMNS,
    MEASURES,
    RULES_FILE,
    VERDICTS,
    Population,
    Supplements,
    category_structure,
    counted_words,
    culture_only,
    ground_of,
    implied_denominator,
    indicators,
    kind_view,
    merge_candidates,
    platform_matrix,
    published_figures,
    ratio_is_possible,
    read_crosswalks,
    read_rules,
    read_supplements,
    say_notes,
    supply_matches,
    verdict_words,
)
from coverage.standard import Standard
from coverage.walking import Walks, walk_categories
from geo.errors import FileError, InputError, QuestionError, TableError
from geo.phrases import phrase_table
from geo.place import Place, Words, load_place
from geo.tables import STATES
from tests.desert_place import CODES, SETTINGS, Desert, write_desert

RULES = read_rules()
STANDARD = Standard()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return load_place(write_desert(tmp_path_factory.mktemp("rules") / "desert"))


@pytest.fixture(scope="module")
def walks(place: Place) -> Walks:
    return walk_categories(place, STANDARD)


@pytest.fixture(scope="module")
def result(place: Place, walks: Walks) -> CoverageResult:
    return measure_coverage(place, walks, STANDARD)


@pytest.fixture(scope="module")
def table(place: Place, walks: Walks, result: CoverageResult) -> pd.DataFrame:
    return indicators(place, result, RULES, walks=walks)


def line(table: pd.DataFrame, rule_id: str, unit: str | None = None) -> pd.Series:
    """Return one indicator row: of the district, or of a unit's code."""
    rows = table[table["rule_id"] == rule_id]
    rows = rows[rows["level"] == "district"] if unit is None else rows[rows["unit_code"] == unit]
    assert len(rows) == 1
    return rows.iloc[0]


def registered(place: Place, rows: list[dict], **changes: object) -> Place:
    """Return `place` with another register and nothing that serves."""
    blank = {
        "name": "示例",
        "category": "E2",
        "level": "登记",
        "filing_status": "",
        "legal_form": "",
        "state": "正常",
        "provider_type": "社会组织",
        "community_code": "",
        "file": "register.csv",
        "sheet": "",
    }
    frame = pd.DataFrame([{**blank, **row} for row in rows])
    frame["categories"] = frame["category"]
    frame["row"] = range(2, len(frame) + 2)
    frame.index = pd.Index([f"n{k}" for k in range(len(frame))], name="organisation_id")
    return replace(place, register=frame, service_points=place.service_points.iloc[:0], **changes)


def some(count: int, **columns: object) -> list[dict]:
    return [dict(columns) for _ in range(count)]


FILED = {"level": "备案", "filing_status": "已备案", "state": "未知"}


# ---------------------------------------------------------------- the seeds' arithmetic


def test_514_is_125_registered_and_389_filed(place: Place, result: CoverageResult) -> None:
    rows = some(125) + some(389, **FILED)
    # Traps: cancelled, filing under way, on the ledger only, and a mediation committee.
    rows += some(3, state="注销") + some(4, level="备案", filing_status="审查")
    rows += some(5, level="台账") + some(6, provider_type="人民调解委员会")
    table = indicators(registered(place, rows), result, RULES)
    assert line(table, "R1")["value"] == 514
    assert line(table, "R1-registered")["value"] == 125
    assert line(table, "R1-filed")["value"] == 389


def test_530_is_446_and_82_and_2(place: Place, result: CoverageResult) -> None:
    forms = {"社会服务机构": 446, "社会团体": 82, "基金会": 2}
    rows = [row for form, count in forms.items() for row in some(count, legal_form=form)]
    rows += some(79, state="注销", legal_form="社会团体") + some(165, state="撤销")
    table = indicators(registered(place, rows), result, RULES)
    parts = [line(table, f"R18-{one}")["value"] for one in ("service", "association", "foundation")]
    assert parts == [446, 82, 2]
    assert sum(parts) == line(table, "R1-registered")["value"] == 530
    exits = line(table, "T12")
    assert (exits["numerator"], exits["denominator"]) == (244, 774)
    assert f"{exits['value']:.1%}" == "31.5%"


def test_8_1_per_10_000_implies_634_568_people_and_prints_its_basis(
    place: Place, result: CoverageResult
) -> None:
    implied = implied_denominator(514, "8.1")
    assert (implied.best, implied.least, implied.most) == (634_568, 630_675, 638_509)
    # No published population fits: 2010 census, 2010 household-registered, 2020 census.
    for people, value in ((726_838, "7.07"), (490_773, "10.47"), (787_681, "6.53")):
        assert not implied.least <= people <= implied.most
        assert f"{514 / people * 10_000:.2f}" == value
    typed = Population(634_568, Words("户籍人口，2014 年（填写）", "household-registered, 2014"))
    table = indicators(registered(place, some(514)), result, RULES, population=typed)
    row = line(table, "T1")
    assert f"{row['value']:.1f}" == "8.1"
    assert (row["denominator"], row["basis"]) == (634_568, "typed")
    assert say_notes(row["notes"], "zh") == "人口口径：634,568 人（户籍人口，2014 年（填写））"
    # Only the district was typed; below it the place's own people stay.
    assert line(table, "T1", CODES[0])["denominator"] == 300


def test_wuchang_reaches_25_only_with_filed_ones(place: Place, result: CoverageResult) -> None:
    census = Population(1_102_188, Words("第七次人口普查", "7th census"))
    rows = some(530) + some(2934, **FILED)
    table = indicators(registered(place, rows), result, RULES, population=census)
    filed, alone = line(table, "T2"), line(table, "T2-registered")
    assert f"{filed['value']:.1f}" == "26.6"
    assert (filed["verdict"], filed["distance"]) == ("达到", 0)
    assert f"{alone['value']:.1f}" == "4.8"
    # ceil(25 x 1,102,188 / 10,000) - 530 = 2,756 - 530.
    assert (alone["verdict"], alone["distance"]) == ("未达到", 2226)


def test_72_8_per_cent_is_no_whole_number_of_53(place: Place) -> None:
    assert not ratio_is_possible("72.8", 53)
    assert not ratio_is_possible("72.8", 74)
    assert [k for k in range(1, 126) if ratio_is_possible("72.8", k)] == [81, 92, 103, 114, 125]
    assert ratio_is_possible("50.0", 2)
    assert ratio_is_possible("100", 53, digits=0)


def test_published_ratios_are_never_among_the_computed_ones(table: pd.DataFrame) -> None:
    published = published_figures(RULES)
    assert set(published["value"]) >= {8.1, 72.8}
    assert published.loc[published["rule"] == "T6", "implied"].isna().all()
    values = table["value"].dropna()
    assert not values.isin([8.1, 0.728, 72.8, 816.0]).any()
    for threshold in table["threshold"].dropna().unique():
        assert threshold not in (8.1, 0.728, 816)


@pytest.mark.parametrize(
    ("inspected", "verdict", "lacking"), [(477, "达到", 0), (476, "未达到", 1)]
)
def test_90_per_cent_of_530_are_477(
    place: Place, result: CoverageResult, inspected: int, verdict: str, lacking: int
) -> None:
    rows = some(inspected - 2, inspection="合格") + some(1, inspection="基本合格")
    rows += some(1, inspection="不合格") + some(530 - inspected, inspection="未年检")
    row = line(indicators(registered(place, rows), result, RULES), "T10")
    assert (row["numerator"], row["denominator"]) == (inspected, 530)
    assert (row["verdict"], row["distance"]) == (verdict, lacking)


def test_structure_is_measured_as_the_report_complains(
    place: Place, result: CoverageResult
) -> None:
    home = {"community_code": CODES[0]}
    kinds = ["J1", "J2", "L1", "A1", "B1", "B2", "C1", "E1", "E2", "F1", "H2"]
    rows = [{"category": kind, **home} for kind in kinds]
    rows += some(2, category="J1", community_code=CODES[1])
    other = registered(place, rows)
    table = indicators(other, result, RULES)
    # (J + L) / (A + B2 + C + E2 + F): B1, E1 and H2 are in neither.
    row = line(table, "T9")
    assert (row["numerator"], row["denominator"], row["value"]) == (5, 5, 1.0)
    alone = line(table, "T9", CODES[1])
    assert (alone["verdict"], math.isnan(alone["value"])) == ("不适用", True)
    assert list(culture_only(other).index) == [CODES[1]]
    structure = category_structure(other).set_index("division")["organisations"]
    assert structure["J"] == 4
    assert structure.sum() == 13


# ---------------------------------------------------------------- by hand on the desert


def test_columns_and_verdicts_are_fixed(table: pd.DataFrame) -> None:
    assert tuple(table.columns) == INDICATOR_COLUMNS
    assert set(table["verdict"]) <= set(VERDICTS)
    assert not table.duplicated(["rule_id", "level", "unit_code"]).any()
    assert set(MEASURES) == set(MEASURE_OPTIONS)


def test_less_than_700_metres_is_less(table: pd.DataFrame) -> None:
    # Day care stands at (100, 100): homes at 0 m and 600 m, then 800 m in two communities.
    near, far = line(table, "GUIZHOU-700", CODES[0]), line(table, "GUIZHOU-700", CODES[1])
    assert (near["numerator"], near["denominator"], near["verdict"]) == (60, 60, "达到")
    assert (far["numerator"], far["denominator"], far["verdict"]) == (0, 10, "未达到")
    assert (far["distance"], far["counted"]) == (10, "people")
    # Nobody there is old: nothing to judge.
    nobody = line(table, "GUIZHOU-700", CODES[3])
    assert nobody["verdict"] == "不适用"
    assert math.isnan(nobody["value"])
    district = line(table, "GUIZHOU-700")
    assert (district["numerator"], district["denominator"]) == (60, 100)
    assert line(table, "SHANGHAI-500", CODES[0])["numerator"] == 20


def test_exactly_700_metres_is_not_less(tmp_path: Path) -> None:
    homes = [(800.0, 100.0, {"people": 9, "elders": 7, "elders_80": 0, "disabled": 0})]
    place = load_place(write_desert(tmp_path / "d", Desert(homes=homes)))
    walks = walk_categories(place, STANDARD)
    result = measure_coverage(place, walks, STANDARD)
    strict = line(indicators(place, result, RULES, walks=walks), "GUIZHOU-700")
    assert (strict["numerator"], strict["denominator"]) == (0, 7)
    text = RULES_FILE.read_text(encoding="utf-8").replace("strictly = true", "strictly = false")
    (tmp_path / "rules.toml").write_text(text, encoding="utf-8")
    loose = indicators(place, result, read_rules(tmp_path / "rules.toml"), walks=walks)
    assert line(loose, "GUIZHOU-700")["numerator"] == 7


def test_secondary_sources_show_values_without_verdict(table: pd.DataFrame) -> None:
    doubtful = table[table["mark"].isin(["M", "S"])]
    assert set(doubtful["rule"]) == {"GB50180"}
    assert set(doubtful["verdict"]) <= {"待核", "不适用", "数据不足"}
    row = line(table, "GB50180-15-elder")
    # 60 at 0 and 600 m, 40 at 800 m: all within 1,000 m.
    assert (row["value"], row["threshold"], row["verdict"]) == (1.0, 1.0, "待核")
    # Read, but the strength of the clause was not: no verdict either.
    assert line(table, "GB50437-day-care")["verdict"] == "待核"


def test_communities_per_kind_and_centres(table: pd.DataFrame) -> None:
    assert line(table, "MCA-urban")["value"] == 0.75
    assert line(table, "MCA-urban")["distance"] == 37  # 10 x 4 - 3
    assert line(table, "MCA-rural")["verdict"] == "不适用"
    day_care = line(table, "T6-day-care")
    assert (day_care["numerator"], day_care["denominator"]) == (1, 4)
    both = line(table, "T6-both")
    assert (both["numerator"], both["denominator"], both["verdict"]) == (0, 4, "参考")


def test_what_is_missing_is_named_and_not_guessed(
    place: Place, result: CoverageResult, table: pd.DataFrame
) -> None:
    for rule_id, words in {
        "T8": "社区用房面积",
        "T4": "满意度调查",
        "T14": "jobs",
        "T10": "inspection",
        "D1": "居民需求调查",
        "T3": "登记或备案日期",
        "GB50437-beds": "床位",
    }.items():
        row = line(table, rule_id)
        assert row["verdict"] == "数据不足"
        assert math.isnan(row["value"])
        said = say_notes(row["notes"], "zh")
        assert said.startswith("数据不足：缺")
        assert words in said
    unwalked = indicators(place, result, RULES)
    assert line(unwalked, "GUIZHOU-700")["verdict"] == "数据不足"


def test_premises_per_100_households(place: Place, result: CoverageResult) -> None:
    residents = place.residents.assign(households=[10, 90, 50, 40, 0], basis_households="measured")
    communities = place.communities.assign(premises_m2=["30", "", "15", "7"])
    other = replace(
        place,
        residents=residents,
        communities=communities,
        count_columns=(*place.count_columns, "households"),
    )
    table = indicators(other, result, RULES)
    first = line(table, "T8", CODES[0])  # 30 m2 for 100 households: exactly the clause
    assert (first["value"], first["verdict"], first["distance"]) == (30, "达到", 0)
    assert line(table, "T8", CODES[1])["verdict"] == "数据不足"
    assert line(table, "T8", CODES[2])["verdict"] == "达到"  # 15 for 40: 37.5
    assert line(table, "T8", CODES[3])["verdict"] == "不适用"  # no household
    mean = line(table, "T8-mean")
    assert (mean["value"], mean["denominator"]) == (pytest.approx(52 / 3), 3)


def test_growth_has_its_own_threshold_for_streets_and_towns(
    place: Place, result: CoverageResult
) -> None:
    street, town = "420106001", "420106102"
    units = place.communities.assign(subdistrict_code=[street, street, town, town])
    units["subdistrict"] = ["南街道", "南街道", "北镇", "北镇"]
    old = {"registered_on": "2020-05-01"}
    new = {"registered_on": "2023-12-31"}
    rows = some(20, **old, community_code=CODES[0]) + some(1, **new, community_code=CODES[0])
    rows += some(20, **old, community_code=CODES[2]) + some(1, **new, community_code=CODES[2])
    rows += some(5, state="注销", cancelled_on="2021-01-01", community_code=CODES[0], **old)
    table = indicators(registered(place, rows, communities=units), result, RULES)
    in_street, in_town = line(table, "T3", street), line(table, "T3", town)
    for row in (in_street, in_town):
        assert (row["numerator"], row["denominator"], row["value"]) == (1, 20, 0.05)
    assert (in_street["threshold"], in_street["verdict"]) == (0.10, "未达到")
    assert (in_town["threshold"], in_town["verdict"]) == (0.05, "达到")
    assert in_street["distance"] == 1
    assert line(table, "T3")["verdict"] == "参考"  # no single threshold for a mixed district
    assert "2023" in say_notes(in_street["notes"], "zh")


def test_growth_from_a_list_of_years(place: Place, result: CoverageResult) -> None:
    yearly = pd.DataFrame(
        {
            "subdistrict_code": ["420106001", "420106002"] * 2,
            "year": [2022, 2022, 2023, 2023],
            "total": [100, 50, 111, 50],
            "added": [0, 0, 10, 0],
        }
    )
    table = indicators(place, result, RULES, supplements=Supplements(yearly=yearly))
    assert line(table, "T3", "420106001")["verdict"] == "达到"
    assert line(table, "T3", "420106002")["distance"] == 5
    assert line(table, "T3")["value"] == pytest.approx(10 / 150)
    assert "communities" not in set(table.loc[table["rule_id"] == "T3", "level"])


def test_surveys_carry_their_sample(place: Place, result: CoverageResult) -> None:
    satisfaction = pd.DataFrame(
        {"unit_code": ["", CODES[0]], "asked": [500, 10], "satisfied": [400, 7]}
    )
    needs = pd.DataFrame(
        {
            "community_code": [CODES[0], CODES[0]],
            "category": ["A1", "B1"],
            "asked": [40, 40],
            "needing": [30, 10],
        }
    )
    more = Supplements(satisfaction=satisfaction, needs=needs)
    table = indicators(place, result, RULES, supplements=more)
    assert (line(table, "T4")["value"], line(table, "T4")["verdict"]) == (0.8, "达到")
    assert line(table, "T4", CODES[0])["verdict"] == "未达到"
    assert line(table, "T4", CODES[1])["verdict"] == "数据不足"
    assert "30" in say_notes(line(table, "T4", CODES[0])["notes"], "zh")  # small sample
    assert (line(table, "D1")["numerator"], line(table, "D1")["denominator"]) == (40, 80)


# ---------------------------------------------------------------- platforms, merging, kinds


def test_platforms_from_a_list(place: Place, result: CoverageResult) -> None:
    listed = pd.DataFrame(
        [
            ("union", "420106001", "示例联合会", ""),
            ("incubator_base", "420106001", "示例基地", "示例机构"),
            ("union", "420106002", "示例联合会二", ""),
        ],
        columns=["platform", "unit_code", "organisation", "operator"],
    )
    more = Supplements(platforms=listed)
    matrix = platform_matrix(ground_of(place, result, supplements=more), RULES)
    both = matrix[matrix["platform"].isin(["union", "incubator_base"])]
    assert both.set_index(["unit_code", "platform"])["present"].to_dict() == {
        ("420106001", "union"): True,
        ("420106002", "union"): True,
        ("420106001", "incubator_base"): True,
        ("420106002", "incubator_base"): False,
    }
    assert "示例机构" in set(both["operator"])
    table = indicators(place, result, RULES, supplements=more)
    district = line(table, "R7")
    assert (district["numerator"], district["denominator"]) == (1, 2)
    assert (district["verdict"], district["distance"]) == ("未达到", 1)
    assert line(table, "R7", "420106001")["verdict"] == "达到"
    assert line(table, "R7", "420106002")["verdict"] == "未达到"


def test_platforms_guessed_from_names_are_hints(place: Place, result: CoverageResult) -> None:
    rows = [
        {"name": "示例南街道社会组织服务中心", "category": "H3", "community_code": CODES[0]},
        {"name": "示例社区社会组织服务站", "category": "H3", "community_code": CODES[0]},
        {"name": "示例社会组织孵化园", "category": "H3"},
        {"name": "示例孵化基地", "category": "H3", "community_code": CODES[2], "state": "撤销"},
    ]
    other = registered(place, rows)
    matrix = platform_matrix(ground_of(other, result), RULES)
    found = matrix[matrix["present"]][["unit_code", "platform"]].to_numpy().tolist()
    assert sorted(found) == sorted(
        [
            ["desert", "incubator"],
            ["420106001", "service_centre"],
            [CODES[0], "service_station"],
        ]
    )
    assert set(matrix["basis"]) == {"inferred"}
    table = indicators(other, result, RULES)
    for rule_id in ("R5", "R6", "R7", "R8", "R9"):
        rows_of = table[table["rule_id"] == rule_id]
        assert set(rows_of["verdict"]) <= {"待核", "不适用"}


def test_merging_is_for_filed_ones_of_a_kind_in_a_community(
    place: Place, result: CoverageResult
) -> None:
    here, there = {"community_code": CODES[0]}, {"community_code": CODES[1]}
    rows = [
        {"category": "J1", **here, **FILED},
        {"category": "J1", **here, **FILED},
        {"category": "J1", **here},  # registered: left out
        {"category": "J2", **here, **FILED},  # another kind
        {"category": "J1", **there, **FILED},  # another community
        {"category": "Z9", **there, **FILED},
        {"category": "Z9", **there, **FILED},  # nobody knows what they do
        {"category": "E2", **there, **FILED},
        {"category": "E2", **there, **FILED, "filing_status": "初审"},
    ]
    other = registered(place, rows)
    pairs = merge_candidates(other)
    assert pairs[["community_code", "category", "filed"]].to_numpy().tolist() == [
        [CODES[0], "J1", 2]
    ]
    assert pairs["organisation_ids"].tolist() == ["n0；n1"]
    table = indicators(other, result, RULES)
    row = line(table, "R10")
    assert (row["value"], row["verdict"]) == (1, "参考")
    said = say_notes(row["notes"], "zh")
    assert "可整合" in said
    assert "违法" not in said
    assert merge_candidates(registered(place, some(1))).empty
    assert list(merge_candidates(registered(place, some(1))).columns) == list(pairs.columns)


def test_views_count_every_organisation_once(place: Place) -> None:
    crosswalks = read_crosswalks(place.taxonomy)
    rows = [{"category": code} for code in place.taxonomy.codes]
    rows += [{"category": code, **FILED} for code in place.taxonomy.codes]
    rows += some(7, state="注销") + some(2, level="台账")
    other = registered(place, rows)
    count = len(place.taxonomy.codes)
    for scheme in crosswalks.schemes:
        view = kind_view(other, scheme)
        assert view["registered"].sum() == view["filed"].sum() == count
        assert view["share"].sum() == pytest.approx(1)
    six = kind_view(other, crosswalks["six_registered"]).set_index("zh")["registered"]
    assert len(six) == 7
    assert six["行业协会商会"] == six["科技"] == six["体育"] == 1
    assert six["六类之外"] == 4  # D2, H1, L1, Z9: kindergartens fit none
    four = kind_view(other, crosswalks["mca_four"]).set_index("zh")["registered"]
    assert four["公益慈善"] == 5  # E1 E2 E3 A3 C3
    three = kind_view(other, crosswalks["priority_three"])
    assert three["zh"].tolist()[:3] == ["自治服务型", "公益志愿型", "文体活动型"]
    empty = kind_view(other, crosswalks["mca_four"], community_codes=(CODES[0],))
    assert empty["total"].sum() == 0
    with pytest.raises(TableError):
        crosswalks["nine_kinds"]


# ---------------------------------------------------------------- matching


def test_matches_start_where_the_gap_list_measures(
    place: Place, walks: Walks, result: CoverageResult
) -> None:
    gaps = gap_list(place, walks, result)
    found = supply_matches(place, walks, result, gaps)
    first = found[found["choice"] == 1].merge(gaps, on=["community_code", "category"])
    assert len(first) == (gaps["nearest_organisation_id"] != "").sum() > 0
    np.testing.assert_allclose(first["metres"], first["nearest_metres"], atol=1e-3)
    assert first["organisation_id"].equals(first["nearest_organisation_id"])
    np.testing.assert_allclose(first["minutes"], first["nearest_minutes"], atol=1e-6)
    with pytest.raises(QuestionError):
        supply_matches(place, walks, result, gaps, how_many=0)
    none = supply_matches(place, walks, result, gaps.iloc[:0])
    assert list(none.columns) == list(found.columns)


def test_matches_offer_a_choice_without_streets_too(tmp_path: Path) -> None:
    second = {"organisation_id": "o9", "name": "示例二站", "category": "A1", "x": 900, "y": 800}
    desert = Desert(organisations=[*Desert().organisations, second])
    settings = SETTINGS.replace(
        'basis = "network"\nstreets = "streets.parquet"', 'basis = "straight_line"\ndetour = 1.3'
    )
    place = load_place(write_desert(tmp_path / "d", desert, settings))
    standard = Standard(minutes=5)
    walks = walk_categories(place, standard)
    result = measure_coverage(place, walks, standard)
    gaps = gap_list(place, walks, result)
    found = supply_matches(place, walks, result, gaps, how_many=2)
    row = found[(found["community_code"] == CODES[1]) & (found["category"] == "A1")]
    # Home at (900, 100): 700 m x 1.3 to the new one, 800 m x 1.3 to the old.
    assert row["organisation_id"].tolist() == ["o9", "o1"]
    assert row["metres"].tolist() == pytest.approx([910, 1040])
    assert row["choice"].tolist() == [1, 2]


# ---------------------------------------------------------------- laws


@pytest.mark.parametrize("kind", ["街区单元", "格网"])
def test_generated_units_never_pass_or_fail(
    place: Place, walks: Walks, result: CoverageResult, kind: str
) -> None:
    other = replace(place, communities=place.communities.assign(unit_kind=kind))
    table = indicators(other, result, RULES, walks=walks)
    below = table[table["level"] != "district"]
    assert not below["verdict"].isin(["达到", "未达到"]).any()
    about_communities = table[table["rule_id"].isin(["MCA-urban", "T6-both", "R10"])]
    assert set(about_communities["verdict"]) == {"不适用"}
    assert about_communities["value"].isna().all()
    # How far people walk is about people: the district is judged, its parts show their value.
    assert line(table, "GUIZHOU-700")["verdict"] == "未达到"
    assert line(table, "GUIZHOU-700", CODES[0])["verdict"] == "不适用"
    assert line(table, "GUIZHOU-700", CODES[0])["value"] == pytest.approx(
        line(indicators(place, result, RULES, walks=walks), "GUIZHOU-700", CODES[0])["value"]
    )
    # The district is a district all the same, and people per unit still show.
    assert line(table, "T2")["verdict"] == "未达到"
    assert line(table, "T2", CODES[0])["verdict"] == "不适用"
    assert line(table, "T2", CODES[0])["value"] == 0
    assert merge_candidates(other).empty


OF_THE_REGISTER = replace(
    RULES, rules=tuple(rule for rule in RULES if rule.measure in OF_ORGANISATIONS)
)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*CODES, ""]),
            st.sampled_from(["登记", "备案", "台账"]),
            st.sampled_from(["", "初审", "已备案", "变更"]),
            st.sampled_from(STATES),
            st.sampled_from(["A1", "B2", "J1", "L1", "Z9", "E2"]),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_counts_close_at_every_level(place: Place, result: CoverageResult, rows: list) -> None:
    names = ("community_code", "level", "filing_status", "state", "category")
    other = registered(place, [dict(zip(names, row, strict=True)) for row in rows])
    table = indicators(other, result, OF_THE_REGISTER)
    counts = table[table["rule_id"].isin(["R1", "R1-filed", "R1-registered", "T12-inactive"])]
    for rule_id, of_rule in counts.groupby("rule_id"):
        sums = of_rule.groupby("level")["numerator"].sum()
        assert sums["community"] == sums["subdistrict"]
        unplaced = sums["district"] - sums["community"]
        assert unplaced >= 0
        if rule_id == "R1":
            placed = line(table, "R4")
            if sums["district"]:
                assert placed["numerator"] == sums["community"]
    both = line(table, "R1")["value"]
    assert both == line(table, "R1-registered")["value"] + line(table, "R1-filed")["value"]
    # A value is its numerator over its denominator, and a distance closes it.
    whole = table.dropna(subset=["value", "denominator"])
    np.testing.assert_allclose(
        whole["value"], whole["numerator"] / whole["denominator"] * whole["per"]
    )
    judged = table[table["verdict"].isin(["达到", "未达到"]) & (table["comparison"] == ">=")]
    assert ((judged["distance"] == 0) == (judged["verdict"] == "达到")).all()


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3_000_000))
def test_distance_is_the_least_that_reaches_the_target(count: int, people: int) -> None:
    lacking = max(0, math.ceil(Fraction(25 * people, 10_000)) - count)
    assert Fraction((count + lacking) * 10_000, people) >= 25
    assert lacking == 0 or Fraction((count + lacking - 1) * 10_000, people) < 25


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 5000), st.integers(10, 3_000_000), st.integers(0, 2))
def test_an_implied_basis_holds_the_true_one(count: int, people: int, digits: int) -> None:
    printed = str(round(Fraction(count * 10_000, people), digits))
    if Fraction(printed) <= Fraction(1, 2 * 10**digits):
        with pytest.raises(QuestionError):
            implied_denominator(count, printed, digits=digits)
        return
    implied = implied_denominator(count, printed, digits=digits)
    assert implied.least <= people <= implied.most


# ---------------------------------------------------------------- words and files


def test_everything_is_said_in_both_languages(table: pd.DataFrame) -> None:
    for notes in table["notes"]:
        for language in ("zh", "en"):
            said = say_notes(notes, language)
            assert "{" not in said
            assert "Words(" not in said
    for verdict in VERDICTS:
        assert verdict_words(verdict, "en")
    for counted in table["counted"].unique():
        assert counted_words(counted, "zh")
    words = phrase_table()
    for basis in set(table["basis"]) - {""}:
        assert f"basis.{basis}" in words
    for mark in ("S", "M", "C"):
        assert f"mark.{mark}" in words


def broken(tmp_path: Path, old: str, new: str, *, source: Path = RULES_FILE) -> Path:
    text = source.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "rules.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('mark = "V"', 'mark = "Q"'),
        ('measure = "organisations"', 'measure = "guess"'),
        ('count = { levels = ["登记", "备案"] }', "total = 1"),
        ('count = { levels = ["登记", "备案"] }', 'count = { levels = ["口头"] }'),
        ('count = { levels = ["登记", "备案"] }', 'count = { column = "rating" }'),
        ('id = "R1-filed"', 'id = "R1"'),
        ('comparison = ">="', 'comparison = "="'),
        ("threshold = 25", 'threshold = "many"'),
        ('units = ["社区", "村", "里"]', 'units = ["小区"]'),
        ("per = 10000", "per = 0"),
        ("clause_zh", "clause_cn"),
        ('platforms = ["union", "incubator_base"]', 'platforms = ["union", "tower"]'),
        ('street = "0.10"', 'street = "ten"'),
    ],
)
def test_a_broken_rules_file_is_refused_with_its_entry(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(TableError) as refused:
        read_rules(broken(tmp_path, old, new))
    assert "rules.toml" in str(refused.value)


def test_files_that_are_no_rules_are_refused(tmp_path: Path, place: Place) -> None:
    with pytest.raises(FileError):
        read_rules(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[[rule]\n", encoding="utf-8")
    with pytest.raises(FileError):
        read_rules(tmp_path / "bad.toml")
    (tmp_path / "empty.toml").write_text("schema = 1\n", encoding="utf-8")
    with pytest.raises(TableError):
        read_rules(tmp_path / "empty.toml")
    with pytest.raises(TableError):
        read_crosswalks(place.taxonomy, tmp_path / "empty.toml")
    with pytest.raises(TableError):
        RULES["T99"]
    for arguments in ((-1, "8.1"), (1, "0"), (1, "-3")):
        with pytest.raises(QuestionError):
            implied_denominator(*arguments)
    with pytest.raises(QuestionError):
        ratio_is_possible("72.8", 0)


def test_an_edited_threshold_is_what_judges(
    tmp_path: Path, place: Place, result: CoverageResult
) -> None:
    rules = read_rules(broken(tmp_path, "threshold = 25", 'threshold = "0.1"'))
    rows = some(1, **FILED)
    row = line(indicators(registered(place, rows), result, rules), "T2")
    assert (row["threshold"], row["verdict"]) == (0.1, "达到")


def test_supplements_are_read_and_checked(tmp_path: Path) -> None:
    folder = write_desert(tmp_path / "d")
    (folder / "place.toml").write_text(
        SETTINGS + '[supplements]\nsatisfaction = "asked.csv"\n', encoding="utf-8"
    )
    place = load_place(folder)
    with pytest.raises(FileError):
        read_supplements(place)
    good = "unit_code,asked,satisfied\n,100,80\n"
    (folder / "asked.csv").write_text(good, encoding="utf-8-sig")
    assert read_supplements(place).satisfaction["asked"].tolist() == [100]
    for bad in (
        "unit_code,asked\n,100\n",
        "unit_code,asked,satisfied\n,100,x\n",
        "unit_code,asked,satisfied\n,100,-1\n",
        "unit_code,asked,satisfied\n,100,101\n",
        "unit_code,asked,satisfied\n,100,0.5\n",
    ):
        (folder / "asked.csv").write_text(bad, encoding="utf-8")
        with pytest.raises(InputError) as refused:
            read_supplements(place)
        assert "asked.csv" in str(refused.value)
    (folder / "place.toml").write_text(
        SETTINGS + '[supplements]\nrumours = "r.csv"\n', encoding="utf-8"
    )
    with pytest.raises(TableError):
        read_supplements(load_place(folder))


def test_inputs_are_left_alone(place: Place, walks: Walks, result: CoverageResult) -> None:
    before = [
        frame.copy()
        for frame in (place.register, place.communities, place.residents, result.communities)
    ]
    indicators(place, result, RULES, walks=walks)
    after = (place.register, place.communities, place.residents, result.communities)
    for then, now in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(then), pd.DataFrame(now))
