"""The register's own columns: tidy names, codes, levels, states, forms, delivery, flags."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from geo.cell_text import BRACKETS, clean_name, destroyed_code, each
from geo.credit_code import CreditCode
from geo.credit_code import check as check_code
from geo.phrases import Phrase
from geo.problems import DOUBTFUL, REPAIRED, Finding, found_at
from geo.register_communities import serves
from geo.register_desk import Desk
from geo.register_fields import Records
from geo.register_flags import check_flags, provider_types
from geo.register_states import dates, deliveries, register_levels, register_states

DATES = {
    "registered_on": "登记日期",
    "filed_on": "备案日期",
    "valid_until": "证书有效期",
    "cancelled_on": "注销时间",
}
_LEGAL_FORMS = (
    ("社会服务机构", re.compile(r"民办非企业|民非|社会服务机构|社会服務機構")),
    ("基金会", re.compile(r"基金会|基金會")),
    ("社会团体", re.compile(r"社会团体|社團|社团|社会團體|协会|商会")),
)
_CAPACITY = re.compile(r"(\d+(?:\.\d+)?)\s*[人床张名位个]*")


def tidied(text: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Tidy names; a name that changed is a repair that the report lists."""
    names = each(text["name"], clean_name)
    # Half-width and full-width brackets are both in use and no fault.
    changed = (names != text["name"].str.translate(BRACKETS)).to_numpy()
    findings = found_at(changed, "组织名称", REPAIRED, Phrase.of("repaired.name"))
    tidy = text.assign(name=names)
    for column, heading in DATES.items():
        tidy[column], more = dates(text[column], heading)
        findings += more
    return tidy, findings


def credit_codes(text: pd.Series, findings: list[Finding]) -> list[CreditCode]:
    """Read the credit codes of all records; what is odd about one is added to `findings`."""
    read = {one: check_code(one) for one in text.unique()}
    given = text.tolist()
    codes = [read[one] for one in given]
    for at, (given_code, code) in enumerate(zip(given, codes, strict=True)):
        # What the reader of the file called destroyed needs no second sentence.
        if code.reason is not None and not destroyed_code(given_code):
            findings.append(Finding(at, "统一社会信用代码", DOUBTFUL, code.reason))
    return codes


def own_columns(
    text: pd.DataFrame,
    records: Records,
    codes: list[CreditCode],
    desk: Desk,
    findings: list[Finding],
) -> dict[str, pd.Series]:
    """Return the register's own columns, all aligned to the records."""
    civil = np.array([code.usable and bool(code.legal_form) for code in codes], dtype=np.bool_)
    level, filing, more = register_levels(
        text, civil, records.origin["title"], when_absent=desk.level_when_absent
    )
    findings += [one for one in more if one.position is None or not records.is_point[one.position]]
    state, more = register_states(
        text,
        today=desk.today,
        when_absent=desk.state_when_absent,
        inactive_months=desk.inactive_months,
    )
    findings += more
    form, more = _legal_forms(text["legal_form"], codes)
    findings += more
    delivery, delivery_basis, more = deliveries(text["delivery"])
    findings += more
    flags, more = check_flags(text["name"], text["scope"])
    findings += more
    capacity = pd.Series(
        [_capacity(one) for one in text["capacity"].tolist()], index=text.index, dtype=float
    )
    return {
        "level": level,
        "filing_status": filing,
        "state": state,
        "legal_form": form,
        "provider_type": provider_types(text["name"], text["provider_type"]),
        "check_flags": flags,
        "delivery": delivery,
        "delivery_basis": delivery_basis,
        "capacity": capacity,
        "serves": serves(text, desk.communities),
    }


def _legal_forms(text: pd.Series, codes: list[CreditCode]) -> tuple[pd.Series, list[Finding]]:
    read = {
        one: next((form for form, words in _LEGAL_FORMS if words.search(one)), "")
        for one in text.unique()
    }
    stated = each(text, read.__getitem__)
    coded = pd.Series([code.legal_form for code in codes], index=text.index, dtype="str")
    disagree = ((stated != "") & (coded != "") & (stated != coded)).to_numpy()
    findings = [
        Finding(
            int(at),
            "社会组织类型",
            DOUBTFUL,
            Phrase.of("doubtful.legal_form", stated=stated.iloc[at], coded=coded.iloc[at]),
        )
        for at in np.flatnonzero(disagree)
    ]
    return coded.where(coded != "", stated).astype("str"), findings


def _capacity(text: str) -> float:
    found = _CAPACITY.fullmatch(text)
    return float(found[1]) if found else np.nan
