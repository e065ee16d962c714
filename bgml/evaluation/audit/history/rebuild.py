"""The matrix rebuilt from tables that end before the date: what a feature says of a date must not change when the future is deleted."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.errors import BgmlError, DataError
from bgml.evaluation.audit.finding import Checked, Finding
from bgml.evaluation.audit.history.cut import DATED, deleted, deleted_rows, rewound
from bgml.evaluation.chapters.chapter import Table
from bgml.evaluation.chapters.tested import on_dates
from bgml.learning.examples import Examples, collect
from bgml.project import Project

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

NAME = "rebuild"
SHOWN = 3
MEANS = "The models were given something that was not known at the date."
TOGETHER = {"opportunities": ("opportunities", "opportunity_contacts")}
"""Tables that can only be cut with others: contacts of deleted deals refer to nothing."""


@dataclass(frozen=True)
class Difference:
    """A column that changes when the future is deleted: in how many of the date's groups, and one of them with both values."""

    column: str
    groups: int
    account_id: Any
    topic: Any
    given: object
    rebuilt: object


@dataclass(frozen=True)
class Rebuilt:
    """One date rebuilt. `only_given` and `only_rebuilt`: groups that are a candidate on one side only, as text. `problem`: why the
    features could not be rebuilt at all; `blocked`: why nothing can be said.
    """

    as_of: datetime.date
    groups: int
    differences: tuple[Difference, ...] = ()
    only_given: tuple[str, ...] = ()
    only_rebuilt: tuple[str, ...] = ()
    problem: str = ""
    blocked: str = ""


def rebuild(project: Project, dataset: Dataset, given: Examples, as_of: datetime.date, only: Collection[str] = DATED) -> Rebuilt:
    """The rows of `given` at `as_of` against the same rows from tables of which everything known at or after `as_of` is deleted.

    Everything is run again, from the files of the tables to the feature code of the project. `only` cuts some tables and leaves the
    others whole.
    """
    there = on_dates(given, [as_of])
    try:
        again = _again(project, dataset, [str(name) for name in given.features.columns], as_of, only)
    except DataError as error:
        return Rebuilt(as_of, len(there), blocked=str(error))
    except BgmlError as error:
        return Rebuilt(as_of, len(there), problem=str(error))
    return _compared(as_of, there, again)


def _again(project: Project, dataset: Dataset, columns: list[str], as_of: datetime.date, only: Collection[str]) -> Examples:
    """The rows of a date, made from a copy of the project whose tables, those of `only`, are cut."""
    from bgml.data.dataset import open_dataset

    with rewound(project, dataset, as_of, only) as past:
        return collect(past, open_dataset(past), [as_of], columns=columns)


def _compared(as_of: datetime.date, given: Examples, again: Examples) -> Rebuilt:
    left, right = _groups(given), _groups(again)
    place = right.get_indexer(left)
    rows = np.flatnonzero(place >= 0)
    differences = []
    for column in map(str, given.features.columns):
        old, new = given.features[column].iloc[rows], again.features[column].iloc[place[rows]]
        if len(bad := np.flatnonzero(_differ(old, new))):
            first = int(bad[0])
            account, topic = map(_plain, left[rows[first]])
            differences.append(Difference(column, len(bad), account, topic, _plain(old.iloc[first]), _plain(new.iloc[first])))
    lost, found = left[place < 0], right[left.get_indexer(right) < 0]
    return Rebuilt(as_of, len(given), tuple(differences), _named(lost), _named(found))


def _named(groups: pd.MultiIndex) -> tuple[str, ...]:
    return tuple(f"{account} / {topic}" for account, topic in groups)


def _groups(examples: Examples) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([examples.accounts[examples.account], examples.topics[examples.topic]])


def _differ(old: pd.Series[Any], new: pd.Series[Any]) -> npt.NDArray[np.bool_]:
    """Where two columns differ: in any bit of a number, or in the text of a category; missing equals missing."""
    if isinstance(old.dtype, pd.CategoricalDtype) or isinstance(new.dtype, pd.CategoricalDtype):
        texts = [values.astype("object").where(values.notna(), None).to_numpy() for values in (old, new)]
        return np.asarray(texts[0] != texts[1], bool)
    a, b = old.to_numpy(np.float32), new.to_numpy(np.float32)
    return np.asarray((a != b) & ~(np.isnan(a) & np.isnan(b)), bool)


def _plain(value: object) -> object:
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value


def check(project: Project, dataset: Dataset, given: Examples, dates: Sequence[datetime.date]) -> Checked:
    """Rebuild the dates and say what changed, from which table it comes, and which rows the rebuild lacked."""
    results = [rebuild(project, dataset, given, day) for day in dates]
    gone = [deleted_rows(dataset, day) for day in dates]
    findings = [*_not_rebuilt(results), *_changes(project, dataset, results), *_candidates(results)]
    rows = sum(result.groups for result in results)
    values = rows * len(given.features.columns)
    did = (
        f"Rebuilt {len(results)} as-of dates ({', '.join(str(result.as_of) for result in results)}; {rows:,} groups, {values:,} values) "
        "from tables without anything known at or after the date, and compared every value."
    )
    columns = ("as-of date", "groups", "rows deleted or reopened", "columns that differ", "groups that differ")
    table = Table(columns, tuple(_row(result, part) for result, part in zip(results, gone, strict=True)), "Rebuilt without the future")
    return Checked(NAME, did, tuple(findings), (table,), {"dates": [_document(*pair) for pair in zip(results, gone, strict=True)]})


def _row(result: Rebuilt, gone: dict[str, int]) -> tuple[str, ...]:
    said = "not rebuilt" if result.problem or result.blocked else f"{len(result.differences):,}"
    return (
        str(result.as_of),
        f"{result.groups:,}",
        f"{sum(gone.values()):,}",
        said,
        f"{len(result.only_given) + len(result.only_rebuilt):,}",
    )


def _document(result: Rebuilt, gone: dict[str, int]) -> dict[str, Any]:
    return {
        "as_of": result.as_of.isoformat(),
        "groups": result.groups,
        "deleted": gone,
        "differences": [
            {
                "column": part.column,
                "groups": part.groups,
                "account_id": str(part.account_id),
                "topic": str(part.topic),
                "given": part.given,
                "rebuilt": part.rebuilt,
            }
            for part in result.differences
        ],
        "only_given": list(result.only_given[:SHOWN]),
        "only_rebuilt": list(result.only_rebuilt[:SHOWN]),
        "not_rebuilt": result.problem or result.blocked or None,
    }


def summary(result: Rebuilt) -> list[Finding]:
    """What one rebuilt date shows, without the search for tables and rows behind it; nothing where it could not be rebuilt."""
    found = [finding for finding in _not_rebuilt([result]) if finding.severity == "fault"]
    if result.differences:
        names = ", ".join(part.column for part in result.differences[:SHOWN])
        many = f"{len(result.differences):,} columns change ({names})" if len(result.differences) > 1 else f"{names} changes"
        said = f"{many} on {result.as_of} when everything known at or after that date is deleted."
        found.append(Finding(NAME, "fault", said, MEANS, "`bgml evaluate --audit` names the tables and rows it comes from"))
    return found + _candidates([result])


def _not_rebuilt(results: Sequence[Rebuilt]) -> list[Finding]:
    """Dates that could not be rebuilt; one finding for each reason."""
    found = []
    for problem in dict.fromkeys(result.problem for result in results if result.problem):
        said = f"The features of {_dates(results, problem)} cannot be computed from the tables alone: {problem}."
        means = "They read something that is not in the tables, and nobody can say when that was known."
        found.append(Finding(NAME, "fault", said, means, "bring what they read into a dated table, or take the feature out"))
    blocked = [result for result in results if result.blocked]
    said = "Nothing is said about this date."
    return found + [Finding(NAME, "warning", f"{one.as_of} could not be rebuilt: {one.blocked}.", said) for one in blocked]


def _dates(results: Sequence[Rebuilt], problem: str) -> str:
    return ", ".join(str(result.as_of) for result in results if result.problem == problem)


def _changes(project: Project, dataset: Dataset, results: Sequence[Rebuilt]) -> list[Finding]:
    """Columns that know the future; of the first few, the tables they know it from and rows that the rebuild lacked."""
    first = next((result for result in results if result.differences), None)
    if first is None:
        return []
    shown = first.differences[:SHOWN]
    tables = _blamed(project, dataset, first.as_of, [part.column for part in shown])
    findings = [_changed(dataset, first, part, tables[part.column]) for part in shown]
    named = {part.column for part in shown}
    if others := list(dict.fromkeys(part.column for one in results for part in one.differences if part.column not in named)):
        findings.append(Finding(NAME, "fault", f"{len(others):,} more columns change: {', '.join(others)}."))
    return findings


def _changed(dataset: Dataset, result: Rebuilt, part: Difference, tables: Sequence[str]) -> Finding:
    found = (
        f"{part.column} changes for {part.groups:,} of {result.groups:,} groups on {result.as_of} when everything known at or after that "
        f"date is deleted: {part.account_id} / {part.topic} had {_said(part.given)} and has {_said(part.rebuilt)}"
    )
    source = (
        f"; it comes from {' and '.join(tables)}"
        if tables
        else "; computed again with all rows it is right: the cache or the engine is not"
    )
    rows = "".join(_lacking(dataset, result.as_of, part, table) for table in tables)
    way_out = (
        f"find where {part.column} is declared (`bgml features --list`), let it read its frame only, empty .bgml/cache, run this again"
    )
    return Finding(NAME, "fault", f"{found}{source}{rows}.", MEANS, way_out)


def _said(value: object) -> str:
    return "no value" if value is None else f"{value:.9g}" if isinstance(value, float) else f'"{value}"'


def _candidates(results: Sequence[Rebuilt]) -> list[Finding]:
    """Dates on which other groups are candidates when the future is deleted."""
    findings = []
    for result in results:
        if groups := [*result.only_given, *result.only_rebuilt]:
            found = f"{len(groups):,} groups are candidates on {result.as_of} only with, or only without, what became known later"
            means = "Which groups are ranked depends on the future."
            findings.append(Finding(NAME, "fault", f"{found}: {', '.join(groups[:SHOWN])}.", means, "empty .bgml/cache and run this again"))
    return findings


def _blamed(project: Project, dataset: Dataset, day: datetime.date, columns: list[str]) -> dict[str, list[str]]:
    """For each column the tables whose later rows alone change it, against a rebuild with all rows; empty: not even all of them do."""
    blamed = {column: list[str]() for column in columns}
    whole = _again(project, dataset, columns, day, ())
    for table in (name for name, rows in deleted_rows(dataset, day).items() if rows):
        for part in rebuild(project, dataset, whole, day, TOGETHER.get(table, (table,))).differences:
            blamed[part.column].append(table)
    return blamed


def _lacking(dataset: Dataset, day: datetime.date, part: Difference, table: str) -> str:
    """Rows of a table that the rebuild lacked, the earliest first: those of the account, or where it has none those of all."""
    rows = deleted(dataset, table, day)
    own = rows.filter(rows.account_id == part.account_id)
    whose, found = str(part.account_id), dataset.arrow(own.order_by(["known", "id"])).to_pylist()
    if not found:
        whose, found = "other accounts", dataset.arrow(rows.order_by(["known", "id"]).limit(SHOWN)).to_pylist()
    shown = ", ".join(f"{row['id']} (known {row['known']:%Y-%m-%d})" if row["known"] else str(row["id"]) for row in found[:SHOWN])
    return f"; the rebuild lacked {table} of {whose} such as {shown}"
