"""The tables as they stood at a date: every row and every value that became known at or after it is deleted."""

from __future__ import annotations

import contextlib
import datetime
import shutil
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from bgml.data.people import SAYING
from bgml.data.tables import TABLES
from bgml.data.warehouse import reading
from bgml.project import FILE, Project

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

UNDATED = ("accounts", "topics")
"""Tables without times: nothing of them is ever deleted."""
DATED = tuple(name for name in TABLES if name not in UNDATED)
CODE = ("features", "models")
FILES = (FILE, "topics.toml", "roles.toml")


def cut(dataset: Dataset, name: str, as_of: datetime.date) -> ir.Table:
    """A table without what became known at or after midnight of `as_of`: rows go, a deal closed later is open, a person's end is open."""
    rows, midnight = dataset.table(name), _midnight(as_of)
    if name == "signals":
        return rows.filter(rows.known_at < midnight).drop("known_at")
    if name == "opportunities":
        return _open_again(rows.filter(rows.created_at < midnight), midnight)
    if name == "people":
        kept = rows.filter(rows.valid_from.isnull() | (rows.valid_from < midnight))
        return kept.mutate(valid_to=(kept.valid_to >= midnight).ifelse(ibis.null(kept.valid_to.type()), kept.valid_to))
    if name == "opportunity_contacts":
        return _contacts(dataset, rows, midnight)
    known = TABLES[name].known
    return rows.filter(rows[known] < midnight) if known else rows


def deleted(dataset: Dataset, name: str, as_of: datetime.date) -> ir.Table:
    """What `cut` takes out of a table, as id (text), account_id and known (when it became known, null where that is not dated)."""
    rows, midnight = dataset.table(name), _midnight(as_of)
    if name == "signals":
        late = rows.filter(rows.known_at >= midnight)
        return late.select(id=late.signal_id.cast("string"), account_id=late.account_id, known=late.known_at)
    if name == "opportunities":
        late = rows.filter((rows.created_at >= midnight) | (rows.closed_at >= midnight))
        known = (late.created_at >= midnight).ifelse(late.created_at, late.closed_at)
        return late.select(id=late.opportunity_id.cast("string"), account_id=late.account_id, known=known)
    if name == "people":
        late = rows.filter((rows.valid_from >= midnight) | (rows.valid_to >= midnight))
        known = (late.valid_from >= midnight).ifelse(late.valid_from, late.valid_to)
        return late.select(id=late.person_id.cast("string"), account_id=late.account_id, known=known)
    if name == "opportunity_contacts":
        kept = _contacts(dataset, rows, midnight)
        late = rows.anti_join(kept, ["opportunity_id", "person_id"]).inner_join(_deals(dataset), "opportunity_id")
        return late.select(id=late.opportunity_id.cast("string"), account_id=late.deal_account, known=late.added_at)
    time = TABLES[name].known
    assert time is not None
    late = rows.filter(rows[time] >= midnight)
    return late.select(id=late[TABLES[name].key[0]].cast("string"), account_id=late.account_id, known=late[time])


def deleted_rows(dataset: Dataset, as_of: datetime.date) -> dict[str, int]:
    """How many rows of each table `cut` takes out or opens again."""
    return {name: int(dataset.arrow(deleted(dataset, name, as_of).count().as_table())[0][0].as_py()) for name in DATED if dataset.has(name)}


@contextlib.contextmanager
def rewound(project: Project, dataset: Dataset, as_of: datetime.date, only: Collection[str] = DATED) -> Iterator[Project]:
    """A project folder of its own for the length of the block: the project's code and settings, its tables cut at `as_of`.

    `only` names the tables to cut, the others are whole. The block runs in that folder, so that feature code that opens the
    project's tables by a path relative to itself or to the working directory meets the cut ones, and misses any other file.
    """
    with tempfile.TemporaryDirectory(prefix="audit-", dir=project.state) as made:
        root = Path(made)
        _copy_code(project, root)
        (root / "data").mkdir()
        for name in TABLES:
            if not dataset.has(name):
                continue
            rows = cut(dataset, name, as_of) if name in only else _whole(dataset, name)
            with reading(name):
                dataset.backend.to_parquet(rows, root / "data" / f"{name}.parquet")
        with contextlib.chdir(root):
            yield _settled(project, dataset, root, as_of if len(only) == len(DATED) else None)


def _whole(dataset: Dataset, name: str) -> ir.Table:
    rows = dataset.table(name)
    return rows.drop("known_at") if name == "signals" else rows


def _settled(project: Project, dataset: Dataset, root: Path, until: datetime.date | None) -> Project:
    """The project in its new folder. Whether people are dated is decided by the whole table, not by what is left of it."""
    data, check = project.settings.data, project.settings.check
    dated = dataset.has_column("people", "valid_from") or dataset.has_column("people", "valid_to")
    static = (*data.static, *(SAYING if dated else ()))
    changed = {
        "data": data.model_copy(update={"url": "data", "until": until or dataset.until, "static": tuple(dict.fromkeys(static))}),
        "check": check.model_copy(update={"max_bad_share": 1.0}),
    }
    return replace(project, root=root, settings=project.settings.model_copy(update=changed), data_override=None)


def _copy_code(project: Project, root: Path) -> None:
    for name in CODE:
        if (project.root / name).is_dir():
            shutil.copytree(project.root / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        if (project.root / name).is_file():
            shutil.copy(project.root / name, root / name)


def _open_again(rows: ir.Table, midnight: datetime.datetime) -> ir.Table:
    """Deals not closed before `midnight` as open ones: of those only their keys and creation were known."""
    closed = (rows.closed_at < midnight).fill_null(False)
    told = [name for name in rows.columns if name not in ("opportunity_id", "account_id", "topic", "created_at", "outcome")]
    values = {name: closed.ifelse(rows[name], ibis.null(rows[name].type())) for name in told}
    return rows.mutate(outcome=closed.ifelse(rows.outcome, "open"), **values)


def _contacts(dataset: Dataset, rows: ir.Table, midnight: datetime.datetime) -> ir.Table:
    """Contacts noted before `midnight`; without a time of their own they are known from when the deal was closed."""
    joined = rows.inner_join(_deals(dataset), "opportunity_id")
    known = joined.added_at.fill_null(joined.deal_closed)
    kept = joined.filter((joined.deal_created < midnight) & (known < midnight))
    return kept.select(*rows.columns)


def _deals(dataset: Dataset) -> ir.Table:
    deals = dataset.table("opportunities")
    return deals.select(
        opportunity_id=deals.opportunity_id, deal_account=deals.account_id, deal_created=deals.created_at, deal_closed=deals.closed_at
    )


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time())
