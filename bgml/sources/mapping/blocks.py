"""Running a declaration: its blocks make rows of the staged tables out of raw ones, and every raw row gets its fate."""

from __future__ import annotations

import datetime

import duckdb

from bgml.errors import SettingsError, nearest
from bgml.sources.declaration import TARGETS, Block
from bgml.sources.mapping.asides import case_of, stated
from bgml.sources.mapping.opening import Opened, Source
from bgml.sources.mapping.staging import ASIDE, IDS, MERGED, NEEDED, RECORDS, TIMES, USED, staged_columns
from bgml.sources.raw import quoted


def run_blocks(connection: duckdb.DuckDBPyConnection, source: Source, now: datetime.datetime) -> dict[str, str]:
    """Stage the rows of every block of a source whose raw table is there; returns why times are not to be trusted, by what has them."""
    undated = {}
    connection.execute(f"SET search_path = '{source.space},main'")
    try:
        for target in TARGETS:
            for number, block in enumerate(source.declaration.blocks[target], 1):
                opened = source.tables[block.source]
                if opened.found is not None:
                    with stated(f"{source.declaration.path.name}, [[{target}]] {number}", opened.found.where):
                        staged = _run_block(connection, source, target, block, opened, now)
                    if staged and block.undated:
                        undated[f"{target} from {opened.found.where} ({staged:,})"] = block.undated
    finally:
        connection.execute("SET search_path = 'main'")
    return undated


def _run_block(
    connection: duckdb.DuckDBPyConnection, source: Source, target: str, block: Block, opened: Opened, now: datetime.datetime
) -> int:
    """Stage the rows of one block that can be used, and note the others with the reason; returns how many were staged."""
    kinds = staged_columns(target)
    unknown = [name for name in block.columns if name not in kinds]
    if unknown:
        raise SettingsError(f'"{unknown[0]}" is not a column of {target}{nearest(unknown[0], kinds)}')
    columns = {name: f"CAST({_with_prefix(source, target, block, name, text)} AS {kinds[name]})" for name, text in block.columns.items()}
    selected = ", ".join(f"{text} AS {name}" for name, text in columns.items())
    fate, outside = case_of(block.aside), case_of(block.outside)
    chosen = f"SELECT {block.source}._row AS _row, {fate} AS _aside, {outside} AS _outside, {selected}"
    inner = f"{chosen} FROM {block.source} {block.join} WHERE {block.where}"
    checked = f"coalesce(_aside, _outside, CASE {_faults(target, set(columns), now)} END)"
    connection.execute(f"CREATE TEMP TABLE block AS SELECT * REPLACE ({checked} AS _aside) FROM ({inner})")
    names = ", ".join(columns)
    staged = connection.execute(
        f"INSERT INTO main.staged_{target} (_source, _raw, _row, {names}) "
        f"SELECT {source.number}, {opened.number}, _row, {names} FROM block WHERE _aside IS NULL"
    ).fetchone()
    connection.execute(f"INSERT INTO main.fates SELECT {opened.number}, _row, {ASIDE}, _aside FROM block WHERE _aside IS NOT NULL")
    if block.outside and target in RECORDS:
        connection.execute(
            f"INSERT INTO main.outsiders SELECT DISTINCT {source.number}, '{target}', {NEEDED[target][0]}, _outside FROM block "
            "WHERE _outside IS NOT NULL"
        )
    if target == "merges":
        makes = any(other.source == block.source for kind in RECORDS for other in source.declaration.blocks[kind])
        fate = f"{MERGED}, why" if makes else f"{USED}, NULL"
        connection.execute(f"INSERT INTO main.fates SELECT {opened.number}, _row, {fate} FROM block WHERE _aside IS NULL")
    connection.execute("DROP TABLE block")
    return int(staged[0]) if staged else 0


def _with_prefix(source: Source, target: str, block: Block, name: str, text: str) -> str:
    """SQL of a column, ids made different from those of other sources."""
    prefix = source.id_prefix
    if name in IDS and prefix and not (name == "master" and "elsewhere" in block.columns):
        return f"{quoted(prefix)} || ({text})"
    if name in ("signal_id", "touch_id"):
        return f"{quoted(f'{source.label}:{block.source}:')} || ({text})"
    return f"({text})"


def _faults(target: str, columns: set[str], now: datetime.datetime) -> str:
    """SQL of the reasons no row of a target can have: something it needs is missing, or its time is none."""
    faults = [f"WHEN {name} IS NULL THEN {quoted(f'no {name} that can be read')}" for name in NEEDED[target]]
    end = (now + datetime.timedelta(days=1)).isoformat(sep=" ")
    for name in TIMES.get(target, ()):
        if name in columns:
            only = "outcome <> 'open' AND " if name == "closed_at" else ""
            faults.append(f"WHEN {only}{name} < TIMESTAMP '1990-01-01' THEN {quoted(f'{name} is before 1990')}")
            faults.append(f"WHEN {only}{name} >= TIMESTAMP '{end}' THEN {quoted(f'{name} is in the future')}")
    if target == "opportunities":
        faults.append("WHEN outcome <> 'open' AND closed_at IS NULL THEN 'closed, but nobody knows when'")
    if target == "opportunities" and "amount" in columns:
        faults.append("WHEN amount < 0 THEN 'negative amount: no purchase'")
    if target == "merges":
        faults.append("WHEN id = master THEN 'merged into itself'")
    return " ".join(faults)
