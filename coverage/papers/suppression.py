"""Small counts of people stay out of papers, and no printed sum gives them away.

A measured count of 1 to 4 in a community could point at a person. In a file
that leaves the house it is left blank, and so are as many further counts as it
takes for no subtraction (district minus the other subdistricts, total minus
covered, one service against another with the same beneficiaries, a group
against its categories, and what standing on the list of gaps tells of a share)
to bring it back. Zero points at nobody and is printed;
the totals of the district always are. Screen and ``--json`` are internal and
stay exact.

How: a *second reading* of the table is looked for, in which every printed sum
still holds, no count is negative, and every small count is larger by the limit
itself. What differs between the two readings is left blank, so a reader cannot
tell them apart. Where no reading is found in time and none is proven not to
exist, everything below the district that the sums join is left blank.

Source: Fischetti, M. and Salazar-Gonzalez, J. J. (2000), Journal of the
American Statistical Association 95(451), 916-928 (protection by alternative
tables). It holds within one table: two files with different questions are two
tables, and that people of 80+ are also people of 60+ is not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coverage.papers.counted_cells import Cells, Layout, read_cells
from coverage.papers.second_reading import SecondReadings, linked, rows_among
from coverage.reach import DISTRICT, CoverageResult
from coverage.standard import Standard
from geo.errors import QuestionError
from geo.phrases import Phrase
from geo.taxonomy import Taxonomy

BELOW = 5
BLANK = "suppression.blank"  # phrase of the mark that stands in a blank cell


_HALVINGS = 5  # ways to tell the cells that go up from those that go down
_ALONE = 60  # cells worth looking at one by one

COVERAGE_LAYOUT = Layout()


@dataclass(frozen=True, eq=False)
class Suppressed:
    """A table fit to leave the house.

    Parameters
    ----------
    table
        The table given, counts as nullable whole numbers, blank where left
        out; derived columns blank with them.
    mask
        Bool, one column a count: left blank.
    exposed
        Bool like `mask`: left blank although the district's own totals,
        which are always printed, give it away (a district of one community).
    """

    table: pd.DataFrame
    mask: pd.DataFrame
    exposed: pd.DataFrame


def coverage_table(result: CoverageResult, kinds: CoverageResult | None = None) -> pd.DataFrame:
    """Return every count of a coverage result as one table, all three levels.

    Parameters
    ----------
    result
        The measured question.
    kinds
        The same question measured for the kinds of a scheme, when one file
        prints both.

    Returns
    -------
    DataFrame with ``level``, ``unit_code``, ``unit``, ``parent``, the columns of
    the result's tables and ``is_gap`` (missing for the district and
    without beneficiaries): what `suppressed` needs for one file.
    """
    if kinds is not None:
        return pd.concat([coverage_table(result), coverage_table(kinds)], ignore_index=True)
    communities = result.communities.assign(
        level="community",
        unit_code=result.communities["community_code"],
        parent="subdistrict/" + result.communities["subdistrict_code"],
    )
    subdistricts = result.subdistricts.assign(
        level="subdistrict", unit_code=result.subdistricts["subdistrict_code"], parent=DISTRICT
    )
    district = result.district.assign(level=DISTRICT, unit_code=DISTRICT, parent="")
    stacked = pd.concat([communities, subdistricts, district], ignore_index=True)
    # A subdistrict's code may begin like, or equal, a community's.
    with_level = stacked["level"] + "/" + stacked["unit_code"]
    below = (stacked["share"] < result.standard.gap_below).astype("boolean")
    stacked["is_gap"] = below.mask(stacked["share"].isna() | (stacked["level"] == DISTRICT))
    stacked["unit"] = with_level.where(stacked["level"] != DISTRICT, DISTRICT)
    return stacked


def coverage_layout(taxonomy: Taxonomy, standard: Standard) -> Layout:
    """Return the layout of `coverage_table`, groups joined to their categories.

    Whoever holds a list of gaps knows of every unit whether its share is
    below the cut-off of `standard`.
    """
    unions = {group.code: group.categories for group in taxonomy.groups}
    cut = Fraction(str(standard.gap_below))
    told = {"is_gap": ("covered", "beneficiaries", cut)}
    return replace(COVERAGE_LAYOUT, unions=unions, told=told)


def suppression_note(below: int = BELOW) -> Phrase:
    """Return the sentence that stands below a table with blank cells."""
    return Phrase.of("suppression.note", below=below)


def suppressed(
    table: pd.DataFrame, *, layout: Layout = COVERAGE_LAYOUT, below: int = BELOW
) -> Suppressed:
    """Return `table` with small measured counts left blank for good.

    Parameters
    ----------
    table
        One row a unit and subject, all levels that the file prints.
    layout
        How its counts hang together.
    below
        Measured counts from 1 to below - 1 are small.

    Raises
    ------
    TableError
        A column is missing, a unit and subject stand twice, a count is
        missing, negative or fractional, or one number is given two values.
    QuestionError
        `below` is not a whole number of 2 or more.
    """
    if not isinstance(below, (int, np.integer)) or isinstance(below, bool) or below < 2:
        raise QuestionError("error.suppression_below", given=str(below))
    cells = read_cells(table, layout, int(below))
    blank = cells.small.copy()
    exposed = np.zeros(len(blank), dtype=np.bool_)
    for members in linked(cells.equal, cells.at_most):
        if blank[members].any():
            _protect(cells, members, int(below), blank, exposed)
    return _left_blank(table, layout, blank[cells.of], exposed[cells.of])


def _protect(
    cells: Cells,
    members: NDArray[np.intp],
    below: int,
    blank: NDArray[np.bool_],
    exposed: NDArray[np.bool_],
) -> None:
    """Add to `blank` what the small counts among `members` need."""
    equal, _ = rows_among(cells.equal, members)
    at_most, which = rows_among(cells.at_most, members)
    readings = SecondReadings(
        value=cells.value[members],
        free=~cells.fixed[members],
        shown=np.bincount(cells.of.ravel(), minlength=len(cells.value))[members],
        equal=equal,
        at_most=at_most,
        most=cells.most[which],
    )
    small = np.flatnonzero(cells.small[members]).tolist()
    reading = readings.differing(dict.fromkeys(small, below), blank[members])
    if reading.change is not None:
        blank[members[reading.differs()]] = True
        return
    # The district is too small for all of them at once: as many at a time as it has room for.
    left, idle = small, 0
    for turn in count():
        reading = readings.moving(_directions(left, turn, below), blank[members])
        moved = reading.moved(left)
        if moved:
            blank[members[reading.differs()]] = True
            left = [cell for cell in left if cell not in moved]
        idle = 0 if moved else idle + 1
        if not left or idle == _HALVINGS:
            break
    # What is left moves on its own, or is told by what is always printed.
    if len(left) > _ALONE:
        blank[members[readings.free]] = True
        return
    for cell in left:
        alone = [
            readings.moving({cell: amount}, blank[members], least=1) for amount in (below, -below)
        ]
        found = next((one for one in alone if one.change is not None), None)
        if found is not None:
            blank[members[found.differs()]] = True
        elif all(one.decided for one in alone):
            exposed[members[cell]] = True
        else:
            # Not known to be safe in any smaller way: everything these sums join goes.
            blank[members[readings.free]] = True
            return


def _directions(cells: list[int], turn: int, below: int) -> dict[int, int]:
    """Return which of `cells` go up and which down: some must, so that others have room."""
    half = turn % _HALVINGS
    return {cell: -below if k >> half & 1 else below for k, cell in enumerate(cells)}


def _left_blank(
    table: pd.DataFrame, layout: Layout, blank: NDArray[np.bool_], exposed: NDArray[np.bool_]
) -> Suppressed:
    names = list(layout.counts)
    mask = pd.DataFrame(blank, index=table.index, columns=names)
    fit = table.copy()
    for name in names:
        fit[name] = table[name].astype("Int64").mask(mask[name])
    for name, sources in layout.derived.items():
        if name in fit.columns:
            fit[name] = fit[name].mask(mask[list(sources)].any(axis=1))
    return Suppressed(fit, mask, pd.DataFrame(exposed, index=table.index, columns=names))
