"""Files are written whole and then renamed: nobody ever finds half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from geo.errors import FileError


def write_whole(path: Path, content: bytes) -> Path:
    """Write `content` to `path`, replacing what stood there, or leave everything as it was.

    Raises
    ------
    FileError
        The folder cannot be made or written, or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as fault:
        raise FileError("error.file_not_written", file=str(path), detail=str(fault)) from fault
    return path
