"""Writing .osm.pbf by hand, for forms that no library at hand writes."""

from __future__ import annotations

import zlib


def varint(number: int) -> bytes:
    """Return a whole number as a varint; negative ones fill 64 bits."""
    number &= 2**64 - 1
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def folded(number: int) -> int:
    """Return a signed number as an unsigned one: 0, -1, 1, -2 …"""
    return (number << 1) ^ (number >> 63)


def plain(field: int, number: int) -> bytes:
    """Return a field that holds a number."""
    return varint(field << 3) + varint(number)


def stretch(field: int, content: bytes) -> bytes:
    """Return a field that holds bytes."""
    return varint(field << 3 | 2) + varint(len(content)) + content


def packed(field: int, numbers: list[int], *, steps: bool = False) -> bytes:
    """Return a field that holds a list of numbers, as they are or as folded steps."""
    if steps:
        numbers = [folded(b - a) for a, b in zip([0, *numbers], numbers, strict=False)]
    return stretch(field, b"".join(varint(one) for one in numbers))


def blob(kind: str, block: bytes, *, form: str = "zlib") -> bytes:
    """Return a block as it stands in a file."""
    if form == "raw":
        body = stretch(1, block)
    elif form == "zlib":
        body = plain(2, len(block)) + stretch(3, zlib.compress(block))
    else:
        body = plain(2, len(block)) + stretch(int(form), block)
    head = stretch(1, kind.encode()) + plain(3, len(body))
    return len(head).to_bytes(4, "big") + head + body


def header(*features: str) -> bytes:
    """Return the first blob of a file."""
    needed = ("OsmSchema-V0.6", "DenseNodes", *features)
    return blob("OSMHeader", b"".join(stretch(4, one.encode()) for one in needed))
