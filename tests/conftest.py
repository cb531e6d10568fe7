"""What every test relies on: our own `coverage`, and a plain grid of streets."""

from __future__ import annotations

from pathlib import Path

import pytest

import coverage

ROOT = Path(__file__).resolve().parent.parent

if Path(coverage.__file__).resolve().parent != ROOT / "coverage":
    pytest.exit(
        f"The tests found another package named coverage ({coverage.__file__}). "
        f"Run them from {ROOT} with `python -m pytest`, without pytest-cov.",
        returncode=4,
    )


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT
