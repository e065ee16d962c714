"""SQL of the reasons for which rows are set aside, and faults in a declaration's SQL as sentences."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import duckdb

from bgml.data.warehouse import reading
from bgml.errors import DataError, SettingsError
from bgml.sources.declaration import Aside
from bgml.sources.raw import quoted


def case_of(asides: tuple[Aside, ...]) -> str:
    """SQL of the first reason that fits a row, null when none does."""
    whens = " ".join(f"WHEN {condition} THEN {_reason(reason, *more)}" for reason, condition, *more in asides)
    return f"CASE {whens} END" if whens else "CAST(NULL AS VARCHAR)"


def _reason(reason: str, value: str | None = None) -> str:
    """SQL of why a row is set aside, with a value of the row where the declaration wants one."""
    return f"{quoted(reason)} || coalesce(': ' || CAST({value} AS VARCHAR), '')" if value else quoted(reason)


@contextlib.contextmanager
def stated(place: str, where: str) -> Iterator[None]:
    """Turn faults in a declaration's SQL into a SettingsError that names the place in it, others into a DataError of the table."""
    try:
        with reading(where):
            yield
    except DataError as error:
        if isinstance(error.__cause__, (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)):
            said = " ".join(str(error.__cause__).split())
            raise SettingsError(f"{place} is no SQL that DuckDB runs: {said[:300]}") from error.__cause__
        raise
