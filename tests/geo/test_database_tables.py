"""A table in PostgreSQL by URL, read from a real server that the tests start on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from geo import database_tables
from geo.check_report import check_file
from geo.errors import FileError
from geo.office_files import read_office_file

PASSWORD = "p@ss:wörd"  # noqa: S105  (of a server that lives as long as the tests)
POINTS = """
CREATE TABLE 名册 (
    组织名称 text, 登记或备案 text, 状态 text, 服务类别 text, 成立登记日期 date,
    更新时间 timestamp, 会员数 numeric, 照片 bytea, 标签 text[], 联系电话 text, geom {kind}
);
INSERT INTO 名册 VALUES
  ('示例一养老服务中心', '登记', '正常', 'A1', '2015-03-02', '2020-01-01 08:30', 12, '\\x00ff',
   '{{甲,乙}}', '13800138000', {one}),
  ('示例二人民调解室', '备案', '正常', 'B1', NULL, '2020-01-01', 1.5, NULL, NULL, '', {other}),
  ('示例三康复站', '登记', '注销', 'C1', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
"""
AREAS = """
CREATE SCHEMA 边界;
CREATE TABLE 边界.社区 (
    社区名称 text, 所属街道 text, 社区代码 char(12), 形状 geometry(Polygon, 4547)
);
INSERT INTO 边界.社区 VALUES
  ('示例东社区', '示例街道', '420106900001',
   ST_MakeEnvelope(510000, 3381000, 512000, 3382000, 4547)),
  ('示例西社区', '示例街道', '420106900002',
   ST_MakeEnvelope(512000, 3381000, 514000, 3382000, 4547));
"""


def tool(name: str) -> str | None:
    """Return a programme of PostgreSQL, which Debian keeps out of the path."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(map(str, places)))


@pytest.fixture(scope="module")
def psycopg() -> Any:
    return pytest.importorskip("psycopg", reason="the driver psycopg is not installed here")


@pytest.fixture(scope="module")
def address(psycopg: Any) -> Iterator[str]:
    """Start a server on this machine alone; yield the address of its database."""
    initdb, server = tool("initdb"), tool("postgres")
    if initdb is None or server is None:
        pytest.skip("there is no PostgreSQL server on this machine")
    # The server refuses to run as root; Debian's package brings a user of its own.
    root = getattr(os, "getuid", lambda: 1)() == 0
    as_user: dict[str, Any] = {"user": "postgres", "group": "postgres"} if root else {}
    folder = Path(tempfile.mkdtemp(prefix="yike-postgres-"))
    running = None
    try:
        if as_user:
            shutil.chown(folder, "postgres", "postgres")
        secret = folder / "secret"
        secret.write_text(PASSWORD, encoding="utf-8")
        secret.chmod(0o644)
        subprocess.run(
            [initdb, "-D", str(folder / "data"), "-U", "yike", "-A", "scram-sha-256",
             "--pwfile", str(secret), "-E", "UTF8", "--locale=C", "--no-sync"],
            check=True, capture_output=True, cwd=folder, **as_user,
        )  # fmt: skip
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        running = subprocess.Popen(
            [server, "-D", str(folder / "data"), "-p", str(port), "-k", str(folder),
             "-h", "127.0.0.1", "-c", "fsync=off", "-c", "shared_buffers=16MB"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **as_user,
        )  # fmt: skip
        url = f"postgresql://yike:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/postgres"
        _wait(psycopg, url)
        yield url
    finally:
        if running is not None:
            running.terminate()
            running.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(psycopg: Any, url: str) -> None:
    import time

    for _ in range(150):
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the server of the test did not start within half a minute")


@pytest.fixture(scope="module")
def plain(psycopg: Any, address: str) -> str:
    """Return the address of a database with tables but without PostGIS."""
    with psycopg.connect(address, autocommit=True) as connection:
        kinds = {"kind": "text", "one": "'POINT (114.3 30.55)'", "other": "NULL"}
        connection.execute(POINTS.format(**kinds))
        connection.execute("CREATE TABLE wide AS SELECT repeat('长', 1000) AS 组织名称, n FROM "
                           "generate_series(1, 3000) n")  # fmt: skip
        connection.execute("CREATE VIEW 慢 AS SELECT pg_sleep(30)::text AS 组织名称")
    return address


@pytest.fixture(scope="module")
def spatial(psycopg: Any, plain: str) -> str:
    """Return the address of a database with PostGIS."""
    with psycopg.connect(plain, autocommit=True) as connection:
        query = "SELECT count(*) FROM pg_available_extensions WHERE name = 'postgis'"
        if not connection.execute(query).fetchone()[0]:
            pytest.skip("the server on this machine has no PostGIS")
        connection.execute("CREATE DATABASE gis")
    url = plain.removesuffix("/postgres") + "/gis"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION postgis")
        kinds = {
            "kind": "geometry",
            "one": "ST_SetSRID(ST_MakePoint(114.3, 30.55), 4490)",
            "other": "ST_SetSRID(ST_MakePoint(114.31, 30.56, 12), 4490)",
        }
        connection.execute(POINTS.format(**kinds))
        connection.execute(AREAS)
    return url


def table(url: str, name: str) -> str:
    return f"{url}?table={quote(name)}"


def test_a_register_with_points_of_postgis(spatial):
    (raw,) = read_office_file(table(spatial, "名册"))
    assert raw.shapes is not None
    assert raw.shapes.crs.to_epsg() == 4490
    row = raw.cells.iloc[0].to_dict()
    assert (row["成立登记日期"], row["更新时间"]) == ("2015-03-02", "2020-01-01 08:30:00")
    assert (row["会员数"], row["照片"], row["标签"]) == ("12", "", '["甲", "乙"]')
    report = check_file(table(spatial, "名册"))
    assert report.counts["rows_read"] == 3
    assert report.register is not None
    points = report.register.service_points.geometry
    assert [(round(one.x, 6), round(one.y, 6)) for one in points[:2]] == [
        (114.3, 30.55), (114.31, 30.56),
    ]  # fmt: skip
    assert "13800138000" not in report.register.register.to_csv()


def test_boundaries_of_a_schema(spatial):
    report = check_file(table(spatial, "边界.社区"))
    assert report.kind == "communities"
    assert report.counts == {
        "rows_read": 2, "accepted": 2, "repaired": 0, "doubtful": 0, "rejected": 0,
    }  # fmt: skip


def test_a_register_without_postgis(plain):
    report = check_file(table(plain, "名册"))
    assert report.counts["rows_read"] == 3
    assert report.register is not None
    first = report.register.service_points.geometry.iloc[0]
    assert (first.x, first.y) == (114.3, 30.55)


def test_files_and_rows_are_named_and_the_password_is_not(plain):
    report = check_file(table(plain, "名册"))
    assert set(report.rows["file"]) == {"127.0.0.1/postgres"}
    assert set(report.rows["sheet"]) == {"名册"}
    assert report.rows["row"].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("change", "named", "key"),
    [
        (("yike:", "niemand:"), "名册", "error.database"),
        (("/postgres", "/nirgends"), "名册", "error.database"),
        ((), "没有", "error.database"),
        ((), "名册; DROP TABLE 名册", "error.database"),
        ((), "", "error.database_url"),
    ],
    ids=["user", "base", "table", "command", "unnamed"],
)
def test_what_cannot_be_read_is_a_sentence_without_the_password(plain, change, named, key):
    url = plain.replace(*change) if change else plain
    with pytest.raises(FileError) as caught:
        read_office_file(table(url, named))
    assert caught.value.key == key
    assert PASSWORD not in str(caught.value)
    assert quote(PASSWORD, safe="") not in str(caught.value)
    assert caught.value.__cause__ is None
    # Nothing was dropped by a name that looks like a command.
    assert len(read_office_file(table(plain, "名册"))[0]) == 3


def test_a_slow_query_and_a_large_table_are_stopped(plain, monkeypatch):
    monkeypatch.setattr(database_tables, "SECONDS", 1)
    with pytest.raises(FileError) as caught:
        read_office_file(table(plain, "慢"))
    assert caught.value.key == "error.database"
    monkeypatch.setattr(database_tables, "SECONDS", 60)
    monkeypatch.setattr(database_tables, "MOST_LETTERS", 2_500_000)
    with pytest.raises(FileError) as caught:
        read_office_file(table(plain, "wide"))
    assert caught.value.key == "error.too_many_letters"
    monkeypatch.setattr(database_tables, "MOST_ROWS", 2_999)
    monkeypatch.setattr(database_tables, "MOST_LETTERS", 9_999_999)
    with pytest.raises(FileError) as caught:
        read_office_file(table(plain, "wide"))
    assert caught.value.key == "error.too_many_rows"


@pytest.mark.parametrize("url", ["postgresql://[::1/base?table=x", "postgresql://host?table=x"])
def test_an_address_that_is_none_is_a_sentence(psycopg, url):
    with pytest.raises(FileError) as caught:
        read_office_file(url)
    assert caught.value.key == "error.database_url"


def test_without_a_driver_the_sentence_says_what_to_do(monkeypatch):
    def absent(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(database_tables.importlib, "import_module", absent)
    with pytest.raises(FileError) as caught:
        read_office_file("postgresql://host/base?table=x")
    assert caught.value.key == "error.database_driver"
