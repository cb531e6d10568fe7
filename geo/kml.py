"""KML as raw tables, read as a stream: one placemark in memory at a time.

A document with entities of its own, or nested deeper than any map, is refused
before it can grow.
"""

from __future__ import annotations

import xml.parsers.expat
from collections.abc import Callable

import shapely

from geo.delimited import decoded
from geo.errors import FileError
from geo.features import DEGREES, feature_table
from geo.raw_table import MOST_ROWS, RawTable
from geo.shape_bytes import finite

DEEPEST = 100
_CAPTURED = ("name", "description", "value", "SimpleData", "coordinates", "address")


def read_kml(content: bytes, file: str) -> RawTable:
    """Read the placemarks of a KML document.

    Name, description, address and extended data become columns; folders become
    the column 文件夹. Points, lines and polygons (also several in one placemark)
    become shapes in degrees.

    Raises
    ------
    FileError
        It is not KML, declares entities, or is nested too deeply.
    """
    document = _Document(file)
    parser = xml.parsers.expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = document.start
    parser.EndElementHandler = document.end
    parser.CharacterDataHandler = document.text
    parser.StartDoctypeDeclHandler = document.refuse
    parser.EntityDeclHandler = document.refuse
    try:
        parser.Parse(decoded(content, file)[0], True)
    except xml.parsers.expat.ExpatError as fault:
        row = len(document.records)
        raise FileError("error.xml_broken", file=file, line=fault.lineno, row=row) from fault
    if not document.is_kml:
        raise FileError("error.not_kml", file=file)
    return feature_table(document.records, document.shapes, file=file, crs=DEGREES)


class _Document:
    """What has been read so far, and where in the document the parser stands."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.is_kml = False
        self.records: list[dict[str, str]] = []
        self.shapes: list[shapely.Geometry | None] = []
        self._path: list[str] = []
        self._folders: list[str] = []
        self._record: dict[str, str] | None = None
        self._parts: list[shapely.Geometry] = []
        self._rings: list[list[tuple[float, float]]] = []
        self._heading = ""
        self._words: list[str] = []

    def refuse(self, *_: object) -> None:
        raise FileError("error.xml_entities", file=self.file)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rsplit(" ", 1)[-1]
        self._path.append(tag)
        if len(self._path) > DEEPEST:
            raise FileError("error.xml_too_deep", file=self.file, most=DEEPEST)
        self.is_kml = self.is_kml or tag in ("kml", "Placemark")
        if tag == "Folder":
            self._folders.append("")
        elif tag == "Placemark":
            self._record, self._parts = {}, []
            if len(self.records) >= MOST_ROWS:
                raise FileError("error.too_many_rows", file=self.file, most=MOST_ROWS)
        elif tag == "Polygon":
            self._rings = []
        elif tag in ("Data", "SimpleData"):
            self._heading = attributes.get("name", "")
        if tag in _CAPTURED:
            self._words = []

    def text(self, words: str) -> None:
        if self._path and self._path[-1] in _CAPTURED:
            self._words.append(words)

    def end(self, name: str) -> None:
        tag = self._path.pop()
        above = self._path[-1] if self._path else ""
        if tag == "Folder":
            self._folders.pop()
        elif tag == "Placemark" and self._record is not None:
            self._finish()
        elif tag == "coordinates":
            self._take_coordinates(above)
        elif tag == "Polygon" and self._rings:
            self._add(lambda: shapely.Polygon(self._rings[0], self._rings[1:]))
        elif tag in _CAPTURED:
            self._take_words(tag, above)

    def _take_words(self, tag: str, above: str) -> None:
        words = "".join(self._words)
        if tag == "name" and above == "Folder":
            self._folders[-1] = words.strip()
        elif self._record is None:
            return
        elif tag in ("value", "SimpleData"):
            self._record[self._heading or tag] = words
        elif above == "Placemark":
            self._record[tag] = words

    def _take_coordinates(self, above: str) -> None:
        points = _points("".join(self._words))
        if above == "Point" and points:
            self._add(lambda: shapely.Point(points[0]))
        elif above == "LineString" and len(points) > 1:
            self._add(lambda: shapely.LineString(points))
        elif above == "LinearRing" and len(points) > 2:
            self._rings.append(points)

    def _add(self, make: Callable[[], shapely.Geometry]) -> None:
        try:
            shape = make()
        except (shapely.errors.ShapelyError, ValueError):
            return
        if finite(shape):
            self._parts.append(shape)

    def _finish(self) -> None:
        record = self._record or {}
        folders = "/".join(one for one in self._folders if one)
        self.records.append({**record, **({"文件夹": folders} if folders else {})})
        kinds = {one.geom_type for one in self._parts}
        if not self._parts:
            shape = None
        elif len(self._parts) == 1:
            shape = self._parts[0]
        elif kinds == {"Polygon"}:
            shape = shapely.MultiPolygon(self._parts)
        else:
            shape = shapely.GeometryCollection(self._parts)
        self.shapes.append(shape)
        self._record = None


def _points(text: str) -> list[tuple[float, float]]:
    """Return the pairs of a KML coordinates element; heights are left off."""
    points = []
    for one in text.split():
        numbers = one.split(",")
        try:
            points.append((float(numbers[0]), float(numbers[1])))
        except (ValueError, IndexError):
            continue
    return points
