"""Open the screens in a browser."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

ROOT = Path(__file__).resolve().parent.parent


def dashboard(
    *,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="option.port")] = None,
    address: Annotated[str, typer.Option(help="option.address")] = "127.0.0.1",
    browser: Annotated[bool, typer.Option(help="option.browser")] = True,
) -> None:
    """Serve ``streamlit_app.py`` until it is stopped."""
    from dashboard import warm_up  # noqa: PLC0415  (no other command needs these)

    warm_up.begin()
    from streamlit.web import cli  # noqa: PLC0415  (a second of imports)

    # Streamlit reads .streamlit/config.toml from the folder it is started in.
    os.chdir(ROOT)
    options = [f"--server.address={address}"]
    if port is not None:
        options.append(f"--server.port={port}")
    if not browser:
        options.append("--server.headless=true")
    sys.argv = ["streamlit", "run", str(ROOT / "streamlit_app.py"), *options]
    cli.main()
