"""Pass the tests."""

from __future__ import annotations

import os
from pathlib import Path

import typer

ROOT = Path(__file__).resolve().parent.parent

# Every argument, `--help` too, is pytest's.
CONTEXT_SETTINGS = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "help_option_names": [],
}


def test(context: typer.Context) -> None:
    """Run pytest on the checkout; its arguments and its exit code are passed on."""
    import pytest  # noqa: PLC0415  (an environment that only shows maps has none)

    # pytest looks for its settings where it is started.
    os.chdir(ROOT)
    raise typer.Exit(int(pytest.main(context.args)))
