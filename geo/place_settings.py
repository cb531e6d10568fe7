"""What an office sets for the screens of a place: its own base map and the map review number.

The settings lie in ``settings.toml`` in the place's folder under `geo.ledger.home`,
for shipped places too: ``data/`` is never written. They change what a map looks like
and no figure, so they take no part in the content hash of a place.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from geo.errors import FileError, PlaceError
from geo.ledger import plain_name
from geo.whole_file import write_whole

SETTINGS = "settings.toml"
LONGEST_TEMPLATE = 500
LONGEST_TEXT = 200

_NEEDED = ("{x}", "{y}", "{z}")
_BRACED = re.compile(r"\{[^{}]*\}")
# Printable ASCII that cannot close an attribute, a string or a tag.
_TEMPLATE = re.compile(r"[!#$%&()*+,\-./:;=?@\[\]_~A-Za-z0-9{}]+")


@dataclass(frozen=True)
class PlaceSettings:
    """What an office set for the screens of a place; all empty until somebody sets it.

    Parameters
    ----------
    tile_template
        Address of base map tiles with ``{x}``, ``{y}`` and ``{z}`` (or ``{-y}``, counted
        from the south), such as an intranet server or Tianditu with its key. Empty: the
        place's own streets are the base map and no request is made.
    tile_attribution
        What the owner of the tiles wants to stand on the map; plain text, to be shown
        with ``textContent`` only.
    review_number
        The 审图号, printed on the map; empty prints nothing.

    Raises
    ------
    PlaceError
        The template is no such address, or a text is too long or has line breaks.
    """

    tile_template: str = ""
    tile_attribution: str = ""
    review_number: str = ""

    def __post_init__(self) -> None:
        """Refuse what could not be shown."""
        if self.tile_template:
            _check_template(self.tile_template)
        for text in (self.tile_attribution, self.review_number):
            if len(text) > LONGEST_TEXT or not text.isprintable():
                raise PlaceError("error.settings_text", given=text[:40], most=LONGEST_TEXT)


def read_settings(place_id: str, home: Path) -> PlaceSettings:
    """Return the settings of a place; the empty ones where none were made.

    Parameters
    ----------
    place_id
        Name of the place's folder; it need not exist.
    home
        See `geo.ledger.home`.

    Raises
    ------
    PlaceError
        The name cannot be a place, or a setting is wrong (somebody edited the file).
    FileError
        The file is not TOML.
    """
    path = settings_file(place_id, home)
    if not path.is_file():
        return PlaceSettings()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise FileError("error.file_not_toml", file=str(path), detail=str(fault)) from fault
    names = [field.name for field in fields(PlaceSettings)]
    given = {name: content[name] for name in names if name in content}
    wrong = [name for name, value in given.items() if not isinstance(value, str)]
    if wrong:
        raise PlaceError("error.settings_entry", file=str(path), entry="、".join(wrong))
    return PlaceSettings(**given)


def write_settings(place_id: str, home: Path, settings: PlaceSettings) -> Path:
    """Write the settings of a place whole; return the file.

    Raises
    ------
    PlaceError
        The name cannot be a place.
    FileError
        The file cannot be written; what stood there stands.
    """
    # A JSON string is a TOML string, but for the one control character JSON leaves as it is.
    lines = [
        f"{field.name} = {json.dumps(getattr(settings, field.name), ensure_ascii=False)}"
        for field in fields(settings)
    ]
    return write_whole(settings_file(place_id, home), ("\n".join(lines) + "\n").encode())


def settings_file(place_id: str, home: Path) -> Path:
    """Return where the settings of a place are kept."""
    return home / plain_name(place_id) / SETTINGS


def _check_template(template: str) -> None:
    if len(template) > LONGEST_TEMPLATE or not _TEMPLATE.fullmatch(template):
        raise PlaceError("error.tiles_letters", most=LONGEST_TEMPLATE)
    address = _split(template)
    if address is None or address.scheme not in ("http", "https") or not address.hostname:
        raise PlaceError("error.tiles_address")
    if address.username is not None or address.password is not None:
        raise PlaceError("error.tiles_password")
    braced = _BRACED.findall(template)
    there = ["{y}" if one == "{-y}" else one for one in braced]
    plain = _BRACED.sub("", template)
    if sorted(there) != sorted(_NEEDED) or "{" in plain or "}" in plain:
        raise PlaceError("error.tiles_braces")
    if any(mark in address.netloc for mark in "{}"):
        raise PlaceError("error.tiles_braces")


def _split(template: str) -> SplitResult | None:
    try:
        address = urlsplit(template)
        address.port  # noqa: B018  (reading it is what checks it)
    except ValueError:
        return None
    return address
