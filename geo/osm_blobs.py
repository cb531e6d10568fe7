"""The blocks of a .osm.pbf file, unpacked one at a time.

A file is a row of *blobs*, each a packed block (`geo.osm_pbf`) with its size.

What the format allows and nobody writes (other packings, history, lists in
pieces) raises `MalformedError`, as damage does: `geo.osm_file` then leaves the
file to osmium, which reads all of it or says what is wrong.

Source: OpenStreetMap wiki, "PBF Format", version 1.6.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from geo.osm_pbf import Block
from geo.varints import MalformedError, spans

MOST_HEADER, MOST_BLOCK = 64 * 2**10, 32 * 2**20  # bytes; the format's own limits
KEPT = 64 * 2**20  # bytes of unpacked blocks kept for the second look
KNOWN_FEATURES = frozenset({b"OsmSchema-V0.6", b"DenseNodes"})


class Blocks:
    """The blocks of a file, again and again; the packed form stays on the disk.

    Parameters
    ----------
    path
        A .osm.pbf file.
    keys
        The keys whose tags are read.

    Raises
    ------
    MalformedError
        The file is damaged or holds what is not read here.
    """

    def __init__(self, path: Path, keys: frozenset[bytes]) -> None:
        self.path, self.keys = path, keys
        self._kept: dict[int, Block] = {}
        self._room = KEPT

    def __iter__(self) -> Iterator[Block]:
        header_seen = False
        with self.path.open("rb") as file:
            while start := file.read(4):
                kind, size = _blob_header(file, start)
                if kind == b"OSMHeader":
                    _check_features(_unpacked_blob(file, size))
                    header_seen = True
                elif kind == b"OSMData" and header_seen:
                    yield self._block(file, size)
                elif kind == b"OSMData":
                    raise MalformedError("no header")
                else:
                    file.seek(size, 1)
        if not header_seen:
            raise MalformedError("no header")

    def _block(self, file: BinaryIO, size: int) -> Block:
        place = file.tell()
        if (kept := self._kept.get(place)) is not None:
            file.seek(size, 1)
            return kept
        block = Block(_unpacked_blob(file, size), self.keys)
        if len(block.raw) <= self._room:
            self._kept[place] = block
            self._room -= len(block.raw)
        return block


def _blob_header(file: BinaryIO, start: bytes) -> tuple[bytes, int]:
    """Return kind and size of the blob that follows."""
    length = int.from_bytes(start, "big")
    if len(start) < 4 or length > MOST_HEADER:
        raise MalformedError("no blob")
    raw = _read(file, length)
    kind, size = b"", -1
    for number, begin, end in zip(*spans(raw, 0, len(raw)), strict=True):
        if number == 1:
            kind = raw[begin:end]
        elif number == -3:
            size = begin
    if not 0 <= size <= MOST_BLOCK:
        raise MalformedError("no blob")
    return kind, size


def _unpacked_blob(file: BinaryIO, size: int) -> bytes:
    """Return the block in a blob, never more than the format's limit."""
    blob = _read(file, size)
    for number, begin, end in zip(*spans(blob, 0, size), strict=True):
        if number == 1:
            return blob[begin:end]
        if number == 3:
            unpack = zlib.decompressobj()
            try:
                raw = unpack.decompress(blob[begin:end], MOST_BLOCK)
            except zlib.error as fault:
                raise MalformedError("damaged") from fault
            if not unpack.eof:
                raise MalformedError("cut short")
            return raw
    raise MalformedError("another packing")


def _read(file: BinaryIO, size: int) -> bytes:
    raw = file.read(size)
    if len(raw) != size:
        raise MalformedError("cut short")
    return raw


def _check_features(raw: bytes) -> None:
    """Refuse a file that needs more than plain nodes, ways and relations."""
    for number, begin, end in zip(*spans(raw, 0, len(raw)), strict=True):
        if number == 4 and raw[begin:end] not in KNOWN_FEATURES:
            raise MalformedError("a feature not read here")
        if number == 5 and raw[begin:end] == b"LocationsOnWays":
            raise MalformedError("places inside ways")
