"""What the invention of a register works on: units, hosts of thin services, rows so far."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from draws import Draw

HOSTS = {"A": 0.30, "B1": 0.31, "C": 0.40}  # share of the units where such a service stands
TWICE = 0.5  # how much less likely a second one of a family is in the same unit


@dataclass
class Units:
    """The units organisations stand in: codes, and home points with their people.

    `points[k]` is an (n, 2) array of metres, `people[k]` the people there,
    `middle[k]` the home point nearest to the unit's centre of people. `across`
    are home points just outside `district`.
    """

    codes: list[str]
    points: list[np.ndarray]
    people: list[np.ndarray]
    district: shapely.Geometry
    across: np.ndarray
    middle: np.ndarray = field(init=False)
    central: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        held = list(zip(self.points, self.people, strict=True))
        means = np.array([np.average(xy, axis=0, weights=people) for xy, people in held])
        nearest = [
            xy[np.argmin(((xy - mean) ** 2).sum(axis=1))]
            for xy, mean in zip(self.points, means, strict=True)
        ]
        self.middle = np.array(nearest)
        totals = np.array([of.sum() for of in self.people])
        centre = np.average(means, axis=0, weights=totals)
        metres = np.sqrt(((means - centre) ** 2).sum(axis=1))
        # Two thirds fewer organisations at four kilometres from the middle.
        self.central = np.exp(-metres / 3600.0) * np.sqrt(totals / totals.mean())


@dataclass
class Invention:
    """The rows made so far, and what keeps them apart."""

    units: Units
    draw: Draw
    hosts: dict[str, np.ndarray]
    names: set[str] = field(default_factory=set)
    register: list[dict[str, object]] = field(default_factory=list)
    points: list[dict[str, object]] = field(default_factory=list)


def hosts_of(units: Units, draw: Draw) -> dict[str, np.ndarray]:
    """Choose the units where each of the thinly spread services stands: weights, mostly zero."""
    hosts = {}
    for family, share in HOSTS.items():
        left = units.central**0.8
        weights = np.zeros(len(left))
        for _ in range(round(share * len(left))):
            unit = draw.weighted(left)
            weights[unit] = 0.5 + units.central[unit]
            left[unit] = 0.0
        hosts[family] = weights
    return hosts


def unit_for(made: Invention, category: str) -> int:
    """Draw the unit an organisation stands in; thin services rarely stand twice in one."""
    family = {"A1": "A", "A2": "A", "A3": "A", "B1": "B1", "C1": "C", "C2": "C"}.get(category)
    if family is None:
        return made.draw.weighted(made.units.central)
    unit = made.draw.weighted(made.hosts[family])
    made.hosts[family][unit] *= TWICE
    return unit
