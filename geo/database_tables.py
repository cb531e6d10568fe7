"""A table in PostgreSQL as a raw table, by URL.

The driver `psycopg` is only loaded when a table is asked for: few offices need it.
Shapes come as PostGIS hands them out, well-known binary in hexadecimal digits,
so a table reads alike with and without PostGIS types on this side.
"""

from __future__ import annotations

import importlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

from geo.errors import FileError
from geo.features import feature_table
from geo.raw_table import MOST_LETTERS, MOST_ROWS, RawTable

SECONDS = 60
ROWS_AT_ONCE = 2_000


def read_database_table(url: str) -> RawTable:
    """Read a table from PostgreSQL, with or without PostGIS.

    Parameters
    ----------
    url
        ``postgresql://user:password@host:port/base?table=schema.table``. The
        password may also come from the usual places (``PGPASSWORD``, ``.pgpass``).

    Raises
    ------
    FileError
        No driver is installed, no table is named, the database does not answer
        within a minute, or the table has more rows than Yike reads. A sentence
        never repeats the password.
    """
    driver = _driver()
    try:
        parts = urlsplit(url)
        named = parse_qs(parts.query).get("table", [""])[0]
        shown = f"{parts.hostname or ''}{parts.path}"
    except ValueError as fault:
        # A bracket that is never closed, or a query without an end: no address at all.
        raise FileError("error.database_url", file="postgresql") from fault
    if not named or not parts.path.strip("/"):
        raise FileError("error.database_url", file=shown)
    others = "&".join(one for one in parts.query.split("&") if not one.startswith("table="))
    address = parts._replace(query=others).geturl()
    names = [name for name in named.split(".") if name]
    try:
        options = f"-c statement_timeout={SECONDS * 1000} -c default_transaction_read_only=on"
        with driver.connect(address, connect_timeout=10, options=options) as connection:
            rows, headings = _fetch(connection, driver.sql, names, shown)
    except driver.Error as fault:
        # The driver's own words may hold the whole address, so only its kind is told.
        detail = type(fault).__name__
        code = getattr(fault, "sqlstate", None)
        detail = f"{detail} {code}" if code else detail
        raise FileError("error.database", file=shown, table=named, detail=detail) from None
    if len(rows) > MOST_ROWS:
        raise FileError("error.too_many_rows", file=shown, most=MOST_ROWS)
    records = [dict(zip(headings, row, strict=True)) for row in rows]
    table = feature_table(records, [None] * len(records), file=shown, sheet=named)
    return RawTable(table.file, table.sheet, table.cells, table.origin, title=named)


def _fetch(
    connection: Any, sql: Any, names: list[str], shown: str
) -> tuple[list[tuple[Any, ...]], list[str]]:
    # Identifiers are quoted by the driver: a table name is data, never a command.
    query = sql.SQL("SELECT * FROM {} LIMIT {}").format(
        sql.Identifier(*names), sql.Literal(MOST_ROWS + 1)
    )
    rows: list[tuple[Any, ...]] = []
    letters = 0
    # A cursor on the server's side: what is too large is noticed before it has all come.
    with connection.cursor(name="yike") as cursor:
        cursor.execute(query)
        headings = [column.name for column in cursor.description]
        while part := cursor.fetchmany(ROWS_AT_ONCE):
            rows += part
            letters += sum(len(cell) for row in part for cell in row if isinstance(cell, str))
            if letters > MOST_LETTERS:
                most = MOST_LETTERS // 1_000_000
                raise FileError("error.too_many_letters", file=shown, most=most)
    return rows, headings


def _driver() -> Any:
    try:
        driver = importlib.import_module("psycopg")
        importlib.import_module("psycopg.sql")
    except ImportError as fault:
        raise FileError("error.database_driver") from fault
    return driver
