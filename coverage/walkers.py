"""Who walks: which edges are closed to them. Speed is the Standard's business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from geo.osm import KERB, NARROW, NO_WHEELS, STEPS


@dataclass(frozen=True)
class Walker:
    """A walker, and the flags of the edges closed to them."""

    name: str
    avoid: int = 0


ADULT = Walker("adult")
ELDER = Walker("elder")
# Wheels: no stairs, raised kerbs or stiles. A plain gate is no obstacle, only a doubt.
WHEELCHAIR = Walker("wheelchair", STEPS | KERB | NARROW | NO_WHEELS)
WALKER: Mapping[str, Walker] = {one.name: one for one in (ADULT, ELDER, WHEELCHAIR)}
