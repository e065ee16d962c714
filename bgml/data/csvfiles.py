"""Reading CSV strictly: every row has the header's fields, in UTF-8, or is set aside with its line number and text."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow

from bgml.errors import DataError

HEADER_BYTES = 1_000_000
PROBLEMS = {
    "MISSING COLUMNS": "too few fields",
    "TOO MANY COLUMNS": "too many fields",
    "UNQUOTED VALUE": "a quote that is not closed",
    "INVALID ENCODING": "bytes that are not UTF-8",
    "LINE SIZE OVER MAXIMUM": "a line of more than 2 MB",
}


@dataclass(frozen=True)
class Staged:
    """CSV files brought into one Parquet file whose columns are all text.

    `rejected` has a row per piece that is no row: file, line (its first), text, problem, lines (how many it spans).
    """

    path: Path
    rejected: pyarrow.Table


def stage(connection: duckdb.DuckDBPyConnection, files: list[Path], target: Path) -> Staged:
    """Read CSV files (comma, double quotes, header) into `target`; an empty field is null. DataError when a header cannot be used."""
    selects = [f"SELECT * FROM {_scan(file, header(file))}" for file in files]
    try:
        connection.execute(f"COPY ({' UNION ALL BY NAME '.join(selects)}) TO {_quoted(str(target))} (FORMAT parquet)")
        return Staged(target, _rejected(connection))
    except duckdb.InvalidInputException as error:
        if "state machine" in str(error):
            names = ", ".join(file.name for file in files)
            raise DataError(f"{names} mixes kinds of line ends; write it with one kind (\\n or \\r\\n)") from error
        raise
    finally:
        connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")


def header(file: Path) -> list[str]:
    """The column names a CSV file begins with; a column without a name is called unnamed_1, unnamed_2, ..."""
    with file.open("rb") as opened:
        start = opened.read(HEADER_BYTES)
    if not start.strip():
        raise DataError(f"{file.name} is empty; its first line should name the columns")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{file.name} is UTF-16; save it as UTF-8")
    try:
        line = next(csv.reader(io.StringIO(_decoded_line(start), newline=""), strict=True))
    except UnicodeDecodeError:
        raise DataError(f"the header of {file.name} is not UTF-8; save the file as UTF-8") from None
    except (csv.Error, StopIteration):
        raise DataError(f"the header of {file.name} cannot be read as comma-separated names") from None
    return _distinct(_named(line), file)


def _decoded_line(start: bytes) -> str:
    """The first line as text, without byte order mark."""
    return start.removeprefix(b"\xef\xbb\xbf").splitlines()[0].decode("utf-8")


def _named(line: list[str]) -> list[str]:
    if len(line) == 1 and any(mark in line[0] for mark in ";\t|"):
        raise DataError(f'the header "{line[0][:60]}" is not separated by commas; write the file with commas')
    return [name.strip() or f"unnamed_{position}" for position, name in enumerate(line, 1)]


def _distinct(names: list[str], file: Path) -> list[str]:
    """The names, when none is there twice; upper and lower case count as the same, as they do in a database."""
    seen: dict[str, str] = {}
    for name in names:
        if name.lower() in seen:
            raise DataError(f'{file.name} has two columns "{seen[name.lower()]}" and "{name}"; every column needs a name of its own')
        seen[name.lower()] = name
    return names


def _scan(file: Path, names: list[str]) -> str:
    columns = ", ".join(f"{_quoted(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({_quoted(str(file))}, auto_detect=false, header=true, delim=',', quote='\"', escape='\"', "
        f"strict_mode=true, store_rejects=true, columns={{{columns}}})"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _rejected(connection: duckdb.DuckDBPyConnection) -> pyarrow.Table:
    """What the reader refused, in order; the columns as `Staged` states them."""
    problems = " ".join(f"WHEN {_quoted(kind)} THEN {_quoted(problem)}" for kind, problem in PROBLEMS.items())
    rejected: pyarrow.Table = connection.execute(
        f"""SELECT parse_filename(file_path) AS file, line::BIGINT AS line, any_value(csv_line) AS text,
            CASE min(error_type::VARCHAR) {problems} ELSE lower(min(error_type::VARCHAR)) END AS problem,
            1 + length(rtrim(text, chr(10))) - length(replace(rtrim(text, chr(10)), chr(10), '')) AS lines
        FROM reject_errors JOIN reject_scans USING (scan_id, file_id) GROUP BY file_path, line ORDER BY file_path, line"""
    ).to_arrow_table()
    return rejected
