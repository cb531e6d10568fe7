from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.classify import COLUMNS, explained, suggest
from geo.errors import FileError, TableError
from geo.keyword_rules import prepared, read_extras, rule_evidence
from geo.name_features import COLUMNS as HASHED_COLUMNS
from geo.name_features import run_matrix, run_rows, runs_of, telling_part
from geo.name_model import fitted, shipped_model, shipped_training, shipped_weights
from geo.taxonomy import Category, Taxonomy, read_taxonomy

TAXONOMY = read_taxonomy()


def names_of(*given: str) -> pd.Series:
    return pd.Series(given, index=[f"o{i}" for i in range(len(given))], dtype="str")


def corrections_of(*rows: tuple[str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["organisation_id", "name_pattern", "value"], dtype="str")
    return frame.assign(recorded_at="2026-01-01T00:00:00+08:00", column="categories")


def rules_say(name: str, scope: str = "") -> str:
    found = rule_evidence([prepared(name)], [prepared(scope)], TAXONOMY)
    at = found.override[0] if found.override[0] >= 0 else found.best[0]
    return found.codes[at] if at >= 0 else ""


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("示例社区老年食堂", "A2"),
        ("示例社区居家养老服务中心", "A1"),
        ("老姐妹互助社", "A3"),
        ("示例街道老年大学", "A4"),
        ("和事佬调解工作室", "B1"),
        ("示例温馨家园", "C2"),
        ("示例孤独症康复训练中心", "C1"),
        ("示例街道社区社会组织联合会", "H3"),
        ("示例社区垃圾分类志愿队", "I2"),
        ("示例村果蔬种植协会", "K2"),
        # Names that mislead.
        ("老年秧歌队", "J1"),
        ("夕阳红合唱团", "J1"),
        ("示例社区老年门球队", "J2"),
        ("残疾人艺术团", "C3"),
        ("示例区聋人舞蹈队", "C3"),
        ("示例幼儿园", "L1"),
        ("示例职业培训学校", "L1"),
        ("示例社区人民调解委员会", "B1"),
        ("示例餐饮行业协会", "K1"),
        ("示例电梯加装协商会", "F2"),
        ("示例管得宽工作室", "B1"),
        ("示例和事佬协会", "B1"),
        ("示例消防志愿队", "B5"),
        ("示例书画研究会", "J1"),
        ("示例青少年足球俱乐部", "J2"),
        ("示例街道四点半学校", "D2"),
        # The unit is named last; a host before it says nothing of what it does.
        ("示例慈善基金会附设日间照料中心", "A1"),
        ("示例教育基金会", "E3"),
    ],
)
def test_rules_and_suggestions_agree_on_plain_names(name, code):
    assert rules_say(name) == code
    found = suggest(names_of(name), taxonomy=TAXONOMY).iloc[0]
    assert found["category"] == code
    assert not found["needs_review"]
    assert found["categories"].split(";")[0] == code


def test_the_score_by_hand():
    # 残疾人艺术 covers 5 letters of the name, 残疾 2, 艺术团 3; the scope gives J1 2 letters.
    found = rule_evidence(["残疾人艺术团"], ["舞蹈"], TAXONOMY)
    scores = dict(zip(found.codes, found.scores[0], strict=True))
    assert (scores["C3"], scores["C1"], scores["J1"]) == (15, 6, 11)
    assert found.words[0][found.codes.index("C3")] == ("残疾人艺术", True)
    # Overlapping keywords cover each letter once: 老年食堂 with 老年食堂 only.
    again = rule_evidence(["老年食堂老年食堂"], ["老年食堂"], TAXONOMY)
    assert again.scores[0][again.codes.index("A2")] == 3 * 8 + 4


@pytest.mark.parametrize(
    ("name", "scope", "code"),
    [
        ("示例服务社", "居家养老、日间照料、助餐", "A1"),
        ("示例服务社", "家政、维修、保洁", "F1"),
        ("示例社会工作服务中心", "残疾人康复训练", "C1"),
        ("示例社会工作服务中心", "社区矫正、安置帮教", "B4"),
        ("示例社会工作服务中心", "开展社会工作服务", "H2"),
        ("示例俱乐部", "乒乓球、羽毛球", "J2"),
        ("示例和谐促进会", "邻里纠纷调解、矛盾化解", "B1"),
        # A telling name is not outweighed by all that a scope may list.
        ("示例社区老年食堂", "法律咨询、法律援助、普法宣传、公益诉讼、家政、维修", "A2"),
        ("示例志愿者协会", "扶贫济困、助学、环保、敬老", "E2"),
    ],
)
def test_the_scope_decides_where_the_name_tells_nothing(name, scope, code):
    found = suggest(names_of(name), names_of(scope), taxonomy=TAXONOMY).iloc[0]
    assert found["category"] == code
    assert rules_say(name, scope) == code


@pytest.mark.parametrize("name", ["示例养老保险咨询中心", "示例平安保险服务部", "示例协商会"])
def test_a_keyword_inside_another_word_is_not_heard(name):
    assert rules_say(name) in ("", "I1")
    found = suggest(names_of(name), taxonomy=TAXONOMY).iloc[0]
    assert found["category"] not in ("A1", "B5", "K1")


def test_a_faint_likeness_is_no_category_but_is_shown_after_it():
    found = suggest(names_of("示例心语坊", "示例大爱帮"), taxonomy=TAXONOMY)
    unclear = found[found["category"] == "Z9"]
    assert (unclear["confidence"] <= shipped_training().settings.review_below).all()
    assert (unclear["categories"] == "").all()
    assert unclear["needs_review"].all()


def test_explained_gives_each_category_its_own_reason():
    found = explained("示例社区老年食堂暨人民调解纠纷评理室", taxonomy=TAXONOMY)
    assert list(found.columns) == ["category", "confidence", "reason"]
    assert found["category"].iloc[0] == "B1"
    assert found["confidence"].is_monotonic_decreasing
    assert 1 <= len(found) <= 3
    assert "Z9" not in set(found["category"])
    nothing = explained("", taxonomy=TAXONOMY)
    assert nothing.empty
    assert list(nothing.columns) == ["category", "confidence", "reason"]


def test_a_correction_taken_back_is_no_correction():
    names = names_of("示例红叶社", "示例社区老年食堂")
    table = corrections_of(("o0", "", "G1"), ("", "食堂", "E1"), ("o0", "", ""), ("", "食堂", ""))
    found = suggest(names, taxonomy=TAXONOMY, corrections=table)
    plain = suggest(names, taxonomy=TAXONOMY)
    pd.testing.assert_frame_equal(found, plain)


def test_ties_go_to_the_longer_word_then_to_the_order():
    def category(code, *words):
        base = TAXONOMY["A1"]
        kept = {name: getattr(base, name) for name in base.__dataclass_fields__}
        return Category(**{**kept, "code": code, "keywords": words})

    taxonomy = Taxonomy((category("X1", "甲乙", "丙丁"), category("X2", "戊己庚辛")), ())
    found = rule_evidence(["甲乙丙丁戊己庚辛"], [""], taxonomy)
    assert found.scores[0].tolist() == [12, 12]
    assert found.codes[found.best[0]] == "X2"
    same = Taxonomy((category("X1", "甲乙"), category("X2", "丙丁")), ())
    assert rule_evidence(["丙丁甲乙"], [""], same).best[0] == 0


@pytest.mark.parametrize("name", ["爱心公益服务社", "某公益服务中心", "爱心协会"])
def test_weak_words_alone_wait_for_a_person(name):
    found = suggest(names_of(name), taxonomy=TAXONOMY).iloc[0]
    assert found["needs_review"]
    assert found["categories"] == ""
    assert found["confidence"] <= shipped_training().settings.review_below
    assert "待确认" in found["reason"].say("zh")


@pytest.mark.parametrize("name", ["", "   ", "示例", "甲乙丙", "12345", "示例社区服务中心", "!!"])
def test_nothing_to_go_by_is_unclassified(name):
    found = suggest(names_of(name), taxonomy=TAXONOMY).iloc[0]
    assert found["category"] == "Z9"
    assert found["needs_review"]
    assert found["categories"] == ""


def test_simplified_traditional_and_full_width_are_one():
    pairs = names_of(
        "示例社区日间照料中心", "示例社區日間照料中心", "示例社区残疾人之家", "示例社區殘疾人之家",
        "示例ABC健身队", "示例ＡＢＣ健身隊",
    )  # fmt: skip
    found = suggest(pairs, taxonomy=TAXONOMY).drop(columns="reason")
    for left, right in ((0, 1), (2, 3), (4, 5)):
        assert found.iloc[left].to_dict() == found.iloc[right].to_dict()


def test_a_name_for_two_things_carries_both():
    found = suggest(names_of("示例社区老年食堂暨人民调解纠纷评理室"), taxonomy=TAXONOMY).iloc[0]
    assert {found["category"], found["second"]} >= {"B1"}
    assert found["second"] != found["category"]


def test_an_organisation_beats_a_pattern_and_both_beat_the_rest():
    names = names_of("示例红叶社", "示例红叶艺术社", "示例社区老年食堂")
    found = suggest(
        names,
        taxonomy=TAXONOMY,
        corrections=corrections_of(
            ("", "红叶", "J3"), ("", "红葉藝術", "J1;E2"), ("o0", "", "G1"), ("o9", "", "G2")
        ),
    )
    assert found["category"].tolist() == ["G1", "J1", "A2"]
    assert found["categories"].tolist() == ["G1", "J1;E2", "A2"]
    assert found["second"].iloc[1] == "E2"
    assert found["confidence"].iloc[:2].tolist() == [1.0, 1.0]
    assert not found["needs_review"].any()
    keys = [one.key for one in found["reason"]]
    assert keys[:2] == ["classify.reason_corrected", "classify.reason_pattern"]


def test_later_corrections_win_and_other_columns_are_no_corrections_of_it():
    table = corrections_of(
        ("o0", "", "G1"), ("o0", "", "A1"), ("", "食堂", "A2"), ("", "食堂", "E1")
    )
    other = corrections_of(("o0", "", "注销")).assign(column="state")
    found = suggest(
        names_of("示例甲", "示例食堂"),
        taxonomy=TAXONOMY,
        corrections=pd.concat([table, other], ignore_index=True),
    )
    assert found["category"].tolist() == ["A1", "E1"]


def test_the_model_learns_from_corrections():
    plain = suggest(names_of("示例鹊桥工坊"), taxonomy=TAXONOMY).iloc[0]
    taught = suggest(
        names_of("示例鹊桥工坊", "某街鹊桥小站"),
        taxonomy=TAXONOMY,
        corrections=corrections_of(("o0", "", "B3")),
    )
    assert plain["category"] != "B3"
    assert taught["category"].iloc[0] == "B3"
    # The second name was never corrected; it only resembles the first.
    assert "B3" in taught.iloc[1][["category", "second", "third"]].tolist()


def test_bad_corrections_are_refused():
    names = names_of("示例甲")
    with pytest.raises(TableError, match="Q7"):
        suggest(names, taxonomy=TAXONOMY, corrections=corrections_of(("o0", "", "Q7")))
    with pytest.raises(TableError, match="name_pattern"):
        broken = corrections_of(("o0", "", "A1")).drop(columns="name_pattern")
        suggest(names, taxonomy=TAXONOMY, corrections=broken)
    none = corrections_of(("o0", "", ""), ("", "", "A1"))
    assert suggest(names, taxonomy=TAXONOMY, corrections=none)["category"].iloc[0] == "Z9"


def test_what_it_promises_also_when_empty():
    for names in (names_of("示例社区老年食堂", "示例"), names_of()):
        found = suggest(names, taxonomy=TAXONOMY)
        assert tuple(found.columns) == COLUMNS
        assert list(found.index) == list(names.index)
        assert found["confidence"].between(0, 1).all()
        assert found["needs_review"].dtype == bool
        assert set(found["category"]) <= set(TAXONOMY.codes)
        assert set(found["second"]) | set(found["third"]) <= {"", *TAXONOMY.codes} - {"Z9"}
        for reason in found["reason"]:
            for language in ("zh", "en"):
                assert "{" not in reason.say(language)


def test_inputs_stay_as_they_were():
    names, scopes = names_of("示例社區老年食堂"), names_of("助餐")
    table = corrections_of(("o0", "", "A1"))
    kept = names.copy(), scopes.copy(), table.copy()
    suggest(names, scopes, taxonomy=TAXONOMY, corrections=table)
    pd.testing.assert_series_equal(names, kept[0])
    pd.testing.assert_series_equal(scopes, kept[1])
    pd.testing.assert_frame_equal(table, kept[2])


def test_a_place_with_its_own_categories_is_served_by_its_own_words():
    base = TAXONOMY["A1"]
    kept = {name: getattr(base, name) for name in base.__dataclass_fields__}
    own = Taxonomy(
        (
            Category(**{**kept, "code": "S1", "keywords": ("escola",)}),
            Category(**{**kept, "code": "S2", "keywords": ("posto de saúde",)}),
        ),
        (),
    )
    found = suggest(names_of("Escola Exemplo", "Posto de Saúde Exemplo"), taxonomy=own)
    assert found["category"].tolist() == ["S1", "S2"]
    assert set(suggest(names_of("老年食堂"), taxonomy=own)["second"]) <= {"", "S1", "S2"}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=5))
def test_any_text_gets_an_answer(texts):
    found = suggest(names_of(*texts), names_of(*texts), taxonomy=TAXONOMY)
    assert len(found) == len(texts)
    assert found["confidence"].between(0, 1).all()


def test_names_that_are_no_text():
    names = pd.Series([None, np.nan, 12, "示例社区老年食堂"], dtype="object")
    assert suggest(names, taxonomy=TAXONOMY)["category"].tolist() == ["Z9", "Z9", "Z9", "A2"]


def test_the_answer_of_a_name_does_not_depend_on_its_neighbours():
    names = names_of("示例社区老年食堂", "示例托育园", "示例和谐促进会", "示例健步队")
    together = suggest(names, taxonomy=TAXONOMY).drop(columns="reason")
    for at in range(len(names)):
        alone = suggest(names.iloc[[at]], taxonomy=TAXONOMY).drop(columns="reason")
        pd.testing.assert_frame_equal(alone, together.iloc[[at]])


def test_runs_by_hand():
    # With both marks 老年 has the runs ^ 老 年 $ ^老 老年 年$ ^老年 老年$.
    rows, columns = run_rows(["老年", ""])
    assert np.bincount(rows).tolist() == [9, 3]
    matrix = run_matrix(rows, columns, 2)
    assert matrix.shape == (2, HASHED_COLUMNS)
    assert np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel() == pytest.approx([1, 1])
    runs = runs_of(["甲乙"])
    spelled = {
        runs.texts[0][start : start + length].strip("\u0002\u0003")
        for start, length in zip(runs.starts, runs.lengths, strict=True)
    }
    assert spelled == {"", "甲", "乙", "甲乙"}
    assert run_rows([])[0].shape == (0,)


@pytest.mark.parametrize(
    ("name", "telling"),
    [
        ("武汉市武昌区东湖社区老年食堂", "东湖社区老年食堂"),
        ("东湖社区老年食堂", "东湖社区老年食堂"),
        ("湖北省武汉市爱心协会", "爱心协会"),
        ("爱心超市", "爱心超市"),
        ("城市安全守护协会", "城市安全守护协会"),
        ("财团法人示例基金会附设台北市私立示例养老院", "示例基金会附设示例养老院"),
        ("台北市", "台北市"),
        ("", ""),
    ],
)
def test_place_and_legal_form_tell_nothing(name, telling):
    assert telling_part(name) == telling


def test_training_data_and_rules_are_whole(tmp_path):
    training = shipped_training()
    assert set(training.codes) == set(TAXONOMY.codes)
    assert training.columns.max() < HASHED_COLUMNS
    assert set(np.unique(training.rows)) == set(range(len(training.codes)))
    extras = read_extras()
    assert {one.category for one in extras.overrides} <= set(TAXONOMY.codes)
    with pytest.raises(FileError):
        read_extras(tmp_path / "none.toml")
    for read in (shipped_training, shipped_weights):
        with pytest.raises(FileError):
            read.__wrapped__(tmp_path / "none.npz")
    broken = tmp_path / "broken.toml"
    broken.write_text('[[override]]\ncategory = "A1"\n', encoding="utf-8")
    with pytest.raises(TableError, match=r"broken\.toml"):
        read_extras(broken)
    wrong = tmp_path / "wrong.npz"
    wrong.write_bytes(b"PK\x03\x04 nothing")
    for read in (shipped_training, shipped_weights):
        with pytest.raises(FileError):
            read.__wrapped__(wrong)


def test_training_is_the_same_each_time():
    model = fitted(shipped_training())
    assert model.codes == shipped_model().codes
    # Shipped in half precision.
    assert np.allclose(model.weights, shipped_model().weights, atol=0.02, rtol=0.01)


def test_on_unseen_lists_it_is_better_than_the_rules(root):
    names = pd.read_csv(
        root / "tests/reference/classifier/names.csv", dtype=str, keep_default_na=False
    )
    trained = set(names["name"][names["part"] == "train"].map(prepared))
    tested = names[(names["part"] == "test") & (names["note"] != "host")]
    assert not trained & set(tested["name"].map(prepared))
    found = suggest(tested["name"], taxonomy=TAXONOMY)
    right = [a in b.split(";") for a, b in zip(found["category"], tested["codes"], strict=True)]
    rules = [
        rules_say(a) in b.split(";") for a, b in zip(tested["name"], tested["codes"], strict=True)
    ]
    assert np.mean(right) > 0.6
    assert np.mean(right) > 2 * np.mean(rules)
    entered = ~found["needs_review"].to_numpy()
    assert np.mean(np.array(right)[entered]) > 0.75


def test_the_names_kept_carry_no_country_government_or_address(root):
    names = pd.read_csv(
        root / "tests/reference/classifier/names.csv", dtype=str, keep_default_na=False
    )
    assert list(names.columns) == ["name", "list", "codes", "part", "note"]
    assert not names["name"].str.contains("國|国|中華|中华|台灣|臺灣|政府|局|公所|市立").any()
    assert not names["name"].str.contains(r"\d+號|\d+号|路\d|街\d").any()
    assert set(names["part"]) == {"train", "test"}
    assert set(";".join(names["codes"]).split(";")) <= set(TAXONOMY.codes)


def test_fifty_thousand_names_are_quick(root):
    names = pd.read_csv(
        root / "tests/reference/classifier/names.csv", dtype=str, keep_default_na=False
    )["name"]
    many = pd.concat([names] * (10_000 // len(names) + 1), ignore_index=True).iloc[:10_000]
    suggest(many.iloc[:5], taxonomy=TAXONOMY)
    begin = time.process_time()
    suggest(many, taxonomy=TAXONOMY)
    # A fifth of 50,000 names in a fifth of 5 s, with room for other work on the machine.
    assert time.process_time() - begin < 3
