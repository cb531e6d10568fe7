"""What a register says about an organisation's standing, in the words of the house.

State, inspection, lists and cancellation dates stand in several columns and
contradict each other; the most serious one that is certain decides. Only
`geo.tables` knows which values exist.
"""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd

from geo.cell_text import each, parse_date
from geo.phrases import Phrase
from geo.problems import DOUBTFUL, NOTE, REPAIRED, Finding, found_at
from geo.state_words import state_of

INACTIVE_MONTHS = 12
_LEVELS = (
    (
        "台账",
        re.compile(
            r"台账|臺帳|^(?!.*(?<!未)(?<!未经)(?:登记|注册)).*未备案|"
            r"^(?!.*(?<!未)备案).*未(?:经)?(?:登记|注册)"
        ),
    ),
    ("备案", re.compile(r"(?<![未待拟])(备案|備案)|(?<!not )filed", re.IGNORECASE)),
    (
        "登记",
        re.compile(
            r"(?<!未)(?<!未经)(登记|登記|注册|立案)|(?<!not )registered|^是$", re.IGNORECASE
        ),
    ),
)
_FILING = (
    ("注销", re.compile(r"(?<!未)(注销|撤销|取消)")),
    ("变更", re.compile(r"变更")),
    ("已备案", re.compile(r"已备案|(?<![未不])(?<!没有)(?<!未被)(通过|完成|同意)|^备案$|^是$")),
    ("审查", re.compile(r"审查|审核|街道审|复审|受理")),
    ("初审", re.compile(r"初审|初步|申请|待备案|未备案")),
)
_DELIVERIES = (
    ("线上", re.compile(r"线上|線上|网络|网上|远程|热线|电话|online", re.IGNORECASE)),
    ("上门", re.compile(r"(?<!不)上门|到户|入户|居家|到府|流动|送餐|home", re.IGNORECASE)),
    ("到点", re.compile(r"到点|到站|驻点|定点|站点|机构|现场|集中|on.?site", re.IGNORECASE)),
)


def register_states(
    text: pd.DataFrame, *, today: date, when_absent: str, inactive_months: int = INACTIVE_MONTHS
) -> tuple[pd.Series, list[Finding]]:
    """Return the state of every row and what had to be decided on the way.

    Parameters
    ----------
    text
        Canonical text columns, among them ``state``, ``inspection``,
        ``abnormal``, ``dishonest``, ``cancelled_on`` and ``last_activity``.
    today
        The day against which the last activity counts.
    when_absent
        State of a register that has no such column at all.
    inactive_months
        So many months without activity make 长期未开展活动 (state 僵尸).

    Returns
    -------
    Series of `geo.tables.STATES`, and findings by position.
    """
    named = ("state", "inspection", "abnormal", "dishonest", "cancelled_on")
    told = {name: text[name] for name in named if (text[name] != "").any()}
    if not told:
        states = pd.Series(when_absent, index=text.index, dtype="str")
        key = Phrase.of("note.state_column_absent", state=when_absent)
        findings = [Finding(None, "", NOTE, key)] if len(text) else []
    else:
        columns = [text[name].tolist() for name in named]
        combos = pd.Series(
            ["\x1f".join(cells) for cells in zip(*columns, strict=True)],
            index=text.index,
            dtype="str",
        )
        read = {combo: state_of(*combo.split("\x1f")) for combo in combos.unique()}
        states = each(combos, lambda combo: read[combo][0])
        findings = [
            Finding(at, "状态", DOUBTFUL, doubt)
            for at, combo in enumerate(combos.tolist())
            for doubt in read[combo][1]
        ]
    active = states.isin(["正常", "未知"]).to_numpy()
    idle, more = _long_inactive(text["last_activity"], active, today, inactive_months)
    states = states.where(~idle, "僵尸")
    return states, findings + more


def _long_inactive(
    last: pd.Series, active: np.ndarray, today: date, months: int
) -> tuple[np.ndarray, list[Finding]]:
    idle = np.zeros(len(last), dtype=np.bool_)
    findings = []
    cells = last.tolist()
    for at in np.flatnonzero((last != "").to_numpy()).tolist():
        day = parse_date(cells[at])
        if day is None:
            reason = Phrase.of("doubtful.date_unclear", given=cells[at][:40])
            findings.append(Finding(int(at), "最近活动日期", DOUBTFUL, reason))
            continue
        gone = (today.year - day.year) * 12 + today.month - day.month - (today.day < day.day)
        if active[at] and gone >= months:
            idle[at] = True
            reason = Phrase.of("doubtful.long_inactive", day=day.isoformat(), months=months)
            findings.append(Finding(int(at), "最近活动日期", DOUBTFUL, reason))
    return idle, findings


def register_levels(
    text: pd.DataFrame, valid_code: np.ndarray, title: pd.Series, *, when_absent: str
) -> tuple[pd.Series, pd.Series, list[Finding]]:
    """Return level and filing status of every row.

    Parameters
    ----------
    text
        Canonical text columns.
    valid_code
        Whether the row has a credit code of the civil affairs departments.
    title
        What stands above the table the row comes from.
    when_absent
        Level of a register that gives no evidence at all.

    Returns
    -------
    Series of `geo.tables.LEVELS`, Series of `geo.tables.FILING_STATUSES`, findings.

    Notes
    -----
    The column says it; else a credit code, a registering authority or date mean
    登记, a filing date 备案; else the title of the list, where 备案 and 登记 tell more
    than 台账, which may be no more than the word for a list.
    """
    level = _first_match(text["level"], _LEVELS)
    filed = (text["filed_on"] != "") | (text["filing_status"] != "")
    filed |= text["filing_number"].str.contains("备") | text["authority"].str.contains(
        "街道|镇政府"
    )
    registered = valid_code | (text["registered_on"] != "") | (text["authority"] != "")
    registered |= text["filing_number"].str.contains("[证證立號号]|^[0-9]{6,}$") & ~filed
    level = level.mask((level == "") & valid_code, "登记")
    level = level.mask((level == "") & filed, "备案")
    level = level.mask((level == "") & registered, "登记")
    words = title.str.replace(r"\.\w+", "", regex=True)
    level = level.mask((level == "") & words.str.contains("备案|備案"), "备案")
    level = level.mask((level == "") & words.str.contains("登记|登記|立案"), "登记")
    # Last, because 备案台账 is a ledger of filed ones; and said, because it counts for nothing.
    ledger = (level == "") & words.str.contains("台账|臺帳")
    level = level.mask(ledger, "台账")
    absent = (level == "").to_numpy()
    findings = []
    if ledger.any():
        reason = Phrase.of("note.level_from_title", count=int(ledger.sum()))
        findings.append(Finding(None, "", NOTE, reason))
    if absent.all() and len(level):
        reason = Phrase.of("note.level_absent", level=when_absent)
        findings.append(Finding(None, "", NOTE, reason))
        level = level.mask(absent, when_absent)
    elif absent.any():
        findings += found_at(absent, "登记或备案", DOUBTFUL, Phrase.of("doubtful.level_absent"))
        level = level.mask(absent, "台账")
    status = _first_match(text["filing_status"], _FILING)
    unread = ((status == "") & (text["filing_status"] != "")).to_numpy()
    reason = Phrase.of("doubtful.filing_status_unknown")
    findings += found_at(unread, "备案状态", DOUBTFUL, reason)
    status = status.mask((level == "备案") & (text["filing_status"] == ""), "已备案")
    return level, status.mask(level != "备案", ""), findings


def deliveries(text: pd.Series) -> tuple[pd.Series, pd.Series, list[Finding]]:
    """Return the delivery of every row, whether it was given, and what was unclear.

    A missing delivery is 到点, marked ``default`` (到点（默认）).
    """
    read = _first_match(text, _DELIVERIES)
    unclear = ((read == "") & (text != "")).to_numpy()
    findings = found_at(unclear, "提供方式", DOUBTFUL, Phrase.of("doubtful.delivery_unknown"))
    default = (read == "").to_numpy()
    if default.any():
        reason = Phrase.of("note.delivery_default", count=int(default.sum()))
        findings.append(Finding(None, "提供方式", NOTE, reason))
    basis = pd.Series(np.where(default, "default", "given"), index=text.index, dtype="str")
    return read.mask(default, "到点"), basis, findings


def dates(text: pd.Series, heading: str) -> tuple[pd.Series, list[Finding]]:
    """Return dates in the form 2015-03-02; what is not certain stays as it is, with a finding."""
    read = {one: parse_date(one) for one in text.unique() if one}
    unclear = np.array([bool(one) and read[one] is None for one in text.tolist()], dtype=np.bool_)
    rewritten = {one: day.isoformat() for one, day in read.items() if day is not None}
    reason = Phrase.of("note.date_kept")
    findings = found_at(unclear, heading, NOTE, reason)
    from_serial = text.str.fullmatch(r"\d{5}(?:\.\d+)?").to_numpy(dtype=bool) & ~unclear
    findings += found_at(from_serial, heading, REPAIRED, Phrase.of("repaired.date_serial"))
    return each(text, lambda one: rewritten.get(one, one)), findings


def _first_match(text: pd.Series, words: tuple[tuple[str, re.Pattern[str]], ...]) -> pd.Series:
    """Return for every cell the first name whose words it contains, or an empty text."""
    read = {
        one: next((name for name, pattern in words if pattern.search(one)), "")
        for one in text.unique()
    }
    return each(text, read.__getitem__)
