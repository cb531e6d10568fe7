"""Protocol-buffer numbers and messages, many at a time in numpy.

A *varint* is a whole number in bytes of seven bits, lowest first; a byte of 128
or more says that another follows. Signed numbers are folded to and fro (0, -1,
1, -2 …) before they are packed. A message is a row of fields, each a key (number
of the field and kind of its value) and a value.

Source: Protocol Buffers documentation, "Encoding".
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Whole = npt.NDArray[np.int64]

PAD = 16  # zero bytes after the last one, so that no look ahead leaves the array
LONGEST = 10  # bytes of the longest varint
NUMBER, EIGHT_BYTES, STRETCH, FOUR_BYTES = 0, 1, 2, 5  # kinds of values
NO_FIELD = -1


class MalformedError(ValueError):
    """Bytes that are no message, or a rare form of one that is not read here."""


def padded(raw: bytes) -> Bytes:
    """Return bytes as an array with `PAD` zeros after them."""
    return np.frombuffer(raw + bytes(PAD), dtype=np.uint8)


def unpacked(data: Bytes) -> tuple[Whole, Whole]:
    """Return the varints that fill `data`, and the place after each.

    Raises
    ------
    MalformedError
        The last one is cut short, or one is longer than a varint can be.
    """
    last = np.flatnonzero(data < 128)
    if len(data) and (not len(last) or last[-1] != len(data) - 1):
        raise MalformedError("cut short")
    after = last + 1
    length = np.diff(after, prepend=0)
    longest = int(length.max(initial=0))
    if longest > LONGEST:
        raise MalformedError("no varint")
    # Most are as long as the longest or nearly so: whole columns, from the last byte back.
    value: Whole = data[last].astype(np.int64)
    for back in range(1, longest):
        more = np.flatnonzero(length > back)
        value[more] = (value[more] << 7) | (data[last[more] - back] & 127)
    return value, after


def signed(folded: Whole) -> Whole:
    """Return signed numbers from folded ones."""
    # Folded numbers fill 64 bits: the shift must not copy the uppermost one.
    half = (folded.view(np.uint64) >> np.uint64(1)).view(np.int64)
    return np.asarray(half ^ -(folded & 1))


def gathered(data: Bytes, start: Whole, stop: Whole) -> Bytes:
    """Return the stretches ``start:stop`` of `data` one after the other."""
    size = stop - start
    total = int(size.sum())
    before = np.cumsum(size) - size
    return data[np.repeat(start - before, size) + np.arange(total)]


def rows_of(data: Bytes, start: Whole, stop: Whole) -> tuple[Whole, Whole]:
    """Return the varints of many stretches, one after the other, and how many each holds."""
    values, after = unpacked(gathered(data, start, stop))
    upto = np.searchsorted(after, np.cumsum(stop - start), side="right")
    counts = np.diff(upto, prepend=0)
    if int(counts.sum()) != len(values):
        raise MalformedError("a number crosses the end of its field")
    return values, counts


def running(steps: Whole, counts: Whole) -> Whole:
    """Return the sums of steps, begun anew in every row of `counts` steps."""
    sums = np.cumsum(steps)
    before = np.cumsum(counts) - counts
    filled = counts > 0
    base = np.zeros(len(counts), dtype=np.int64)
    base[filled] = sums[before[filled]] - steps[before[filled]]
    return sums - np.repeat(base, counts)


def varint_at(data: Bytes, place: Whole) -> tuple[Whole, Whole]:
    """Return the varint that begins at each place, and the place after it."""
    value = data[place].astype(np.int64)
    after = place + 1
    more = np.flatnonzero(value >= 128)
    value &= 127
    for shift in range(7, 7 * LONGEST, 7):
        if not len(more):
            break
        # Zeros stand after the last byte: a number that is cut short ends there.
        byte = data[after[more]].astype(np.int64)
        value[more] |= (byte & 127) << shift
        after[more] += 1
        more = more[byte >= 128]
    if not len(more):
        return value, after
    raise MalformedError("no varint")


def fields(
    data: Bytes, start: Whole, stop: Whole, wanted: dict[int, int]
) -> dict[int, tuple[Whole, Whole]]:
    """Return where the wanted fields of many messages lie.

    All messages are read in step, field by field.

    Parameters
    ----------
    data
        Bytes, `padded`.
    start, stop
        Where each message begins and ends.
    wanted
        Number of a field → kind of its value.

    Returns
    -------
    Per field the beginning and the end of its value in every message, both
    `NO_FIELD` where a message has none.
    """
    found = {
        number: (np.full(len(start), NO_FIELD), np.full(len(start), NO_FIELD)) for number in wanted
    }
    row, place = np.arange(len(start)), start.copy()
    while len(row := row[place[row] < stop[row]]):
        key, after = varint_at(data, place[row])
        kind, number = key & 7, key >> 3
        held, begin = varint_at(data, np.minimum(after, len(data) - PAD))
        end = np.where(kind == STRETCH, begin + held, begin)
        end = np.where(kind == EIGHT_BYTES, after + 8, end)
        end = np.where(kind == FOUR_BYTES, after + 4, end)
        begin = np.where(kind == STRETCH, begin, after)
        known = np.isin(kind, (NUMBER, EIGHT_BYTES, STRETCH, FOUR_BYTES))
        if not known.all() or (end < after).any() or (end > stop[row]).any():
            raise MalformedError("a field leaves its message")
        for one, (begins, ends) in found.items():
            here = np.flatnonzero(number == one)
            of_row = row[here]
            # A list in pieces is allowed, and never written.
            if (kind[here] != wanted[one]).any() or (begins[of_row] != NO_FIELD).any():
                raise MalformedError("a field in an unusual form")
            begins[of_row], ends[of_row] = begin[here], end[here]
        place[row] = end
    return found


def spans(raw: bytes, start: int, stop: int) -> tuple[list[int], list[int], list[int]]:
    """Return the fields of one message.

    Returns
    -------
    Number of every field that holds a stretch of bytes, its beginning and its
    end. A plain number is given as minus its field, with its value as beginning.
    """
    numbers, begins, ends = [], [], []
    place = start
    try:
        while place < stop:
            key, place = _one(raw, place)
            held, place = _one(raw, place)
            kind = key & 7
            if kind == STRETCH:
                numbers.append(key >> 3)
                begins.append(place)
                place += held
            elif kind == NUMBER:
                numbers.append(-(key >> 3))
                begins.append(held)
            else:
                raise MalformedError("a field in an unusual form")
            ends.append(place)
    except IndexError as fault:
        raise MalformedError("cut short") from fault
    if place != stop:
        raise MalformedError("a field leaves its message")
    return numbers, begins, ends


def repeated(raw: bytes, data: Bytes, start: int, stop: int, number: int) -> tuple[Whole, Whole]:
    """Return beginnings and ends in a message that holds one field again and again.

    The same as `spans` for the thousands of fields of a block: only the step
    from one to the next cannot be taken for all of them at once.
    """
    heads: list[int] = []
    head, place = heads.append, start
    try:
        while place < stop:
            head(place)
            size = raw[place + 1]
            if size < 128:
                place += 2 + size
            elif (more := raw[place + 2]) < 128:
                place += 3 + (size & 127 | more << 7)
            else:
                size, place = _one(raw, place + 1)
                place += size
    except IndexError as fault:
        raise MalformedError("cut short") from fault
    if place != stop:
        raise MalformedError("a field leaves its message")
    at = np.array(heads, dtype=np.int64)
    if (data[at] != (number << 3 | STRETCH)).any():
        raise MalformedError("a mixed group")
    sizes, begins = varint_at(data, at + 1)
    return begins, begins + sizes


def _one(raw: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
        shift += 7
        if shift > 63:
            raise MalformedError("no varint")
