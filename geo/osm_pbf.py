"""A block of a .osm.pbf file as arrays.

A block holds some thousand nodes, ways or relations and a table of their
strings. It is taken apart in numpy, all its ways or nodes in step.

Source: OpenStreetMap wiki, "PBF Format", version 1.6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.varints import (
    NO_FIELD,
    NUMBER,
    STRETCH,
    MalformedError,
    Whole,
    fields,
    padded,
    repeated,
    rows_of,
    running,
    signed,
    spans,
    unpacked,
    varint_at,
)

NODE, DENSE, WAY, RELATION = 1, 2, 3, 4  # fields of a group
NANO = 1e9

Degrees = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tagged:
    """Ways or relations of one block, with those of their tags that are read.

    Parameters
    ----------
    ids
        Their numbers.
    row, key, value
        Per tag which of them it belongs to, and its strings in the block's table.
    listed
        Per one where the list of nodes (or of members) lies in `data`.
    """

    ids: Whole
    row: Whole
    key: Whole
    value: Whole
    listed: tuple[Whole, Whole]


@dataclass(frozen=True, eq=False)
class Nodes:
    """Nodes of one block: their numbers, and on demand their places and tags.

    Parameters
    ----------
    ids
        Their numbers.
    places
        Returns longitudes and latitudes in degrees, NaN for a node without place.
    tags
        Returns per tag that is read the node's row, and the key's and value's strings.
    """

    ids: Whole
    places: Callable[[], tuple[Degrees, Degrees]]
    tags: Callable[[], tuple[Whole, Whole, Whole]]


def _held(number: int, limit: int) -> int:
    """Return a number that its field can hold: damaged ones go beyond what numpy counts with."""
    if number >= limit:
        raise MalformedError("a number beyond its field")
    return number


class Block:
    """One unpacked block.

    Parameters
    ----------
    raw
        Its bytes.
    keys
        The keys whose tags are read.
    """

    def __init__(self, raw: bytes, keys: frozenset[bytes]) -> None:
        self.raw, self.data = raw, padded(raw)
        self.granularity, self.offset = 100, [0, 0]
        self.groups: list[tuple[int, int]] = []
        self.strings: list[bytes] = []
        for number, begin, end in zip(*spans(raw, 0, len(raw)), strict=True):
            if number == 1:
                begins, ends = repeated(raw, self.data, begin, end, 1)
                self.strings = [
                    raw[a:b] for a, b in zip(begins.tolist(), ends.tolist(), strict=True)
                ]
            elif number == 2:
                self.groups.append((begin, end))
            elif number == -17:
                self.granularity = _held(begin, 2**31)
            elif number in (-19, -20):
                # A plain signed number: negative ones fill 64 bits.
                held = _held(begin, 2**64)
                self.offset[-19 - number] = held - 2**64 if held >= 2**63 else held
        self._tagged: dict[int, list[Tagged]] = {}
        self.is_read = np.array([one in keys for one in self.strings], dtype=np.bool_)

    def stretches(self, kind: int) -> list[tuple[Whole, Whole]]:
        """Return the messages of one kind, group by group."""
        found = []
        for begin, end in self.groups:
            # A group holds one kind of thing: its first byte tells which.
            if begin < end and self.raw[begin] == (kind << 3 | STRETCH):
                found.append(repeated(self.raw, self.data, begin, end, kind))
        return found

    def tagged(self, kind: int) -> list[Tagged]:
        """Return the ways or relations with the tags that are read."""
        # Ways are asked for twice where squares are drawn as relations.
        if kind not in self._tagged:
            self._tagged[kind] = list(self._read_tagged(kind))
        return self._tagged[kind]

    def _read_tagged(self, kind: int) -> Iterator[Tagged]:
        listed = 8 if kind == WAY else 9
        wanted = {1: NUMBER, 2: STRETCH, 3: STRETCH, listed: STRETCH}
        for start, stop in self.stretches(kind):
            parts = fields(self.data, start, stop, wanted)
            if (parts[1][0] == NO_FIELD).any():
                raise MalformedError("no number")
            ids, _ = varint_at(self.data, parts[1][0])
            yield Tagged(ids, *self._tags(*parts[2], *parts[3]), parts[listed])

    def _tags(
        self, key_start: Whole, key_stop: Whole, value_start: Whole, value_stop: Whole
    ) -> tuple[Whole, Whole, Whole]:
        """Return of the tags that are read the owner, the key and the value."""
        key, counts = rows_of(self.data, key_start, key_stop)
        value, also = rows_of(self.data, value_start, value_stop)
        if not np.array_equal(counts, also):
            raise MalformedError("keys without values")
        self._check_strings(key)
        self._check_strings(value)
        row = np.repeat(np.arange(len(counts)), counts)
        kept = np.flatnonzero(self.is_read[key]) if len(key) else np.arange(0)
        return row[kept], key[kept], value[kept]

    def _check_strings(self, numbers: Whole) -> None:
        if len(numbers) and not (numbers.min() >= 0 and numbers.max() < len(self.strings)):
            raise MalformedError("a string that is not there")

    def node_lists(self, listed: tuple[Whole, Whole]) -> tuple[Whole, Whole]:
        """Return the nodes of ways one after the other, and how many each has."""
        steps, counts = rows_of(self.data, *listed)
        return running(signed(steps), counts), counts

    def member_ways(self, relations: Tagged, rows: Whole, start: Whole, stop: Whole) -> set[int]:
        """Return the ways among the members of some relations; their kinds lie at `start`."""
        steps, counts = rows_of(self.data, *(one[rows] for one in relations.listed))
        kinds, also = rows_of(self.data, start[rows], stop[rows])
        if not np.array_equal(counts, also):
            raise MalformedError("members without kinds")
        return set(running(signed(steps), counts)[kinds == 1].tolist())

    def kinds_of_members(self) -> list[tuple[Whole, Whole]]:
        """Return where the kinds of the members of all relations lie, group by group."""
        return [
            fields(self.data, start, stop, {10: STRETCH})[10]
            for start, stop in self.stretches(RELATION)
        ]

    def nodes(self) -> Iterator[Nodes]:
        """Return the nodes, group by group."""
        for start, stop in self.stretches(DENSE):
            for begin, end in zip(start.tolist(), stop.tolist(), strict=True):
                yield self._dense(begin, end)
        for start, stop in self.stretches(NODE):
            yield self._plain(start, stop)

    def _dense(self, begin: int, end: int) -> Nodes:
        at = {}
        for number, first, last in zip(*spans(self.raw, begin, end), strict=True):
            if number in at:
                raise MalformedError("a field in an unusual form")
            at[number] = self.data[first:last]
        nothing = self.data[:0]
        ids = np.cumsum(signed(unpacked(at.get(1, nothing))[0]))

        def places() -> tuple[Degrees, Degrees]:
            north, east = (np.cumsum(signed(unpacked(at.get(k, nothing))[0])) for k in (8, 9))
            return self._degrees(north, east, len(ids))

        def tags() -> tuple[Whole, Whole, Whole]:
            return self._dense_tags(unpacked(at.get(10, nothing))[0], len(ids))

        return Nodes(ids, places, tags)

    def _dense_tags(self, words: Whole, count: int) -> tuple[Whole, Whole, Whole]:
        """Return the tags of dense nodes: key, value, key, value … and a zero after every node."""
        closing = np.flatnonzero(words == 0)
        if not len(words):
            return words, words, words
        if len(closing) != count:
            raise MalformedError("tags of more or fewer nodes")
        self._check_strings(words)
        row = np.repeat(np.arange(count), np.diff(closing, prepend=-1))
        first = np.concatenate([[0], closing[:-1] + 1])
        is_key = ((np.arange(len(row)) - first[row]) % 2 == 0) & (words[: len(row)] != 0)
        place = np.flatnonzero(is_key & self.is_read[words[: len(row)]])
        return row[place], words[place], words[place + 1]

    def _plain(self, start: Whole, stop: Whole) -> Nodes:
        wanted = {1: NUMBER, 2: STRETCH, 3: STRETCH, 8: NUMBER, 9: NUMBER}
        parts = fields(self.data, start, stop, wanted)
        if any((parts[k][0] == NO_FIELD).any() for k in (1, 8, 9)):
            raise MalformedError("a node without number or place")
        ids, north, east = (signed(varint_at(self.data, parts[k][0])[0]) for k in (1, 8, 9))
        return Nodes(
            ids,
            lambda: self._degrees(north, east, len(ids)),
            lambda: self._tags(*parts[2], *parts[3]),
        )

    def _degrees(self, north: Whole, east: Whole, count: int) -> tuple[Degrees, Degrees]:
        if not len(north) == len(east) == count:
            raise MalformedError("nodes without places")
        latitude = (north * self.granularity + self.offset[0]) / NANO
        longitude = (east * self.granularity + self.offset[1]) / NANO
        # Writers mark a node without a place by one that is not on Earth.
        nowhere = (np.abs(latitude) > 90) | (np.abs(longitude) > 180)
        latitude[nowhere] = longitude[nowhere] = np.nan
        return longitude, latitude
