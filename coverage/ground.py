"""What rules are measured on: the units of a place and the organisations in them.

Units stand in one order everywhere: the district, its subdistricts, its
communities. An organisation belongs to the community its register names, else
to the first of its service points that lies in one; without either it counts
for the district only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.reach import DISTRICT, CoverageResult
from coverage.standard import counting
from coverage.supplements import NOTHING, Supplements
from coverage.walking import Walks
from geo.place import Place, Words
from geo.tables import BASES, FILING_COMPLETE, GENERATED_UNIT_KINDS, STATES_ENDED, split_codes

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
TYPED = "typed"
REGISTER = "register"


@dataclass(frozen=True)
class Population:
    """A number of people for the whole district that somebody typed in, and what it is."""

    people: int
    words: Words


@dataclass(frozen=True, eq=False)
class Ground:
    """A place prepared for its rules."""

    place: Place
    result: CoverageResult
    walks: Walks | None
    supplements: Supplements
    population: Population | None

    @cached_property
    def units(self) -> pd.DataFrame:
        """``level``, ``unit_code``, ``unit``, ``unit_kind``, ``generated``, one row a unit."""
        communities = self.place.communities
        generated = communities["unit_kind"].isin(GENERATED_UNIT_KINDS)
        subdistricts = (
            communities.assign(generated=generated)
            .groupby("subdistrict_code", sort=False)
            .agg(unit=("subdistrict", "first"), generated=("generated", "all"))
        )
        district = pd.DataFrame(
            {
                "level": DISTRICT,
                "unit_code": self.place.place_id,
                "unit": self.place.name.zh,
                "unit_kind": "",
                "generated": False,
            },
            index=[0],
        )
        middle = pd.DataFrame(
            {
                "level": "subdistrict",
                "unit_code": subdistricts.index,
                "unit": subdistricts["unit"].to_numpy(),
                "unit_kind": "",
                "generated": subdistricts["generated"].to_numpy(),
            }
        )
        base = pd.DataFrame(
            {
                "level": "community",
                "unit_code": communities.index,
                "unit": communities["name"].to_numpy(),
                "unit_kind": communities["unit_kind"].to_numpy(),
                "generated": generated.to_numpy(),
            }
        )
        return pd.concat([district, middle, base], ignore_index=True)

    @cached_property
    def all_generated(self) -> Bools:
        """Whether every community of each unit was derived, so that none is a real one."""
        generated = self.units["generated"].to_numpy(np.bool_, copy=True)
        generated[0] = self.units.loc[self.units["level"] == "community", "generated"].all()
        return generated

    @cached_property
    def subdistrict_of(self) -> npt.NDArray[np.intp]:
        """The position of each community's subdistrict among the subdistricts."""
        codes = self.units.loc[self.units["level"] == "subdistrict", "unit_code"]
        of: npt.NDArray[np.intp] = pd.Index(codes).get_indexer(
            self.place.communities["subdistrict_code"]
        )
        return of

    def of_communities(self, values: npt.NDArray[Any], *, district: float | None = None) -> Floats:
        """Return a number per unit from one per community; `district` where more is known."""
        numbers = np.asarray(values, dtype=np.float64)
        subdistricts = int((self.units["level"] == "subdistrict").sum())
        middle = np.bincount(self.subdistrict_of, weights=numbers, minlength=subdistricts)
        whole = numbers.sum() if district is None else district
        return np.concatenate([[whole], middle, numbers])

    def of_kinds(self, kinds: tuple[str, ...]) -> Bools:
        """Return whether each community is of the kinds a clause is about; none: any with people.

        A factory area or a farm (虚拟) has a code and usually no residents: it stands
        in no average.
        """
        own = self.place.communities["unit_kind"]
        return np.asarray(own.isin(kinds) if kinds else own != "虚拟", dtype=np.bool_)

    @cached_property
    def organisations(self) -> pd.DataFrame:
        """The register's social organisations, with ``at``: row of their community, or -1."""
        register = pd.DataFrame(self.place.register.drop(columns="geometry", errors="ignore"))
        homes = home_communities(self.place)
        at = self.place.communities.index.get_indexer(homes)
        return register.assign(at=at)[register["provider_type"] == "社会组织"]

    def chosen(self, selection: Mapping[str, Any]) -> Bools | str:
        """Return which organisations a selection of the rules file means.

        A text instead names the register column that is missing or empty.
        """
        register = self.organisations
        filed = register["level"] == "备案"
        which = register["level"].isin(selection.get("levels", ("登记", "备案")))
        which &= ~filed | register["filing_status"].isin(FILING_COMPLETE)
        if "states" in selection:
            which &= register["state"].isin(selection["states"])
        else:
            which &= ~register["state"].isin(STATES_ENDED)
        if "legal_forms" in selection:
            which &= register["legal_form"].isin(selection["legal_forms"])
        if "categories" in selection:
            which &= register["category"].str.startswith(tuple(selection["categories"]))
        if "column" in selection:
            column = selection["column"]
            if column not in register.columns or not (register[column].astype("str") != "").any():
                return str(column)
            which &= register[column].astype("str").str.startswith(tuple(selection["values"]))
        return which.to_numpy(dtype=np.bool_)

    def tally(self, which: Bools, weights: Floats | None = None) -> Floats:
        """Return how many of the chosen organisations each unit has (or their weights' sum)."""
        at = self.organisations["at"].to_numpy()
        weight = which.astype(np.float64) if weights is None else np.where(which, weights, 0.0)
        placed = at >= 0
        here = np.bincount(
            at[placed], weights=weight[placed], minlength=len(self.place.communities)
        )
        return self.of_communities(here, district=float(weight.sum()))

    def people(self, column: str) -> Floats | None:
        """Return the residents of each unit, or None where nobody counted them."""
        if column not in self.place.count_columns:
            return None
        counts = self.place.residents.groupby("community_code")[column].sum()
        here = counts.reindex(self.place.communities.index, fill_value=0).to_numpy(np.float64)
        numbers = self.of_communities(here)
        if column == "people" and self.population is not None:
            numbers[0] = self.population.people
        return numbers

    def basis(self, column: str) -> npt.NDArray[np.object_]:
        """Return what the residents of each unit rest on: the weakest basis, or ``typed``."""
        seen = set(self.place.residents[f"basis_{column}"].unique())
        bases = np.full(len(self.units), max(seen, key=BASES.index), dtype=object)
        if column == "people" and self.population is not None:
            bases[0] = TYPED
        return bases

    @cached_property
    def present(self) -> pd.DataFrame:
        """Bool, communities x categories: a counting organisation of the category stands there."""
        points = self.place.service_points
        counts = counting(self.place.register, points, self.result.standard).to_numpy()
        pairs = points.loc[counts, ["community_code", "categories"]]
        pairs = pd.DataFrame(pairs).assign(category=pairs["categories"].map(split_codes))
        pairs = pairs.explode("category").dropna(subset=["category"])
        table = pd.crosstab(pairs["community_code"], pairs["category"]) > 0
        communities, codes = self.place.communities.index, list(self.place.taxonomy.codes)
        return table.reindex(index=communities, columns=codes, fill_value=False)


def standing(register: pd.DataFrame) -> pd.Series:
    """Return which organisations of a register exist: social ones, not ended, filings complete.

    Wider than what covers anybody: an inactive organisation still stands in
    the register and counts for the indicators of it. 台账 does not.
    """
    filed = (register["level"] == "备案") & register["filing_status"].isin(FILING_COMPLETE)
    exists = ((register["level"] == "登记") | filed) & ~register["state"].isin(STATES_ENDED)
    return pd.Series(exists & (register["provider_type"] == "社会组织"), name="standing")


def home_communities(place: Place) -> pd.Series:
    """Return the community each organisation of the register belongs to, ``""`` for none."""
    points, codes = place.service_points, place.communities.index
    inside = points[points["community_code"] != ""]
    first = inside.drop_duplicates("organisation_id").set_index("organisation_id")
    homes = first["community_code"].reindex(place.register.index).fillna("")
    if "community_code" in place.register.columns:
        stated = place.register["community_code"]
        homes = stated.where(stated.isin(codes), homes)
    return pd.Series(homes, name="community_code")


def ground_of(
    place: Place,
    result: CoverageResult,
    *,
    walks: Walks | None = None,
    supplements: Supplements | None = None,
    population: Population | None = None,
) -> Ground:
    """Return a place prepared for its rules."""
    return Ground(place, result, walks, supplements or NOTHING, population)
