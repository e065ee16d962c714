"""Opening what `data.url` names: a folder of files, a DuckDB file, or a database, each through Ibis."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pandas
import pyarrow
from ibis.backends.duckdb import Backend
from ibis.common.exceptions import IbisError

from bgml.data import csvfiles
from bgml.data.tables import TABLES
from bgml.errors import BgmlError, DataError, nearest
from bgml.project import Project

SCHEMES = ("postgres", "postgresql", "snowflake", "bigquery", "databricks", "mysql", "trino", "clickhouse", "redshift")
DAY = 86_400


@dataclass(frozen=True)
class Source:
    """One table as it was found.

    `rows` holds the columns as they are read; `where` names the file or table for messages; `text` says that every
    column is text still to be parsed (CSV), `rejected` the lines that are no rows at all.
    """

    name: str
    rows: ir.Table
    where: str
    text: bool = False
    rejected: pyarrow.Table | None = None


@dataclass
class Warehouse:
    """An open connection and the tables found behind it; the folder `work` is removed when the warehouse goes away.

    `notes` are sentences for the check's report on what was left out before it looked.
    """

    backend: Any
    where: str
    sources: dict[str, Source] = field(default_factory=dict)
    work: Path | None = None
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Have the working folder removed, by the process that made it."""
        if self.work is not None:
            weakref.finalize(self, _remove, self.work, os.getpid())

    @property
    def local(self) -> bool:
        """Whether DuckDB in this process does the work."""
        return bool(self.backend.name == "duckdb")


def _remove(work: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(work, ignore_errors=True)


@contextlib.contextmanager
def reading(where: str) -> Iterator[None]:
    """Turn whatever goes wrong while `where` is read into a DataError of one sentence."""
    try:
        yield
    except BgmlError:
        raise
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        problem = f"{where} does not fit into memory ({_first_line(error)})"
        raise DataError(f"{problem}; raise engine.memory, or free disk space for what does not fit") from error
    except (duckdb.Error, pyarrow.ArrowException, IbisError, OSError, UnicodeError, OverflowError) as error:
        raise DataError(f"{where} cannot be read: {_first_line(error)}; see that it is whole and of the kind its name says") from error


def _first_line(error: BaseException) -> str:
    """The first line of an error's text, shortened."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = (lines or [type(error).__name__])[0].rstrip(".;")
    return text if len(text) <= 200 else text[:197] + "..."


def connect_duckdb(threads: int, memory: int, work: Path | None = None) -> Backend:
    """An in-memory DuckDB behind Ibis: UTC, no downloads, no insertion order, spilling to `work`; `memory` in bytes."""
    config: dict[str, Any] = {
        "threads": threads,
        "memory_limit": f"{min(memory, _most_memory())}B",
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if work is not None:
        config["temp_directory"] = str(work / "spill")
    backend: Backend = ibis.duckdb.connect(**config)
    return backend


def _most_memory() -> int:
    """Four fifths of the machine's memory in bytes, the share DuckDB itself would take."""
    if not hasattr(os, "sysconf"):
        return 2**62
    return int(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 0.8)


def open_warehouse(project: Project) -> Warehouse:
    """The warehouse a project's `data.url` names, with every table of the contract it holds; DataError when it cannot be opened."""
    url = project.data_url()
    if "://" in url and not url.startswith("duckdb://"):
        return _open_database(url)
    path = Path(url.removeprefix("duckdb://"))
    if not path.exists():
        raise DataError(f"{path} does not exist; set [data] url to a folder of Parquet or CSV files, a .duckdb file or a database URL")
    if not path.is_dir() and path.suffix != ".duckdb":
        hint = f"; name its folder {path.parent} instead" if path.suffix in (".parquet", ".csv") else ""
        raise DataError(f"{path} is neither a folder nor a .duckdb file{hint}")
    work = _work_folder(project)
    with reading(str(path)):
        backend = connect_duckdb(project.threads(), project.settings.engine.memory_bytes, work)
    warehouse = Warehouse(backend, str(path), work=work)
    found = _folder_sources(warehouse, path) if path.is_dir() else _file_sources(warehouse, path)
    return _with_sources(warehouse, found)


def _work_folder(project: Project) -> Path:
    """A private folder of this process under the project's state, for what does not fit into memory."""
    _sweep(project.state)
    try:
        return Path(tempfile.mkdtemp(prefix=f"work-{os.getpid()}-", dir=project.state))
    except OSError as error:
        raise DataError(f"{project.state} cannot be written: {error.strerror}; reading the tables needs a working folder there") from error


def _sweep(state: Path) -> None:
    """Remove the working folders of processes that were killed: none of that id runs, and nothing was made there for a day."""
    for work in state.glob("work-*-*"):
        owner = work.name.split("-")[1]
        with contextlib.suppress(OSError):
            if owner.isdigit() and not _runs(int(owner)) and time.time() - work.stat().st_mtime > DAY:
                shutil.rmtree(work)


def _runs(process: int) -> bool:
    """Whether a process of this id runs on this machine."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def open_frames(frames: Mapping[str, pandas.DataFrame], threads: int, memory: int) -> Warehouse:
    """A warehouse over frames in memory; DataError for a table outside the contract or a column of mixed kinds."""
    warehouse = Warehouse(connect_duckdb(threads, memory), "the frames")
    sources = {}
    for name, frame in frames.items():
        if name not in TABLES:
            raise DataError(f'"{name}" is not a table of the contract{nearest(name, TABLES)}')
        sources[name] = Source(name, _register(warehouse, name, frame), f"the frame {name}")
    return _with_sources(warehouse, sources)


def _register(warehouse: Warehouse, name: str, frame: pandas.DataFrame) -> ir.Table:
    """A frame as a table of the warehouse."""
    frame = frame.copy(deep=False)
    for column in frame.select_dtypes("datetimetz"):
        frame[column] = frame[column].dt.tz_convert(None)
    try:
        arrow = pyarrow.Table.from_pandas(frame, preserve_index=False)
    except (pyarrow.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise DataError(f"{name} cannot be read: a column holds values of several kinds ({_first_line(error)})") from error
    with reading(f"the frame {name}"):
        warehouse.backend.con.register(f"raw_{name}", arrow)
        rows: ir.Table = warehouse.backend.table(f"raw_{name}")
        return rows


def _with_sources(warehouse: Warehouse, sources: dict[str, Source]) -> Warehouse:
    warehouse.sources.update({name: sources[name] for name in TABLES if name in sources})
    return warehouse


def _folder_sources(warehouse: Warehouse, folder: Path) -> dict[str, Source]:
    """The tables found in a folder, by name."""
    sources = {name: _folder_source(warehouse, folder, name) for name in TABLES}
    found = {name: source for name, source in sources.items() if source is not None}
    if not found:
        raise DataError(f"{folder} holds no table; it should hold signals.parquet or signals.csv, accounts, opportunities (docs/data.md)")
    return found


def _folder_source(warehouse: Warehouse, folder: Path, name: str) -> Source | None:
    """The table `name` of a folder: NAME.parquet, NAME.csv (either may be a folder of parts) or NAME/; None when there is none."""
    place = place_of(folder, name)
    if place is None:
        return None
    kind, files = parts(place)
    with reading(str(place)):
        if kind == "parquet":
            paths = [str(file) for file in files]
            rows = warehouse.backend.read_parquet(paths, table_name=f"raw_{name}", union_by_name=len(files) > 1)
            return Source(name, rows, place.name)
        assert warehouse.work is not None
        staged = csvfiles.stage(warehouse.backend.con, files, warehouse.work / f"{name}.parquet")
        rows = warehouse.backend.read_parquet(staged.path, table_name=f"raw_{name}")
        return Source(name, rows, place.name, text=True, rejected=staged.rejected)


def place_of(folder: Path, name: str) -> Path | None:
    """Where a folder holds a table; None when it has none, DataError when it has two."""
    places = [place for place in (folder / f"{name}.parquet", folder / f"{name}.csv", folder / name) if place.exists()]
    if len(places) > 1:
        raise DataError(f"{folder} holds {name} twice ({' and '.join(place.name for place in places)}); keep one of them")
    return places[0] if places else None


def parts(place: Path) -> tuple[str, list[Path]]:
    """Whether a place holds Parquet or CSV, and its files in order of name."""
    if place.is_file():
        return place.suffix[1:], [place]
    found = {kind: sorted(part for part in place.rglob(f"*.{kind}") if part.is_file()) for kind in ("parquet", "csv")}
    kinds = [kind for kind, files in found.items() if files]
    if len(kinds) != 1:
        held = "both Parquet and CSV files" if kinds else "no .parquet or .csv file"
        raise DataError(f"{place} holds {held}; a folder of parts holds files of one kind")
    return kinds[0], found[kinds[0]]


def _file_sources(warehouse: Warehouse, path: Path) -> dict[str, Source]:
    """The tables of a .duckdb file, opened read-only."""
    quoted = str(path).replace("'", "''")
    with reading(str(path)):
        warehouse.backend.con.execute(f"ATTACH '{quoted}' AS project_data (READ_ONLY, TYPE duckdb)")
        asked = "SELECT table_name FROM information_schema.tables WHERE table_catalog = 'project_data' AND table_schema = 'main'"
        present = sorted(name for (name,) in warehouse.backend.con.execute(asked).fetchall())
    found = {}
    for name in TABLES:
        if name in present:
            with reading(f"the table {name} of {path}"):
                found[name] = Source(name, warehouse.backend.table(name, database=("project_data", "main")), f"{path.name}: {name}")
    if not found:
        held = f"it holds {', '.join(present[:5])}" if present else "it holds no table at all"
        raise DataError(f"{path} has none of the tables {', '.join(TABLES)} in its schema main ({held})")
    return found


def _open_database(url: str) -> Warehouse:
    """A database behind a URL, as Ibis opens it."""
    scheme = url.split("://", 1)[0]
    if scheme not in SCHEMES:
        raise DataError(f'"{scheme}://" is not a warehouse bgml opens{nearest(scheme, SCHEMES)}; it opens {", ".join(SCHEMES)}')
    try:
        backend = ibis.connect(url)
        present = backend.list_tables()
    except Exception as error:  # every driver raises its own
        way_out = f"see that the URL is right and its driver is installed (`pip install 'bgml[{scheme}]'`)"
        raise DataError(f"the {scheme} warehouse cannot be opened: {_first_line(error)}; {way_out}") from error
    warehouse = Warehouse(backend, f"the {scheme} warehouse")
    found = {name: Source(name, backend.table(name), f"{scheme}: {name}") for name in TABLES if name in present}
    if not found:
        raise DataError(f"the {scheme} warehouse has none of the tables {', '.join(TABLES)}")
    return _with_sources(warehouse, found)
