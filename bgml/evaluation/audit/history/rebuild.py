"""The matrix rebuilt from tables that end before the date: what a feature says of a date must not change when the future is deleted."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
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
    from bgml.data.dataset import open_dataset

    there, columns = on_dates(given, [as_of]), [str(name) for name in given.features.columns]
    try:
        with rewound(project, dataset, as_of, only) as past:
            again = collect(past, open_dataset(past), [as_of], columns=columns)
    except DataError as error:
        return Rebuilt(as_of, len(there), blocked=str(error))
    except BgmlError as error:
        return Rebuilt(as_of, len(there), problem=str(error))
    return _compared(as_of, there, again)


def _compared(as_of: datetime.date, given: Examples, again: Examples) -> Rebuilt:
    left, right = _groups(given), _groups(again)
    place = right.get_indexer(left)
    rows = np.flatnonzero(place >= 0)
    differences = []
    for column in map(str, given.features.columns):
        old, new = given.features[column].iloc[rows], again.features[column].iloc[place[rows]]
        if len(bad := np.flatnonzero(_differ(old, new))):
            first = int(bad[0])
            account, topic = left[rows[first]]
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
    return float(value) if isinstance(value, np.floating) else value


def check(project: Project, dataset: Dataset, given: Examples, dates: Sequence[datetime.date]) -> Checked:
    """Rebuild the dates and say what changed, from which table it comes, and which rows the rebuild lacked."""
    results = [rebuild(project, dataset, given, day) for day in dates]
    gone = [deleted_rows(dataset, day) for day in dates]
    findings = [finding for result in results for finding in _findings(project, dataset, given, result)]
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


def _findings(project: Project, dataset: Dataset, given: Examples, result: Rebuilt) -> list[Finding]:
    day = result.as_of
    if result.blocked:
        return [Finding(NAME, "warning", f"{day} could not be rebuilt: {result.blocked}.", "Nothing is said about this date.")]
    if result.problem:
        found = f"The features of {day} cannot be computed from the tables alone: {result.problem}."
        means = "They read something that is not in the tables, and nobody can say when that was known."
        return [Finding(NAME, "fault", found, means, "bring what they read into a dated table, or take the feature out")]
    findings = [_changed(project, dataset, given, result, part) for part in result.differences[:SHOWN]]
    if len(result.differences) > SHOWN:
        others = ", ".join(part.column for part in result.differences[SHOWN:])
        findings.append(Finding(NAME, "fault", f"On {day} these columns change as well: {others}."))
    if result.only_given or result.only_rebuilt:
        findings.append(_candidates(result))
    return findings


def _changed(project: Project, dataset: Dataset, given: Examples, result: Rebuilt, part: Difference) -> Finding:
    """A column that knows the future, with the tables it knows it from and rows of the account that the rebuild lacked."""
    day = result.as_of
    tables = _blamed(project, dataset, given, result, part.column)
    rows = _lacking(dataset, day, part, tables)
    found = (
        f"{part.column} changes for {part.groups:,} of {result.groups:,} groups on {day} when everything known at or after that date is "
        f"deleted: {part.account_id} / {part.topic} had {_said(part.given)} and has {_said(part.rebuilt)}"
    )
    source = f"; it comes from {' and '.join(tables)}" if tables else ""
    means = "The models were given something that was not known at the date."
    return Finding(NAME, "fault", f"{found}{source}{rows}.", means, f"{_culprit(part.column)}, then empty .bgml/cache and run this again")


def _culprit(column: str) -> str:
    return f"find where {column} is declared (`bgml features --list`) and let it read nothing but its frame"


def _candidates(result: Rebuilt) -> Finding:
    groups = [*result.only_given, *result.only_rebuilt]
    found = f"{len(groups):,} groups are candidates on {result.as_of} only with, or only without, what became known later"
    means = "Which groups are ranked depends on the future."
    return Finding(NAME, "fault", f"{found}: {', '.join(groups[:SHOWN])}.", means, "empty .bgml/cache and run this again")


def _said(value: object) -> str:
    return "no value" if value is None else f"{value:.9g}" if isinstance(value, float) else f'"{value}"'


def _blamed(project: Project, dataset: Dataset, given: Examples, result: Rebuilt, column: str) -> list[str]:
    """The tables whose later rows alone change the column: each is cut while the others are whole."""
    narrow = replace(given, features=given.features[[column]])
    blamed = []
    for table in (name for name, rows in deleted_rows(dataset, result.as_of).items() if rows):
        alone = rebuild(project, dataset, narrow, result.as_of, TOGETHER.get(table, (table,)))
        blamed += [table] if alone.differences else []
    return blamed


def _lacking(dataset: Dataset, day: datetime.date, part: Difference, tables: Sequence[str]) -> str:
    """The rows of the account that a rebuild lacked, in words: the earliest of them first."""
    said = []
    for name in tables:
        rows = deleted(dataset, name, day)
        own = dataset.arrow(rows.filter(rows.account_id == part.account_id).order_by(["known", "id"])).to_pylist()
        if own:
            shown = ", ".join(f"{row['id']} (known {row['known']:%Y-%m-%d})" if row["known"] else str(row["id"]) for row in own[:SHOWN])
            more = f" and {len(own) - SHOWN:,} more" if len(own) > SHOWN else ""
            said.append(f"{name} {shown}{more}")
    return f"; rows of {part.account_id} that the rebuild lacked: {'; '.join(said)}" if said else ""
