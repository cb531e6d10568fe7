"""Papers are written whole and then renamed, as everything else in the house."""

from __future__ import annotations

from geo.whole_file import write_whole

__all__ = ["write_whole"]
