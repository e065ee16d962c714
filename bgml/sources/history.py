"""What is known only as of today: columns without a date, which no past date may trust unless the user says so."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

ACCOUNT_COLUMNS = ("industry", "employees", "revenue", "region", "segment")
PERSON_COLUMNS = ("title", "department", "seniority")


@dataclass(frozen=True)
class Undated:
    """A column, or a kind of act, whose date cannot be trusted, and why."""

    name: str
    why: str


def undated_columns(connection: duckdb.DuckDBPyConnection) -> list[Undated]:
    """The filled columns of accounts and people for which only today's value is there."""
    found = [Undated(f"accounts.{name}", "only today's value is there") for name in _filled(connection, "accounts", ACCOUNT_COLUMNS)]
    dated = connection.execute("SELECT count(*) FROM final_people WHERE valid_from IS NOT NULL OR valid_to IS NOT NULL").fetchone()
    if not (dated and dated[0]):
        found += [Undated(f"people.{name}", "there is no history of people") for name in _filled(connection, "people", PERSON_COLUMNS)]
    return found


def _filled(connection: duckdb.DuckDBPyConnection, table: str, names: tuple[str, ...]) -> list[str]:
    counted = connection.execute(f"SELECT {', '.join(f'count({name})' for name in names)} FROM final_{table}").fetchone()
    return [name for name, rows in zip(names, counted or (), strict=True) if rows]


def static_columns(undated: list[Undated]) -> list[str]:
    """The undated columns of accounts and people, by their names alone."""
    return [name for table, _, name in (item.name.partition(".") for item in undated) if table in ("accounts", "people")]


def static_line(columns: list[str]) -> str:
    """The line of bgml.toml that lets undated columns be features all the same."""
    names = ", ".join(f'"{name}"' for name in columns)
    return f"static = [{names}]"
