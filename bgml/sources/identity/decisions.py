"""What a person decided on merges: lines of merges.csv that are undone, pairs to keep apart, pairs that are one."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bgml.errors import DataError

MERGES, APART, TOGETHER = "merges.csv", "apart.csv", "together.csv"
PAIR = ("kind", "one", "other")
YES = ("yes", "y", "true", "1", "x", "undo")
NO = ("", "no", "n", "false", "0")


@dataclass(frozen=True)
class Decision:
    """One pair of records of a kind (accounts, people, opportunities), by their ids; `one` is the lesser."""

    kind: str
    one: str
    other: str


@dataclass(frozen=True)
class Decisions:
    """The pairs that stay apart and those that are one, in order and without repetition."""

    apart: tuple[Decision, ...] = ()
    together: tuple[Decision, ...] = ()


def read_decisions(folder: Path | None, kinds: tuple[str, ...]) -> Decisions:
    """The decisions in the folder of the former import; none without one.

    A line of merges.csv whose undo says yes is a pair to keep apart; such pairs stay in apart.csv, so the next import knows them too.
    Raises DataError naming the file and the line for one that cannot be understood.
    """
    if folder is None:
        return Decisions()
    undone = [_decision(row, "kept", "merged", kinds, where) for row, where in _lines(folder / MERGES) if _undone(row, where)]
    apart, together = ([_decision(row, "one", "other", kinds, where) for row, where in _lines(folder / name)] for name in (APART, TOGETHER))
    return Decisions(_ordered(apart + undone), _ordered(together))


def _ordered(decisions: list[Decision]) -> tuple[Decision, ...]:
    return tuple(sorted(set(decisions), key=lambda pair: (pair.kind, pair.one, pair.other)))


def _lines(path: Path) -> Iterator[tuple[dict[str, str], str]]:
    """The rows of a CSV file, each with where it stands; a program such as Excel may have written a mark, or semicolons."""
    if not path.is_file():
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as opened:
            first = opened.readline()
            opened.seek(0)
            rows = csv.DictReader(opened, delimiter=";" if first.count(";") > first.count(",") else ",")
            for row in rows:
                cells = {str(key).strip().lower(): (value or "").strip() for key, value in row.items() if key}
                yield cells, f"{path}, line {rows.line_num}"
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read: {error}; write it as CSV in UTF-8, or remove it") from None


def _undone(row: dict[str, str], where: str) -> bool:
    said = row.get("undo", "").lower()
    if said not in YES + NO:
        raise DataError(f'{where}: undo is "{row["undo"]}"; write yes to undo the merge, or leave it empty')
    return said in YES


def _decision(row: dict[str, str], one: str, other: str, kinds: tuple[str, ...], where: str) -> Decision:
    kind, pair = row.get("kind", ""), sorted((row.get(one, ""), row.get(other, "")))
    if kind not in kinds:
        raise DataError(f'{where}: the kind is "{kind}"; it must be {", ".join(kinds[:-1])} or {kinds[-1]}')
    if not pair[0] or pair[0] == pair[1]:
        raise DataError(f"{where}: {one} and {other} must be two different ids")
    return Decision(kind, *pair)


def create_decisions(connection: duckdb.DuckDBPyConnection, decisions: Decisions) -> None:
    """Make the tables `apart` and `together` (kind, one, other)."""
    for table, pairs in (("apart", decisions.apart), ("together", decisions.together)):
        connection.execute(f"CREATE TABLE {table} (kind VARCHAR, one VARCHAR, other VARCHAR)")
        if pairs:
            connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", [(pair.kind, pair.one, pair.other) for pair in pairs])
