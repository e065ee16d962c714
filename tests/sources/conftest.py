"""A small Salesforce org written as CSV files, and its import."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bgml.sources.run import Imported, import_sources

NOW = datetime.datetime(2026, 1, 5)
Rows = Sequence[Mapping[str, Any]]


def written(folder: Path, **tables: Rows) -> Path:
    """The tables as CSV files of a folder, their columns in the order in which rows name them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
    return folder


class Result:
    """An import and its tables."""

    def __init__(self, done: Imported) -> None:
        self.done = done

    def __getitem__(self, name: str) -> pd.DataFrame:
        path = self.done.folder / f"{name}.parquet"
        return pd.read_parquet(path) if path.exists() else pd.DataFrame()

    def entry(self, table: str) -> Any:
        return next(entry for entry in self.done.entries if entry.table == table)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Rows as dictionaries without what is empty, in order of their key."""
        frame = self[name]
        frame = frame.sort_values(list(frame.columns[:1])) if len(frame) else frame
        return [{key: value for key, value in row.items() if not pd.isna(value)} for row in frame.to_dict("records")]


Org = Callable[..., Result]

ACCOUNT = {"id": "001000000000001", "name": "Acme", "website": "https://www.acme.com", "owner_id": "005000000000001"}
CONTACT = {"id": "003000000000001", "account_id": ACCOUNT["id"], "name": "Ann Ace", "email": "ann@acme.com", "title": "CFO"}
DEAL = {
    "id": "006000000000001",
    "account_id": ACCOUNT["id"],
    "stage_name": "Proposal",
    "is_closed": "false",
    "is_won": "false",
    "created_date": "2025-03-01 08:00:00",
    "close_date": "2025-09-01",
    "amount": "1000",
}


@pytest.fixture
def org(tmp_path: Path) -> Org:
    """Import a Salesforce org of an account, a contact and a deal, and the tables given beside or instead of them."""

    def imported(**tables: Rows) -> Result:
        everything: dict[str, Rows] = {"account": [ACCOUNT], "contact": [CONTACT], "opportunity": [DEAL], **tables}
        source = written(tmp_path / "org", **everything)
        done = import_sources([("salesforce", str(source))], tmp_path / "out", now=NOW)
        for entry in done.entries:
            assert entry.rows == entry.used + entry.merged + sum(entry.aside.values()), entry
            assert entry.rows == len(everything.get(Path(entry.where).stem, [])), entry
        return Result(done)

    return imported
