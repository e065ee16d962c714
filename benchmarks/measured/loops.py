"""The core columns as one would write them without bgml: a loop over as-of dates in pandas, Polars or DuckDB, or featuretools.

    python -m measured.loops CONTENDER FOLDER DATES OUT       # in benchmarks/, with a Python that has the library

Each reads FOLDER/signals.parquet and writes OUT/<as-of date>.parquet: account_id, topic and the columns of matrix.py, sorted. A group
has a row where a known person or visitor acted in the longest window. `bgml` and the Polars loop are those of matrix.py.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matrix
from matrix import CATEGORIES, COLUMNS, WINDOWS, as_of_dates

if TYPE_CHECKING:
    import pandas as pd

THREADS = 2
LONGEST = max(WINDOWS)
READ = ["account_id", "topic", "person_id", "visitor_id", "category", "occurred_at", "recorded_at"]


def duckdb_dates(folder: Path, dates: int, out: Path) -> None:
    """A query per date over a table that is loaded once, in order of time, so that each query skips what is outside its window."""
    import duckdb

    duckdb.sql(f"SET threads = {THREADS}")
    known = "greatest(occurred_at, coalesce(recorded_at, occurred_at))"
    duckdb.sql(f"CREATE TABLE signals AS SELECT {', '.join(READ)}, {known} AS known_at FROM '{folder}/signals.parquet'")
    for as_of in as_of_dates(dates):
        wanted = []
        for days in WINDOWS:
            recent = f"occurred_at >= DATE '{as_of}' - {days}"
            wanted.append(f"count(*) FILTER ({recent}) AS actions_{days}d")
            wanted += [f"count(*) FILTER ({recent} AND category = '{name}') AS actions_{name}_{days}d" for name in CATEGORIES]
            wanted.append(f"count(DISTINCT person_id) FILTER ({recent}) AS people_{days}d")
            wanted.append(f"count(DISTINCT visitor_id) FILTER ({recent} AND person_id IS NULL) AS visitors_{days}d")
        groups = f"""SELECT account_id, topic, {", ".join(wanted)} FROM signals
            WHERE occurred_at >= DATE '{as_of}' - {LONGEST} AND occurred_at < DATE '{as_of}' AND known_at < DATE '{as_of}'
            GROUP BY ALL HAVING count(person_id) + count(visitor_id) > 0"""
        query = f"SELECT account_id, topic, {', '.join(COLUMNS)} FROM ({groups}) ORDER BY account_id, topic"
        duckdb.sql(f"COPY ({query}) TO '{out}/{as_of}.parquet' (COMPRESSION lz4)")


def pandas_loop(folder: Path, dates: int, out: Path) -> None:
    """Filter the window of each date, group, count; flags, numbers of groups and the time a signal is known are prepared once."""
    signals = _read(folder)
    signals["group"] = signals.groupby(["account_id", "topic"], sort=True).ngroup()
    names = signals.drop_duplicates("group").set_index("group")[["account_id", "topic"]]
    for name in CATEGORIES:
        signals[f"actions_{name}"] = signals["category"] == name
    for as_of, window in _windows(signals, dates):
        parts = []
        for days in WINDOWS:
            recent = window[window["occurred_at"] >= _midnight(as_of, days)]
            grouped = recent.groupby("group")
            counts = grouped[[f"actions_{name}" for name in CATEGORIES]].sum()
            counts["actions"] = grouped.size()
            counts["people"] = _distinct(recent, "person_id")
            counts["visitors"] = _distinct(recent[recent["person_id"].isna()], "visitor_id")
            parts.append(counts.add_suffix(f"_{days}d"))
        found = parts[-1].join(parts[:-1]).fillna(0).astype("int64")
        someone = found[f"people_{LONGEST}d"] + found[f"visitors_{LONGEST}d"] > 0
        names.join(found[someone], how="inner").sort_index()[["account_id", "topic", *COLUMNS]].to_parquet(
            out / f"{as_of}.parquet", index=False, compression="lz4"
        )


def featuretools_cutoffs(folder: Path, dates: int, out: Path) -> None:
    """An entity set of groups and signals, a cutoff time per group and date, a training window per length of window.

    A signal's secondary time index is when it is recorded: at a cutoff before it featuretools leaves its facts empty.
    """
    import featuretools as ft
    import pandas as pd
    from woodwork.logical_types import Categorical, Double

    signals = _read(folder)
    signals["group"] = signals.groupby(["account_id", "topic"], sort=True).ngroup()
    names = signals.drop_duplicates("group").set_index("group")[["account_id", "topic"]].sort_index()
    pairs = [(as_of, window.loc[window["person_id"].notna() | window["visitor_id"].notna(), "group"].unique())
             for as_of, window in _windows(signals, dates)]  # fmt: skip
    cutoffs = pd.concat([pd.DataFrame({"group": groups, "time": _midnight(as_of)}) for as_of, groups in pairs])
    signals["one"] = 1.0
    signals["signal"] = range(len(signals))
    signals["visitor_id"] = signals["visitor_id"].where(signals["person_id"].isna())
    facts = ["one", "category", "person_id", "visitor_id"]
    entities = ft.EntitySet("engagement")
    entities.add_dataframe(
        dataframe_name="signals", dataframe=signals[["signal", "group", "occurred_at", "known_at", *facts]], index="signal",
        time_index="occurred_at", secondary_time_index={"known_at": list(facts)},
        logical_types={"one": Double, "category": Categorical, "person_id": Categorical, "visitor_id": Categorical},
    )  # fmt: skip
    entities.add_dataframe(dataframe_name="groups", dataframe=names.reset_index(), index="group")
    entities.add_relationship("groups", "group", "signals", "group")
    features = _features(ft, entities)
    found = []
    for days in WINDOWS:
        table = ft.calculate_feature_matrix(
            features, entities, cutoffs, cutoff_time_in_index=True, training_window=f"{days} days", include_cutoff_time=False, n_jobs=1
        )
        found.append(table.fillna(0).astype("int64").add_suffix(f"_{days}d"))
    wide = pd.concat(found, axis=1).reset_index()
    for time, rows in wide.groupby("time"):
        frame = names.join(rows.set_index("group"), how="inner").sort_index()[["account_id", "topic", *COLUMNS]]
        frame.to_parquet(out / f"{time.date()}.parquet", index=False, compression="lz4")


def _features(ft: Any, entities: Any) -> list[Any]:  # noqa: ANN401  (featuretools is not installed where this is checked)
    """What is counted per group within a training window."""
    signals = entities["signals"].ww
    features = [ft.Feature(signals["one"], parent_dataframe_name="groups", primitive=ft.primitives.Sum).rename("actions")]
    for name in CATEGORIES:
        where = ft.Feature(signals["category"]) == name
        counted = ft.Feature(signals["one"], parent_dataframe_name="groups", where=where, primitive=ft.primitives.Sum)
        features.append(counted.rename(f"actions_{name}"))
    for column, name in (("person_id", "people"), ("visitor_id", "visitors")):
        features.append(ft.Feature(signals[column], parent_dataframe_name="groups", primitive=ft.primitives.NumUnique).rename(name))
    return features


def _read(folder: Path) -> pd.DataFrame:
    """The signals with the time from which each is known."""
    import pandas as pd

    signals = pd.read_parquet(folder / "signals.parquet", columns=READ)
    signals["known_at"] = signals[["occurred_at", "recorded_at"]].max(axis=1)
    return signals


def _windows(signals: pd.DataFrame, dates: int) -> Iterator[tuple[date, pd.DataFrame]]:
    """Each as-of date with the known signals of its longest window."""
    for as_of in as_of_dates(dates):
        occurred = signals["occurred_at"]
        known = signals["known_at"] < _midnight(as_of)
        yield as_of, signals[known & (occurred < _midnight(as_of)) & (occurred >= _midnight(as_of, LONGEST))]


def _midnight(as_of: date, before: int = 0) -> pd.Timestamp:
    import pandas as pd

    return pd.Timestamp(as_of - timedelta(before))


def _distinct(signals: pd.DataFrame, column: str) -> pd.Series[int]:
    """Distinct ids per group: what `nunique` gives, several times faster."""
    return signals.loc[signals[column].notna(), ["group", column]].drop_duplicates().groupby("group").size()


def polars_loop(folder: Path, dates: int, out: Path) -> None:
    """The loop of matrix.py."""
    matrix.polars_loop(folder, dates, out)


def bgml(folder: Path, dates: int, out: Path) -> None:
    """Tables opened and checked, matrix built without a cache and written to one file; prints what its parts took."""
    print(json.dumps(matrix.bgml(folder, dates, out / "matrix.parquet")))


CONTENDERS: dict[str, Callable[[Path, int, Path], None]] = {
    "bgml": bgml,
    "Polars": polars_loop,
    "pandas": pandas_loop,
    "DuckDB": duckdb_dates,
    "featuretools": featuretools_cutoffs,
}

if __name__ == "__main__":
    contender, data, many, made = sys.argv[1:]
    Path(made).mkdir(parents=True, exist_ok=True)
    CONTENDERS[contender](Path(data), int(many), Path(made))
