"""Why a service point does not count under a question, in the terms `counting` decides by."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coverage.standard import Standard
from geo.tables import FILING_COMPLETE

# In the order in which a reader would mend them.
REASONS = (
    "state",
    "filing",
    "level",
    "provider",
    "delivery",
    "unplaced",
    "outside",
)


def reasons_against(
    register: pd.DataFrame, service_points: pd.DataFrame, standard: Standard
) -> pd.DataFrame:
    """Return what keeps each service point from counting.

    Parameters
    ----------
    register, service_points
        Tables of a place; each service point names an organisation of the register.
    standard
        The question.

    Returns
    -------
    DataFrame of bool, one row a service point, columns `REASONS`: its
    organisation's ``state``, an incomplete ``filing``, a ``level`` or a
    ``provider`` the question leaves out; its own ``delivery``, no position
    (``unplaced``), or a position ``outside`` a district that does not look
    beyond its border. A row without any reason is one that
    `coverage.standard.counting` counts.
    """
    of_point = pd.DataFrame(register).loc[service_points["organisation_id"]]
    level, state = of_point["level"], of_point["state"]
    # Filing ledgers carry no state, so that 未知 is no obstacle there.
    accepted = state.isin(standard.states) | ((level != "登记") & (state == "未知"))
    outside = np.zeros(len(service_points), dtype=np.bool_)
    if not standard.across_border and "outside_district" in service_points.columns:
        outside = service_points["outside_district"].to_numpy(dtype=bool)
    complete = of_point["filing_status"].isin(FILING_COMPLETE)
    return pd.DataFrame(
        {
            "state": ~accepted.to_numpy(),
            "filing": ((level == "备案") & ~complete).to_numpy(),
            "level": ~level.isin(standard.levels).to_numpy(),
            "provider": ~of_point["provider_type"].isin(standard.providers).to_numpy(),
            "delivery": ~service_points["delivery"].isin(standard.deliveries).to_numpy(),
            "unplaced": np.asarray(service_points.geometry.isna()),
            "outside": outside,
        },
        index=service_points.index,
        columns=list(REASONS),
    )
