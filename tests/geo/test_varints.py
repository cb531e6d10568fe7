"""Numbers and messages of protocol buffers, against an encoder written out here."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.varints import (
    NO_FIELD,
    NUMBER,
    STRETCH,
    MalformedError,
    fields,
    gathered,
    padded,
    repeated,
    rows_of,
    running,
    signed,
    spans,
    unpacked,
    varint_at,
)
from tests.pbf import folded, plain, stretch, varint

WHOLE = st.integers(min_value=-(2**63), max_value=2**63 - 1)


def _array(raw: bytes) -> np.ndarray:
    return np.frombuffer(raw, dtype=np.uint8)


@given(st.lists(WHOLE))
def test_packed_numbers_come_back(numbers: list[int]) -> None:
    raw = b"".join(varint(one) for one in numbers)
    values, after = unpacked(_array(raw))
    assert values.tolist() == numbers
    assert after.tolist() == np.cumsum([len(varint(one)) for one in numbers]).tolist()
    at, end = varint_at(
        padded(raw), np.concatenate([[0], after[:-1]]).astype(np.int64)[: len(after)]
    )
    assert at.tolist() == numbers
    assert end.tolist() == after.tolist()


@given(st.lists(WHOLE))
def test_folded_numbers_come_back(numbers: list[int]) -> None:
    raw = b"".join(varint(folded(one)) for one in numbers)
    assert signed(unpacked(_array(raw))[0]).tolist() == numbers


@given(st.lists(st.lists(st.integers(min_value=-(2**40), max_value=2**40))))
def test_rows_keep_to_themselves(rows: list[list[int]]) -> None:
    packed = [b"".join(varint(folded(one)) for one in row) for row in rows]
    size = np.array([len(one) for one in packed], dtype=np.int64)
    stop = np.cumsum(size)
    values, counts = rows_of(padded(b"".join(packed)), stop - size, stop)
    assert counts.tolist() == [len(row) for row in rows]
    sums = running(signed(values), counts)
    assert sums.tolist() == [int(one) for row in rows for one in np.cumsum(row, dtype=np.int64)]


@given(st.lists(st.binary(max_size=300), max_size=20), st.integers(min_value=1, max_value=15))
def test_one_field_again_and_again(parts: list[bytes], number: int) -> None:
    raw = b"".join(stretch(number, one) for one in parts)
    begins, ends = repeated(raw, padded(raw), 0, len(raw), number)
    assert [raw[a:b] for a, b in zip(begins, ends, strict=True)] == parts
    numbers, same_begins, same_ends = spans(raw, 0, len(raw))
    assert numbers == [number] * len(parts)
    assert (same_begins, same_ends) == (begins.tolist(), ends.tolist())


@given(
    st.lists(
        st.tuples(st.booleans(), WHOLE, st.booleans(), st.binary(max_size=200), st.booleans()),
        max_size=12,
    )
)
def test_messages_are_read_in_step(messages: list[tuple[bool, int, bool, bytes, bool]]) -> None:
    raw, ends = b"", []
    for with_number, number, with_text, text, turned in messages:
        parts = [plain(1, number)] * with_number + [stretch(3, text)] * with_text
        parts.append(stretch(7, b"passed over"))
        raw += b"".join(parts[::-1] if turned else parts)
        ends.append(len(raw))
    stop = np.array(ends, dtype=np.int64)
    start = np.concatenate([[0], stop[:-1]]).astype(np.int64)[: len(stop)]
    data = padded(raw)
    found = fields(data, start, stop, {1: NUMBER, 3: STRETCH})
    for k, (with_number, number, with_text, text, _) in enumerate(messages):
        assert (found[1][0][k] != NO_FIELD) == with_number
        assert (found[3][0][k] != NO_FIELD) == with_text
        if with_number:
            assert varint_at(data, found[1][0][k : k + 1])[0].tolist() == [number]
        if with_text:
            assert raw[found[3][0][k] : found[3][1][k]] == text


@given(st.binary(max_size=60), st.integers(min_value=1, max_value=5))
def test_any_bytes_are_read_or_refused(raw: bytes, pieces: int) -> None:
    data, whole = padded(raw), (np.array([0]), np.array([len(raw)]))
    cuts = np.linspace(0, len(raw), pieces + 1).astype(np.int64)
    for read in (
        lambda: unpacked(_array(raw)),
        lambda: rows_of(data, cuts[:-1], cuts[1:]),
        lambda: fields(data, cuts[:-1], cuts[1:], {1: NUMBER, 2: STRETCH}),
        lambda: spans(raw, 0, len(raw)),
        lambda: repeated(raw, data, 0, len(raw), 1),
        lambda: varint_at(data, whole[0]),
    ):
        try:
            read()
        except MalformedError:
            continue


@pytest.mark.parametrize("raw", [b"\x80", b"\xff" * 11, b"\xff" * 10 + b"\x01"])
def test_no_varint_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        unpacked(_array(raw))
    with pytest.raises(MalformedError):
        varint_at(padded(b"\xff" * 11), np.array([0]))


def test_lists_in_pieces_and_other_kinds_are_refused() -> None:
    for raw in (stretch(2, b"a") + stretch(2, b"b"), plain(2, 5)):
        with pytest.raises(MalformedError, match="unusual"):
            fields(padded(raw), np.array([0]), np.array([len(raw)]), {2: STRETCH})
    for raw in (stretch(1, b"a") + stretch(2, b"b"), stretch(1, b"abc")[:-1]):
        with pytest.raises(MalformedError):
            repeated(raw, padded(raw), 0, len(raw), 1)


def test_nothing_is_gathered_from_nothing() -> None:
    none = np.empty(0, dtype=np.int64)
    assert len(gathered(padded(b"abc"), none, none)) == 0
    assert bytes(gathered(padded(b"abcd"), np.array([2, -1, 0]), np.array([4, -1, 1]))) == b"cda"
