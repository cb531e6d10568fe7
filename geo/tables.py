"""The columns of every table the rooms hand to each other, and the one check.

Rows of like things travel as a (Geo)DataFrame. Its columns are written down
here once; `checked` holds a frame to them and puts every fault it finds into a
single error. Further columns are allowed and kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.errors import TableError
from geo.phrases import Phrase

Kind = Literal["text", "whole", "number", "point", "polygon"]

UNIT_KINDS = ("社区", "村", "里", "街区单元", "格网", "虚拟")
GENERATED_UNIT_KINDS = ("街区单元", "格网")
LEVELS = ("登记", "备案", "台账")
FILING_STATUSES = ("", "初审", "审查", "已备案", "变更", "注销")
FILING_COMPLETE = ("已备案", "变更")
STATES = ("正常", "注销", "撤销", "异常名录", "失信名单", "未年检", "僵尸", "未知")
STATES_ENDED = ("注销", "撤销")
LEGAL_FORMS = ("", "社会团体", "社会服务机构", "基金会", "其他")
PROVIDER_TYPES = ("社会组织", "人民调解委员会", "企业", "其他")
DELIVERIES = ("到点", "上门", "线上")
LOCATED_BY = ("坐标", "地址", "登记住所", "社区中心", "未定位")
LOCATED_BY_ESTIMATE = ("登记住所", "社区中心")
BASES = ("measured", "estimated", "assumed")

COUNT_COLUMNS = (
    "people",
    "elders",
    "elders_65",
    "elders_80",
    "disabled",
    "children",
    "households",
    "low_income",
)


@dataclass(frozen=True)
class Column:
    """One promised column.

    Parameters
    ----------
    name
        Column name.
    kind
        ``text`` (never missing, may be empty), ``whole`` (non-negative
        integers), ``number`` (may be missing), ``point`` or ``polygon``.
    allowed
        For text: the only values allowed; empty means any.
    nullable
        Whether a point may be missing (an organisation nobody could place).
    """

    name: str
    kind: Kind
    allowed: tuple[str, ...] = ()
    nullable: bool = False


@dataclass(frozen=True)
class Schema:
    """The columns of one table; `index` is unique text."""

    name: str
    index: str
    columns: tuple[Column, ...]


COMMUNITIES = Schema(
    "communities",
    "community_code",
    (
        Column("name", "text"),
        Column("subdistrict_code", "text"),
        Column("subdistrict", "text"),
        Column("unit_kind", "text", UNIT_KINDS),
        Column("geometry", "polygon"),
    ),
)

REGISTER = Schema(
    "register",
    "organisation_id",
    (
        Column("name", "text"),
        Column("category", "text"),
        Column("categories", "text"),
        Column("level", "text", LEVELS),
        Column("filing_status", "text", FILING_STATUSES),
        Column("legal_form", "text", LEGAL_FORMS),
        Column("state", "text", STATES),
        Column("provider_type", "text", PROVIDER_TYPES),
        Column("file", "text"),
        Column("sheet", "text"),
        Column("row", "whole"),
    ),
)

SERVICE_POINTS = Schema(
    "service_points",
    "service_point_id",
    (
        Column("organisation_id", "text"),
        Column("categories", "text"),
        Column("delivery", "text", DELIVERIES),
        Column("capacity", "number"),
        Column("located_by", "text", LOCATED_BY),
        Column("geometry", "point", nullable=True),
    ),
)

RESIDENTS = Schema(
    "residents",
    "resident_point_id",
    (
        Column("community_code", "text"),
        Column("people", "whole"),
        Column("basis_people", "text", BASES),
        Column("geometry", "point"),
    ),
)


def checked(frame: pd.DataFrame, schema: Schema, *, file: str = "") -> pd.DataFrame:
    """Return `frame` unchanged when it keeps `schema`.

    Parameters
    ----------
    frame
        The table; its index holds the ids.
    schema
        The columns it must have.
    file
        Where it was read from, for the sentence.

    Raises
    ------
    TableError
        With every fault of the table in one sentence.
    """
    faults = [*_index_faults(frame, schema)]
    for column in schema.columns:
        if column.name not in frame.columns:
            faults.append(Phrase.of("fault.column_missing", column=column.name))
        else:
            faults.extend(_column_faults(frame, column))
    faults.extend(_count_faults(frame))
    if faults:
        raise TableError(
            "error.table_faults",
            table={"zh": f"{schema.name}", "en": schema.name},
            file=file or schema.name,
            count=len(faults),
            faults=faults,
        )
    return frame


def _index_faults(frame: pd.DataFrame, schema: Schema) -> list[Phrase]:
    ids = frame.index
    faults = []
    if ids.name != schema.index:
        faults.append(Phrase.of("fault.index_name", index=schema.index, given=str(ids.name)))
    if len(ids) and not pd.api.types.is_string_dtype(ids.dtype):
        faults.append(Phrase.of("fault.ids_not_text", index=schema.index))
    if ids.has_duplicates:
        twice = ids[ids.duplicated()].unique()[:3]
        faults.append(
            Phrase.of("fault.ids_twice", index=schema.index, examples="、".join(map(str, twice)))
        )
    return faults


def _column_faults(frame: pd.DataFrame, column: Column) -> list[Phrase]:
    values = frame[column.name]
    if column.kind in ("point", "polygon"):
        return _geometry_faults(frame, column)
    if column.kind == "number":
        numeric = pd.api.types.is_numeric_dtype(values.dtype)
        return [] if numeric else [Phrase.of("fault.not_numbers", column=column.name)]
    missing = values.isna()
    if missing.any():
        return [_rows("fault.missing_values", column.name, frame.index[missing])]
    if column.kind == "whole":
        return _whole_faults(values, column.name)
    return _foreign_faults(values, column)


def _foreign_faults(values: pd.Series, column: Column) -> list[Phrase]:
    foreign = ~values.isin(column.allowed)
    if not column.allowed or not foreign.any():
        return []
    return [
        Phrase.of(
            "fault.not_allowed",
            column=column.name,
            given="、".join(map(str, values[foreign].unique()[:3])),
            allowed="、".join(one or "（空）" for one in column.allowed),
        )
    ]


def _whole_faults(values: pd.Series, name: str) -> list[Phrase]:
    if not pd.api.types.is_numeric_dtype(values.dtype):
        return [Phrase.of("fault.not_numbers", column=name)]
    numbers = values.to_numpy(dtype=float)
    if not np.isfinite(numbers).all():
        return [_rows("fault.missing_values", name, values.index[~np.isfinite(numbers)])]
    if (numbers < 0).any():
        return [_rows("fault.negative", name, values.index[numbers < 0])]
    broken = numbers != np.floor(numbers)
    if broken.any():
        return [_rows("fault.fractional", name, values.index[broken])]
    return []


def _geometry_faults(frame: pd.DataFrame, column: Column) -> list[Phrase]:
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        return [Phrase.of("fault.no_crs")]
    shapes = frame.geometry
    faults = []
    absent = (shapes.isna() | shapes.is_empty).to_numpy()
    if absent.any() and not column.nullable:
        faults.append(_rows("fault.no_shape", column.name, frame.index[absent]))
    wanted = ("Point",) if column.kind == "point" else ("Polygon", "MultiPolygon")
    foreign = ~shapes.geom_type.isin(wanted).to_numpy() & ~absent
    if foreign.any():
        faults.append(_rows("fault.wrong_shape", column.name, frame.index[foreign]))
    return faults


def _count_faults(frame: pd.DataFrame) -> list[Phrase]:
    """Hold counts of people to whole numbers wherever they appear, each with its basis."""
    faults: list[Phrase] = []
    for name in COUNT_COLUMNS:
        if f"basis_{name}" in frame.columns and name in frame.columns and name != "people":
            faults.extend(_whole_faults(frame[name], name))
            faults.extend(_column_faults(frame, Column(f"basis_{name}", "text", BASES)))
    return faults


def _rows(key: str, column: str, ids: pd.Index) -> Phrase:
    return Phrase.of(key, column=column, count=len(ids), examples="、".join(map(str, ids[:3])))


def split_codes(joined: str) -> tuple[str, ...]:
    """Return the category codes of a `categories` cell, such as ``"A1;B1"``."""
    return tuple(code for code in joined.split(";") if code)
