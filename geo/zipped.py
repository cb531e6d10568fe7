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
_NAMES_IN_UTF8 = 0x800
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

    Names are told with ``/`` and in the characters they were given; what macOS adds
    for itself is left out.

    Raises
    ------
    FileError
        The archive is broken or unpacks to more than that.
    """
    left = MOST_UNPACKED
    members: dict[str, bytes] = {}
    for member in archive.infolist():
        name = member_name(member)
        if not name or name.endswith("/") or name.startswith("__MACOSX/"):
            continue
        parts = []
        for part in chunks(content, member, file):
            left -= len(part)
            if left < 0:
                raise FileError("error.zip_too_large", file=file, most=MOST_UNPACKED // 1_000_000)
            parts.append(part)
        members[name] = b"".join(parts)
    return members


def member_name(member: zipfile.ZipInfo) -> str:
    """Return the name of a member: Windows in China packs names in GBK without saying so."""
    name = member.filename
    if not member.flag_bits & _NAMES_IN_UTF8:
        # What is not marked as UTF-8 is handed out as if it were code page 437.
        raw = name.encode("cp437", "replace")
        for encoding in ("ascii", "utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


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
