"""Bytes of a good file, damaged at random with a fixed seed."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterator


def damaged(content: bytes, *, seed: int, count: int) -> Iterator[bytes]:
    """Yield `count` damaged copies: bits turned, cut off, pieces swapped, doubled or blanked."""
    chance = random.Random(seed)
    for _ in range(count):
        copy = bytearray(content)
        for _ in range(chance.choice((1, 1, 2, 8, 64))):
            _damage(copy, chance)
        yield bytes(copy)


def _damage(copy: bytearray, chance: random.Random) -> None:
    if not copy:
        return
    at = chance.randrange(len(copy))
    length = chance.choice((1, 2, 4, 16, 256))
    kind = chance.randrange(7)
    if kind == 0:
        copy[at] ^= 1 << chance.randrange(8)
    elif kind == 1:
        copy[at : at + length] = bytes(chance.randrange(256) for _ in range(length))
    elif kind == 2:
        del copy[at:]
    elif kind == 3:
        del copy[at : at + length]
    elif kind == 4:
        copy[at:at] = copy[at : at + length] * chance.choice((1, 2, 50))
    elif kind == 5:
        copy[at : at + length] = b"\xff" * length
    else:
        copy[at : at + 4] = chance.choice((b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff"))


def damaged_inside(archive: bytes, *, seed: int, count: int) -> Iterator[bytes]:
    """Yield copies of a zip archive whose members are damaged but packed without a fault."""
    chance = random.Random(seed)
    with zipfile.ZipFile(io.BytesIO(archive)) as whole:
        members = {name: whole.read(name) for name in whole.namelist()}
    for number in range(count):
        victim = chance.choice(list(members))
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in members.items():
                spoilt = next(damaged(content, seed=seed * 1000 + number, count=1))
                packed.writestr(name, spoilt if name == victim else content)
        yield buffer.getvalue()
