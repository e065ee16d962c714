"""A PostgreSQL server for tests: the one BGML_TEST_POSTGRES names, else a private one started from the binaries found here."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import pandas as pd
import pyarrow as pa
import pytest

GIVEN = "BGML_TEST_POSTGRES"
TYPES = {"int64": "BIGINT", "int32": "INTEGER", "double": "DOUBLE PRECISION", "string": "TEXT", "large_string": "TEXT", "bool": "BOOLEAN"}


@dataclass(frozen=True)
class Server:
    """A server and a user of it who may create databases and users."""

    url: str

    def at(self, database: str, user: str | None = None, password: str | None = None) -> str:
        """The URL of a database, of another user where one is named."""
        parts = urlsplit(self.url)
        netloc = parts.netloc if user is None else f"{user}:{quote(password or '', safe='')}@{parts.netloc.rpartition('@')[2]}"
        return urlunsplit(parts._replace(netloc=netloc, path=f"/{database}"))

    def do(self, *statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run statements one by one; the rows of the last one."""
        import psycopg

        with psycopg.connect(self.at(database), autocommit=True) as connection:
            for statement in statements:
                done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """The server for a session of tests; skips where there is none, fails where CI says that there is one."""
    if given := os.environ.get(GIVEN):
        yield Server(given)
        return
    binaries = _binaries()
    if binaries is None or not _driver():
        reason = f"no PostgreSQL: set {GIVEN} to a URL, or install the server (apt-get install postgresql) and bgml[postgres]"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    home = Path(tempfile.mkdtemp(prefix="bgml-postgres-"))
    try:
        with _cluster(binaries, home) as server:
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _driver() -> bool:
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return False
    return True


def _binaries() -> Path | None:
    """Where initdb and postgres are: on the path, or where Debian keeps them, the newest first."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    kept = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return kept[-1].parent if kept else None


@contextlib.contextmanager
def _cluster(binaries: Path, home: Path) -> Iterator[Server]:
    """A cluster in a folder, on a port of its own, sorting text as English does and speaking to those with a password only."""
    password, port = secrets.token_hex(8), _free_port()
    (home / "password").write_text(password)
    owner: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
    if owner:
        for path in (home, home / "password"):
            shutil.chown(path, "postgres", "postgres")
    data = home / "data"
    locale = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]
    made = [binaries / "initdb", "-D", data, "-U", "tester", "--auth=scram-sha-256", f"--pwfile={home / 'password'}", "-E", "UTF8"]
    plain = {"cwd": home, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, "capture_output": True, "text": True, **owner}
    done = subprocess.run([*made, "--no-sync", *locale], **plain)
    if done.returncode:
        shutil.rmtree(data, ignore_errors=True)
        subprocess.run([*made, "--no-sync"], check=True, **plain)
    options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c fsync=off -c shared_preload_libraries=pg_stat_statements"
    control = [binaries / "pg_ctl", "-D", data, "-w", "-s"]
    log = home / "log"
    try:
        subprocess.run([*control, "-l", log, "-o", options, "start"], check=True, **{**plain, "capture_output": False})
        yield Server(f"postgresql://tester:{password}@127.0.0.1:{port}/postgres")
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **plain)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@contextlib.contextmanager
def database(server: Server) -> Iterator[str]:
    """A database of one test's own."""
    name = f"bgml_{secrets.token_hex(6)}"
    server.do(f'CREATE DATABASE "{name}"')
    try:
        yield name
    finally:
        server.do(f'DROP DATABASE "{name}" WITH (FORCE)')


def load(server: Server, name: str, frames: Mapping[str, pd.DataFrame], schema: str = "public", **types: str) -> None:
    """Put frames into a schema of a database; `types` gives a column's type by name where it is not the natural one."""
    import psycopg

    with psycopg.connect(server.at(name)) as connection, connection.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'.encode())
        for table, frame in frames.items():
            arrow = pa.Table.from_pandas(frame, preserve_index=False)
            columns = ", ".join(f'"{field.name}" {types.get(field.name) or _type(field.type)}' for field in arrow.schema)
            cursor.execute(f'CREATE TABLE "{schema}"."{table}" ({columns})'.encode())
            with cursor.copy(f'COPY "{schema}"."{table}" FROM STDIN'.encode()) as copy:
                for row in zip(*(column.to_pylist() for column in arrow.columns), strict=True):
                    copy.write_row(row)


def _type(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP"
    return "TEXT" if pa.types.is_null(kind) else TYPES[str(kind)]
