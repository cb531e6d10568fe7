"""The register and the service points of a place, defaults stated, corrections applied."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from geo.errors import TableError
from geo.ledger import CORRECTIONS, apply_corrections
from geo.place_tables import in_metric_crs, read_section
from geo.tables import REGISTER, SERVICE_POINTS, checked, split_codes
from geo.taxonomy import Taxonomy

REGISTER_DEFAULTS = {
    "filing_status": "",
    "legal_form": "",
    "provider_type": "社会组织",
    "sheet": "",
}
SERVICE_POINT_DEFAULTS = {"delivery": "到点", "located_by": "坐标", "serves": ""}


def read_register(
    folder: Path, section: dict[str, Any], taxonomy: Taxonomy, state_when_absent: str
) -> gpd.GeoDataFrame:
    """Return the register of a place; points, where it has any, in its own CRS.

    Columns a register need not have get their stated defaults; a filed
    organisation without any filing column is taken as 已备案.
    """
    frame = read_section(folder, section, REGISTER)
    path = folder / section["file"]
    if frame.empty:
        raise TableError("error.table_empty", file=str(path))
    if "filing_status" not in frame.columns and "level" in frame.columns:
        frame["filing_status"] = np.where(frame["level"] == "备案", "已备案", "")
    _fill_blanks(frame, {**REGISTER_DEFAULTS, "state": state_when_absent})
    if "file" not in frame.columns:
        frame["file"] = path.name
    if "row" not in frame.columns:
        frame["row"] = np.arange(2, len(frame) + 2)
    if "categories" not in frame.columns and "category" in frame.columns:
        frame["categories"] = frame["category"]
    checked(frame, REGISTER, file=str(path))
    _refuse_unknown_categories(frame, taxonomy, path)
    return frame


def _fill_blanks(frame: pd.DataFrame, defaults: dict[str, str]) -> None:
    for name, value in defaults.items():
        if name in frame.columns:
            frame[name] = frame[name].where(frame[name] != "", value)
        else:
            frame[name] = value


def _refuse_unknown_categories(frame: pd.DataFrame, taxonomy: Taxonomy, path: Path) -> None:
    known = set(taxonomy.codes) | {""}
    for column in ("category", "categories"):
        for joined in frame[column].unique():
            foreign = [code for code in split_codes(joined) if code not in known]
            if foreign:
                row = int(np.flatnonzero(frame[column] == joined)[0]) + 2
                raise TableError(
                    "error.category_in_file",
                    file=str(path),
                    row=row,
                    column=column,
                    given="、".join(foreign),
                    known="、".join(taxonomy.codes),
                )


def read_service_points(
    folder: Path,
    section: dict[str, Any] | None,
    register: gpd.GeoDataFrame,
    crs: pyproj.CRS,
    taxonomy: Taxonomy,
) -> gpd.GeoDataFrame:
    """Return the service points of a place, in `crs`.

    Without a file of their own, every organisation serves where it stands.
    """
    if section is None:
        frame = _points_of_register(register)
        file = str(register["file"].iloc[0])
    else:
        frame = read_section(folder, section, SERVICE_POINTS)
        file = str(folder / section["file"])
    _fill_blanks(frame, SERVICE_POINT_DEFAULTS)
    if "capacity" not in frame.columns:
        frame["capacity"] = np.nan
    if "categories" not in frame.columns:
        frame["categories"] = register["categories"].reindex(frame["organisation_id"]).to_numpy()
    unplaced = frame.geometry.isna().to_numpy()
    frame["located_by"] = frame["located_by"].where(~unplaced, "未定位")
    frame = in_metric_crs(frame, crs, file)
    checked(frame, SERVICE_POINTS, file=file)
    _refuse_unknown_categories(frame.assign(category=""), taxonomy, Path(file))
    orphans = ~frame["organisation_id"].isin(register.index)
    if orphans.any():
        raise TableError(
            "error.service_points_orphaned",
            file=file,
            count=int(orphans.sum()),
            examples="、".join(frame["organisation_id"][orphans].unique()[:3]),
        )
    return frame


def corrected(
    register: gpd.GeoDataFrame,
    service_points: gpd.GeoDataFrame,
    corrections: pd.DataFrame,
    taxonomy: Taxonomy,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return register and service points with what the office corrected.

    Raises
    ------
    TableError
        A correction names a category the taxonomy does not know.
    """
    if corrections.empty:
        return register, service_points
    after = gpd.GeoDataFrame(apply_corrections(register, corrections))
    _refuse_unknown_categories(after, taxonomy, Path(CORRECTIONS))
    points = service_points.copy()
    changed = after.index[after["categories"] != register["categories"]]
    of_changed = points["organisation_id"].isin(changed)
    now = after["categories"].reindex(points["organisation_id"]).to_numpy()
    points["categories"] = points["categories"].mask(of_changed, now)
    named = pd.DataFrame(
        {
            "name": register["name"].reindex(points["organisation_id"]).to_numpy(),
            "delivery": points["delivery"].to_numpy(),
        },
        index=points["organisation_id"],
    )
    points["delivery"] = apply_corrections(named, corrections)["delivery"].to_numpy()
    return after, points


def _points_of_register(register: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    wanted = ["categories", *SERVICE_POINT_DEFAULTS, "capacity"]
    kept = [name for name in wanted if name in register.columns]
    frame = register[[*kept, "geometry"]].copy()
    frame["organisation_id"] = register.index
    frame.index = pd.Index(register.index, name=SERVICE_POINTS.index)
    return frame
