"""Zip archives opened with a limit, without trusting what they say of themselves."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from geo.errors import FileError

MOST_UNPACKED = 400_000_000
MOST_MEMBERS = 5_000
_CHUNK = 1 << 20
_LOCAL_HEADER = 30
_FAULTS = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError)


def open_zip(content: bytes, file: str) -> zipfile.ZipFile:
    """Open an archive.

    Raises
    ------
    FileError
        It is broken, locked with a password, or has too many members.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = archive.infolist()
    except _FAULTS as fault:
        raise FileError("error.zip_broken", file=file) from fault
    if len(members) > MOST_MEMBERS:
        raise FileError("error.zip_too_large", file=file, most=MOST_UNPACKED // 1_000_000)
    if any(member.flag_bits & 1 for member in members):
        raise FileError("error.locked", file=file)
    return archive


def unpacked(content: bytes, archive: zipfile.ZipFile, file: str) -> dict[str, bytes]:
    """Return every member of `archive` by name, at most `MOST_UNPACKED` bytes in all.

    Raises
    ------
    FileError
        The archive is broken or unpacks to more than that.
    """
    left = MOST_UNPACKED
    members: dict[str, bytes] = {}
    for member in archive.infolist():
        if member.is_dir():
            continue
        parts = []
        for part in chunks(content, member, file):
            left -= len(part)
            if left < 0:
                raise FileError("error.zip_too_large", file=file, most=MOST_UNPACKED // 1_000_000)
            parts.append(part)
        members[member.filename] = b"".join(parts)
    return members


def chunks(content: bytes, member: zipfile.ZipInfo, file: str) -> Iterator[bytes]:
    """Yield what `member` really unpacks to, however large it claims to be.

    The module `zipfile` stops at the size an archive states; other readers do
    not, so a bomb is only found by unpacking to the true end.

    Raises
    ------
    FileError
        The member is broken, or packed in a way office files never are.
    """
    start = member.header_offset
    header = content[start : start + _LOCAL_HEADER]
    if len(header) < _LOCAL_HEADER or not header.startswith(b"PK\x03\x04"):
        raise FileError("error.zip_broken", file=file)
    begin = start + _LOCAL_HEADER + int.from_bytes(header[26:28], "little")
    begin += int.from_bytes(header[28:30], "little")
    packed = memoryview(content)[begin : begin + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        yield bytes(packed)
        return
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise FileError("error.zip_broken", file=file)
    inflate = zlib.decompressobj(-15)
    waiting = bytes(packed)
    try:
        while waiting and not inflate.eof:
            part = inflate.decompress(waiting, _CHUNK)
            if not part and waiting == inflate.unconsumed_tail:
                break
            yield part
            waiting = inflate.unconsumed_tail
    except zlib.error as fault:
        raise FileError("error.zip_broken", file=file) from fault
