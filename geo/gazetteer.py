"""From addresses to points, with what the office itself supplies.

A gazetteer is a table of addresses with coordinates. No service on the network
is asked: whoever has a geocoder passes a function instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.cell_text import match_key, numbers_apart
from geo.columns import ColumnMapping, propose_mapping
from geo.datum import parse_coordinates, parse_pair, to_wgs84
from geo.errors import TableError
from geo.raw_table import RawTable

Geocoder = Callable[[str], tuple[float, float] | None]

_NUMERALS = str.maketrans("〇零一二三四五六七八九两", "001234567892")
_COUNTED = re.compile(r"[〇零一二三四五六七八九十两]+(?=[段巷弄号楼栋幢单])")
_AFTER_NUMBER = re.compile(r"(号|號)(?!院|楼|線|线).*$")
_PROVINCE = re.compile(r"^\d{0,6}[^省市区]{2,7}(省|自治区)")
# No city: 友谊市场, 东米市街, 市口巷.
_CITY = re.compile(r"^\d{0,6}[^市区县]{2,7}?(市|自治州)(?!场|街(?!道)|巷|口)")
# 东湖城市花园: what might be such a word is only a city with a district behind it.
_WORDS_OF_CITIES = ("城市", "都市", "超市", "门市", "集市", "夜市", "菜市", "花市")
# A district, never a part of a housing estate: 光明小区, 水果湖社区, 工业园区.
_DISTRICT = re.compile(r"^[^市区县]{1,6}(?<![小社园院校厂片街景库])[区县]")


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """Addresses and their WGS-84 points, ready to be looked up."""

    points: dict[str, tuple[float, float]]
    doors: dict[str, tuple[float, float]]

    def find(self, address: str) -> tuple[float, float] | None:
        """Return longitude and latitude of `address`, or None.

        The whole address first, then the house number without floor and room.
        """
        if not address:
            return None
        key = address_key(address)
        return self.points.get(key) or self.doors.get(door_key(address))


def read_gazetteer(
    table: RawTable, *, system: str = "wgs84", mapping: ColumnMapping | None = None
) -> Gazetteer:
    """Make a gazetteer of a table with addresses and coordinates.

    Parameters
    ----------
    table
        Columns for the address and for longitude and latitude (or both in one).
    system
        Coordinate system of its numbers, one of `geo.datum.SYSTEMS`.
    mapping
        Which column is which, when the proposal is not right.

    Raises
    ------
    TableError
        There is no address column, or no coordinates.
    """
    columns = mapping or propose_mapping(table.cells, "gazetteer")
    heading = columns.heading("address")
    paired = columns.heading("coordinates")
    lon_heading, lat_heading = columns.heading("lon"), columns.heading("lat")
    if heading is None or (paired is None and (lon_heading is None or lat_heading is None)):
        raise TableError("error.gazetteer_columns", file=table.file)
    if lon_heading is not None and lat_heading is not None:
        x = parse_coordinates(table.cells[lon_heading])
        y = parse_coordinates(table.cells[lat_heading])
    else:
        pairs = [parse_pair(text) or (np.nan, np.nan) for text in table.cells[paired]]
        x, y = (np.array([pair[at] for pair in pairs], dtype=float) for at in (0, 1))
    lon, lat = to_wgs84(x, y, system=system)
    return _gazetteer(table.cells[heading].tolist(), lon, lat)


def _gazetteer(
    addresses: list[str], lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]
) -> Gazetteer:
    points: dict[str, tuple[float, float]] = {}
    doors: dict[str, tuple[float, float]] = {}
    for address, x, y in zip(addresses, lon.tolist(), lat.tolist(), strict=True):
        if address and np.isfinite(x) and np.isfinite(y):
            # The first entry of an address stands; a later one does not move it.
            points.setdefault(address_key(address), (x, y))
            doors.setdefault(door_key(address), (x, y))
    return Gazetteer(points, doors)


def address_key(address: str) -> str:
    """Return an address for comparing: simplified, without spaces, counted numbers in digits.

    Province, city and district in front are left off: offices write them or not.
    """
    plain = _COUNTED.sub(lambda found: _digits(found[0]), match_key(numbers_apart(address)))
    bare = _without_area(plain)
    return bare if len(bare) >= 3 else plain


def _without_area(address: str) -> str:
    """Return an address without the province, city and district in front of it."""
    rest = _PROVINCE.sub("", address)
    sure = rest != address
    while found := _CITY.match(rest):
        behind = rest[found.end() :]
        if found[0].endswith(_WORDS_OF_CITIES) and not _DISTRICT.match(behind):
            break
        rest, sure = behind, True
    return _DISTRICT.sub("", rest) if sure else rest


def door_key(address: str) -> str:
    """Return the part of an address up to the house number."""
    return _AFTER_NUMBER.sub("号", address_key(address))


def _digits(counted: str) -> str:
    if counted.count("十") > 1:
        return counted
    if "十" not in counted:
        return counted.translate(_NUMERALS)
    tens, _, ones = counted.partition("十")
    return str(int(tens.translate(_NUMERALS) or 1) * 10 + int(ones.translate(_NUMERALS) or 0))
