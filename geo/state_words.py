"""What the cells of one row say about an organisation's standing.

Offices write the same word to state a thing and to deny it: 正常，无异常 names a
list nobody stands on, 不正常 the very word for what it is not. What is denied
is taken out before anything is looked for.
"""

from __future__ import annotations

import re

from geo.phrases import Phrase

# From the most to the least serious; the first that applies decides.
ORDER = ("注销", "撤销", "失信名单", "异常名录", "未年检", "僵尸")

_LEFT_THE_LIST = re.compile(
    r"(已|被)?(?<![未没])(?<!未被)(?<!没有)(移出|移除|解除|撤出|退出|修复|恢复)"
)
_CLAUSES = re.compile(r"[，,;；。（）()、\s]+")
_LISTS = re.compile(r"名录|名单|异常|異常|失信|列入|载入|纳入")
_PLANNED = re.compile(
    r"(拟|申请|正在|待|办理)[^，,；;。]{0,6}(注销|註銷|撤销|撤銷)|(注销|撤销)(中|公示)"
)
_DENIED = re.compile(
    r"(从未|未曾|尚未|未|没有|没|无|無|非|不|not )"
    r"(被|在|是|曾|有|见|存在|属于|发现|发生|列入|载入|纳入|进入|受到|出现)*"
    r"(任何|活动|经营|严重|违法)*{word}([、/和及或与]{word})*".format(
        word=r"(注销|註銷|撤销|撤銷|吊销|吊銷|取缔|清算|异常|異常|失信|僵尸|停业|歇业|停止活动|abnormal)"
        r"(被执行人|名录|名單|名单|情况|情形|记录|组织|行为|信息|现象)*"
    ),
    re.IGNORECASE,
)
_NO = re.compile(
    r"(否|无|無|没有|未列入|未被列入|不是|不在|n|no|false|0|/|-|—|―|、|\.|正常|合格|[（）()，,。；\s])*",
    re.IGNORECASE,
)
# 无（截至2024年）
_SAYS_NO = re.compile(r"否|无|無|没有|未列入|未被|未知|不详|不明|no\b|not\b", re.IGNORECASE)
_WORDS = (
    ("注销", re.compile(r"注销|註銷|清算|cancel", re.IGNORECASE)),
    ("撤销", re.compile(r"撤销|撤銷|吊销|吊銷|取缔|revoke", re.IGNORECASE)),
    ("失信名单", re.compile(r"失信")),
    ("异常名录", re.compile(r"异常|異常|abnormal", re.IGNORECASE)),
    (
        "未年检",
        re.compile(r"未(按时|按期|参加)?(年检|年審|年审|年报|參檢|参检|检|报)|逾期未|未参加年"),
    ),
    (
        "僵尸",
        re.compile(
            r"僵尸|殭屍|长期未|長期未|停止(活动|运营|运作|服务)|停业|歇业|名存实亡|未开展活动|"
            r"inactive|dormant",
            re.IGNORECASE,
        ),
    ),
)
_NORMAL_WORDS = (
    r"(正常|存续|存續|在业|在營|在营|开业|开放|有效|活跃|良好|运营|营运|已登记|已备案|合格|"
    r"active|normal)"
)
_NORMAL = re.compile(_NORMAL_WORDS + r"|^(无|未见|未发现|没有)异常(情况)?$", re.IGNORECASE)
_NOT_NORMAL = re.compile(
    rf"(不|非|未|无|没有|暂停|停止|中止|not )(再|能|曾|对外|正式|法)*{_NORMAL_WORDS}+",
    re.IGNORECASE,
)
_FAILED = re.compile(r"不合格")
# Whoever writes so has said that nobody knows: no slip to look for.
_UNSAID = re.compile(r"未知|不详|不明|不清楚|unknown", re.IGNORECASE)


def state_of(
    state: str, inspection: str, abnormal: str, dishonest: str, cancelled_on: str
) -> tuple[str, list[Phrase]]:
    """Return one of `geo.tables.STATES` for the cells of a row, and what is doubtful about it."""
    doubts: list[Phrase] = []
    found: set[str] = set()
    for text in (state, inspection):
        kept = _without_left_lists(text)
        if _PLANNED.search(kept):
            doubts.append(Phrase.of("doubtful.state_planned", given=text[:40]))
            kept = _PLANNED.sub("", kept)
        kept = _DENIED.sub("", kept)
        found |= {name for name, words in _WORDS if words.search(kept)}
    found |= {"异常名录"} if _listed(abnormal) else set()
    found |= {"失信名单"} if _listed(dishonest) else set()
    if cancelled_on and not _NO.fullmatch(cancelled_on) and not found & {"注销", "撤销"}:
        found.add("注销")
        if state:
            doubts.append(Phrase.of("doubtful.state_but_cancelled", given=state[:40]))
    if found:
        return next(name for name in ORDER if name in found), doubts
    if _FAILED.search(inspection) or _FAILED.search(state):
        return "未知", [*doubts, Phrase.of("doubtful.inspection_failed")]
    said_not = _NOT_NORMAL.search(state)
    if not said_not and any(map(_says_normal, (state, inspection))):
        return ("正常" if not doubts else "未知"), doubts
    if state and not _UNSAID.fullmatch(state):
        doubts.append(Phrase.of("doubtful.state_unknown", given=state[:40]))
    return "未知", doubts


def _says_normal(text: str) -> bool:
    return bool(_NORMAL.search(_NOT_NORMAL.sub("", text)) or _LEFT_THE_LIST.search(text))


def _without_left_lists(text: str) -> str:
    """Leave out the lists that, as the text says, the organisation has been taken off again."""
    if not _LEFT_THE_LIST.search(text):
        return text
    clauses = [one for one in _CLAUSES.split(text) if one]
    kept: list[str] = []
    for clause in clauses:
        if not _LEFT_THE_LIST.search(clause):
            kept.append(clause)
        elif not _LISTS.search(clause) and kept:
            # 异常名录（已移出）: what has been left stands in the clause before.
            kept.pop()
    return "，".join(kept)


def _listed(text: str) -> bool:
    """Return whether the cell of a list column says that the organisation stands on it."""
    kept = _DENIED.sub("", text)
    if _NO.fullmatch(kept) or _LEFT_THE_LIST.search(kept):
        return False
    return not _SAYS_NO.match(kept) or bool(_LISTS.search(_SAYS_NO.sub("", kept)))
