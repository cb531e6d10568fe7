"""What every peer is asked: the same streets and the same random services.

Nothing of the engine is imported here, so a peer's memory is its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

WITHIN_MM = 1_200_000  # a quarter of an hour at 80 m a minute
CATEGORIES = 8
NODES_PER_SERVICE = 500  # of one category; Wuchang has one to about 250 nodes
SITES, ORIGINS, CHANGES = 3_500, 20_000, 20

Whole = npt.NDArray[np.int64]
Short = npt.NDArray[np.int32]
Metres = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Streets:
    """Nodes in metres; edges once, from the lower node to the upper, in millimetres (int32)."""

    x: Metres
    y: Metres
    lower: Short
    upper: Short
    millimetres: Short


@dataclass(frozen=True, eq=False)
class Question:
    """Nodes: of the services of each category, of further ones, of sites and of origins."""

    categories: npt.NDArray[np.int64]
    changes: Whole
    sites: Whole
    origins: Whole


def question(streets: Streets) -> Question:
    """Return the same random nodes for everybody."""
    nodes, draw = len(streets.x), np.random.default_rng(20_240_501)
    services = max(nodes // NODES_PER_SERVICE, 20)
    drawn = draw.permutation(nodes)[: CATEGORIES * services + CHANGES]
    return Question(
        categories=drawn[CHANGES:].reshape(CATEGORIES, services),
        changes=drawn[:CHANGES],
        sites=draw.choice(nodes, SITES, replace=False),
        origins=draw.choice(nodes, min(ORIGINS, nodes), replace=False),
    )


def save(path: Path, streets: Streets) -> None:
    """Write everything a worker needs."""
    np.savez(path, **vars(streets), **vars(question(streets)))


def load(path: Path) -> tuple[Streets, Question]:
    """Read what `save` wrote."""
    held = np.load(path)
    of = [{name: held[name] for name in one.__dataclass_fields__} for one in (Streets, Question)]
    return Streets(**of[0]), Question(**of[1])
