"""The rows behind a value: which signals, opportunities or columns make a feature of one group what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from bgml.data.people import versions
from bgml.data.roles import load_roles
from bgml.data.topics import load_topics
from bgml.engine.columns.algebra import PERSON_ATTRIBUTES, Attribute, Deals, Measure, Moment
from bgml.engine.columns.catalog import BaseColumn, Catalog
from bgml.errors import FeatureError, nearest
from bgml.groups.candidates import dated
from bgml.groups.dates import day_number
from bgml.project import Project

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

SHOWN = ("signal_id", "account_id", "person_id", "visitor_id", "topic", "category", "action", "weight", "occurred_at", "recorded_at")
Kind = Literal["signals", "opportunities", "attribute", "columns"]


@dataclass(frozen=True)
class Group:
    """A group at an as-of date."""

    as_of: date
    account_id: Any
    topic: Any


@dataclass(frozen=True)
class Evidence:
    """What stands behind one value of a column.

    kind: what the rows are; rows: those that count, newest first (of signals with a person's department, seniority and role where
    the column asks for them), at most as many as were asked for, of `total`. Of a derived column there are no rows but `reads`: the
    columns it reads, with their values.
    """

    column: str
    meaning: str
    group: Group
    value: Any
    kind: Kind
    rows: pd.DataFrame
    total: int
    reads: Mapping[str, Any] = field(default_factory=dict)


class Known:
    """What was known of a group, its account and its topic before a date, to be asked for the rows behind one column after another."""

    def __init__(self, project: Project, dataset: Dataset, group: Group) -> None:
        """Nothing is read before it is asked for."""
        self.project, self.dataset, self.group = project, dataset, group

    def evidence(self, catalog: Catalog, name: str, values: Mapping[str, Any], limit: int | None = None) -> Evidence:
        """The evidence for a column's value.

        values: the group's row of the matrix, with the column and, if it is derived, those it reads (`needed` names them). limit: at
        most so many rows, None for all. FeatureError for a column that is not there.
        """
        meaning = next((info.meaning for info in catalog.columns if info.name == name), "")
        derived = {column.name: column for column in catalog.derived}
        if name in derived:
            reads = {read: values[read] for read in derived[name].reads if read in values}
            return Evidence(name, meaning, self.group, values[name], "columns", pd.DataFrame(), 0, reads)
        if name not in catalog.base:
            why = catalog.left_out.get(name) or f"there is no such column{nearest(name, catalog.names)}"
            raise FeatureError(f'no rows behind "{name}": {why}')
        kind, rows, total = self.rows(catalog.base[name], limit)
        return Evidence(name, meaning, self.group, values[name], kind, rows, total)

    def rows(self, column: BaseColumn, limit: int | None = None) -> tuple[Kind, pd.DataFrame, int]:
        """What the rows behind a base column are, the rows (newest first, at most `limit`), and how many there are."""
        match column.declaration:
            case Measure(grain="topic") as measure:
                return "signals", *self._of_topic(measure, column.days, limit)
            case Measure() as measure:
                rows = self._matching(measure, column.days)
                counted = rows[_entity(measure.entity, rows).notna()] if measure.entity != ("signal",) else rows
                return "signals", *_newest(counted, "occurred_at", limit)
            case Moment() as moment:
                return "signals", *_newest(_telling(moment, self._matching(moment, None)), "occurred_at", limit)
            case Deals() as deals:
                return "opportunities", *_newest(self._deals(deals, column.days), "created_at", limit)
            case Attribute(table="topics"):
                roles = self._required
                return "attribute", pd.DataFrame({"topic": [self.group.topic] * len(roles), "role": list(roles)}), len(roles)
            case Attribute(column=name):
                accounts = self.dataset.frame("accounts")
                own = accounts.loc[accounts["account_id"] == self.group.account_id, ["account_id", name]].reset_index(drop=True)
                return "attribute", own, len(own)

    @cached_property
    def _end(self) -> datetime:
        return datetime.combine(self.group.as_of, time())

    @cached_property
    def _required(self) -> tuple[str, ...]:
        return load_topics(self.project.topics_file).required_roles(self.group.topic)

    @cached_property
    def _signals(self) -> pd.DataFrame:
        """All signals of the account known before the date, on all topics."""
        signals = self.dataset.table("signals")
        own = signals.filter(signals.account_id == self.group.account_id, signals.known_at < self._end)
        rows: pd.DataFrame = self.dataset.arrow(own.order_by("signal_id")).to_pandas()
        return rows[[name for name in SHOWN if name in rows]]

    @cached_property
    def _described(self) -> pd.DataFrame:
        """Those signals with what was known of their people at the date; other actors have no department, seniority or role."""
        people, static = self.dataset.frame("people"), self.project.settings.data.static
        dates_known = bool(people["valid_from"].notna().any() or people["valid_to"].notna().any())
        people = people[people["person_id"].isin(self._signals["person_id"])]
        said = pd.DataFrame(columns=["person_id", *PERSON_ATTRIBUTES])
        if len(people):
            found = versions(people, load_roles(self.project.roles_file), None if dates_known else static)
            day = day_number(self.group.as_of)
            said = found[(found["from_day"] <= day) & (day < found["to_day"])][["person_id", *PERSON_ATTRIBUTES]]
        known = said.set_index("person_id").reindex(self._signals["person_id"])
        values = {name: known[name].astype(object).where(known[name].notna(), None).to_numpy() for name in PERSON_ATTRIBUTES}
        return self._signals.assign(**values)

    def _matching(self, declared: Measure | Moment, days: int | None) -> pd.DataFrame:
        """The signals of the group or its account that match the condition, those of the window if there is one."""
        condition = dict(declared.where)
        of_people = isinstance(declared, Measure) and {*declared.entity, *condition} & {*PERSON_ATTRIBUTES, "required"}
        rows = self._described if of_people else self._signals
        chosen = pd.Series(True, rows.index)
        if declared.grain == "group":
            chosen &= rows["topic"] == self.group.topic
        if days is not None:
            chosen &= rows["occurred_at"] >= self._end - timedelta(days)
        for key, values in condition.items():
            chosen &= rows["role"].isin(self._required) if key == "required" else rows[key].isin(values)
        return rows[chosen]

    def _of_topic(self, measure: Measure, days: int | None, limit: int | None) -> tuple[pd.DataFrame, int]:
        """The signals on the topic, of all accounts, and how many there are: they can be many, so the warehouse counts them."""
        signals = self.dataset.table("signals")
        rows = signals.filter(signals.topic == self.group.topic, signals.known_at < self._end)
        if days is not None:
            rows = rows.filter(rows.occurred_at >= self._end - timedelta(days))
        for key, values in measure.where:
            rows = rows.filter(rows[key].isin(list(values)))
        total = int(self.dataset.arrow(rows.aggregate(n=rows.count())).column("n")[0].as_py())
        ordered = rows.order_by([rows.occurred_at.desc(), "signal_id"])
        found: pd.DataFrame = self.dataset.arrow(ordered if limit is None else ordered.limit(limit)).to_pandas()
        return found[[name for name in SHOWN if name in found]], total

    def _deals(self, deals: Deals, days: int | None) -> pd.DataFrame:
        """The opportunities a column counts."""
        table, day = self.dataset.frame("opportunities"), day_number(self.group.as_of)
        told = dated(table)
        own = pd.Series(True, table.index)
        if deals.grain != "topic":
            own &= table["account_id"] == self.group.account_id
        if deals.grain != "account":
            own &= table["topic"] == self.group.topic
        created, closed = told["created_day"], told["closed_day"]
        if deals.what == "open":
            return table[own & (created < day) & (closed >= day)]
        happened = created if deals.what == "opened" else closed
        counts = own & (happened < day) & (True if deals.what == "opened" else told[deals.what])
        return table[counts & (happened >= day - days)] if days is not None else table[counts]


def needed(catalog: Catalog, name: str) -> list[str]:
    """The columns whose values tell of a column: itself, and those it reads if it is derived."""
    read = next((column.reads for column in catalog.derived if column.name == name), ())
    return [name, *(column for column in read if column != name)]


def recounted(column: BaseColumn, rows: pd.DataFrame, as_of: date) -> float:
    """The value that all rows behind a base column add up to, by its definition; NaN where a moment has none."""
    match column.declaration:
        case Measure() as measure:
            return _measured(measure, rows)
        case Moment(what=what):
            if rows.empty or (isinstance(what, int) and len(rows) < what):
                return float("nan")
            days = rows["occurred_at"].to_numpy("datetime64[D]").astype(np.int64)
            return float(day_number(as_of) - (days.min() if what == "first" else days.max()))
        case Deals() | Attribute(table="topics"):
            return float(len(rows))
        case Attribute(column=name):
            return float(rows[name].iloc[0]) if len(rows) and pd.api.types.is_number(rows[name].iloc[0]) else float("nan")


def _measured(measure: Measure, rows: pd.DataFrame) -> float:
    amount = rows["weight"] if measure.of == "weight" else pd.Series(1.0, rows.index)
    if measure.entity == ("signal",):
        return float(amount.sum())
    sums = amount.groupby(_entity(measure.entity, rows)).sum().to_numpy(np.float64)
    match measure.f:
        case "any":
            return float(len(sums))
        case "all":
            return float(sums.sum())
        case "root":
            return float(np.sqrt(sums).sum())
        case "square":
            return float((sums**2).sum())
        case _:
            return float((sums**2).sum() / sums.sum() ** 2) if sums.sum() else 0.0


def _entity(names: tuple[str, ...], rows: pd.DataFrame) -> pd.Series[Any]:
    """What each row is counted under; missing where it has no such entity."""
    parts = [_part(name, rows) for name in names]
    if len(parts) == 1:
        return parts[0]
    missing = pd.concat([part.isna() for part in parts], axis=1).any(axis=1)
    joined = pd.Series(list(zip(*parts, strict=True)), rows.index, dtype=object)
    return joined.where(~missing, None)


def _part(name: str, rows: pd.DataFrame) -> pd.Series[Any]:
    person: pd.Series[Any] = rows["person_id"].astype(object)
    visitor: pd.Series[Any] = rows["visitor_id"].astype(object).where(person.isna(), None)
    match name:
        case "person":
            return person
        case "visitor":
            return visitor
        case "either":
            named = person.map(partial(_tagged, "person"), na_action="ignore")
            unnamed = visitor.map(partial(_tagged, "visitor"), na_action="ignore")
            return pd.Series(list(named.where(person.notna(), unnamed)), rows.index, dtype=object)
        case "day":
            return pd.Series(rows["occurred_at"].dt.floor("D"))
        case "week":
            return pd.Series((rows["occurred_at"].to_numpy("datetime64[D]").astype(np.int64) + 3) // 7, rows.index)
        case _:
            return pd.Series(list(rows[name]), rows.index, dtype=object)


def _tagged(kind: str, who: object) -> tuple[str, object]:
    """An id with its name space: a person and a visitor may carry the same one."""
    return kind, who


def _telling(moment: Moment, rows: pd.DataFrame) -> pd.DataFrame:
    """The signal a moment counts from: the last, the first, or the first of each of its first n entities."""
    by_time = rows.sort_values(["occurred_at", "signal_id"], kind="stable")
    if moment.what == "last":
        return by_time.tail(1)
    if moment.what == "first":
        return by_time.head(1)
    entity = _entity((moment.entity,), by_time)
    arrivals = by_time[~entity.isna() & ~entity.duplicated()].head(int(moment.what))
    return arrivals if len(arrivals) == moment.what else arrivals.iloc[:0]


def _newest(rows: pd.DataFrame, column: str, limit: int | None) -> tuple[pd.DataFrame, int]:
    """Rows from the newest on, at most so many, and how many there are in all."""
    ordered = rows.sort_values(column, ascending=False, kind="stable").reset_index(drop=True)
    return ordered if limit is None else ordered.head(limit), len(rows)
