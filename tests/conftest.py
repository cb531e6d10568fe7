"""What every test relies on: our own `coverage`, and a plain grid of streets."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

import coverage

ROOT = Path(__file__).resolve().parent.parent

if Path(coverage.__file__).resolve().parent != ROOT / "coverage":
    pytest.exit(
        f"The tests found another package named coverage ({coverage.__file__}). "
        f"Run them from {ROOT} with `python -m pytest`, without pytest-cov.",
        returncode=4,
    )


# A law is judged by its answer: on a busy machine any example may take long.
settings.register_profile("yike", deadline=None)
settings.load_profile("yike")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT
