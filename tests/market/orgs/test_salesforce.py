"""A Salesforce org of a market imports back to the market's own tables.

Compared are all columns that an org can hold. It holds neither a person's role outside deals, nor weights, nor visitors. A response to a
campaign has a day and no time; the first version of a contact begins with the org instead of at no date; a seller's meeting
is an invitation.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from bgml.data.topics import load_topics
from bgml.market.orgs.salesforce import FOLDER, RESPONSES
from bgml.market.simulate import simulate
from bgml.project import find_project
from bgml.sources.run import Imported, import_sources

NOW = datetime.datetime(2026, 1, 5)
SIZE = {"accounts": 60, "weeks": 80, "seed": 3}
OWN = {"001": ("A", 6), "003": ("P", 7), "006": ("O", 7), "00T": ("S", 9), "00U": ("S", 9), "00v": ("S", 9)}


def own_id(found: object) -> object:
    """The market's id of a Salesforce id, as it is or behind "salesforce:task:"; anything else stays what it is."""
    told = re.fullmatch(r"(?:salesforce:\w+:)?(\w{3})bG([a-z])(\d{9})\w{3}", str(found))
    if told is None:
        return found
    letter, width = ("T", 8) if told[2] == "s" else OWN[told[1]]
    return f"{letter}{int(told[3]):0{width}}"


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("market") / "tables"
    simulate(folder, **SIZE)
    return folder


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("org") / "org"
    simulate(folder, **SIZE, salesforce=True)
    return folder


@pytest.fixture(scope="module")
def done(org: Path) -> Imported:
    return import_sources([("salesforce", str(org / FOLDER))], org / "data", project=find_project(org), now=NOW)


def table(folder: Path, name: str, *columns: str) -> pd.DataFrame:
    """Columns of a table with the market's ids, in the order of their values."""
    frame = pd.read_parquet(folder / f"{name}.parquet", columns=list(columns))
    for column in columns:
        if column.endswith("_id"):
            frame[column] = frame[column].map(own_id)
        if frame[column].dtype.kind in "iuf":
            frame[column] = frame[column].astype("float64")
    return frame.sort_values(list(columns), na_position="first").reset_index(drop=True)


def assert_same(market: Path, done: Imported, name: str, *columns: str) -> None:
    assert_frame_equal(table(done.folder, name, *columns), table(market, name, *columns), check_dtype=False)


def test_accounts(market: Path, done: Imported) -> None:
    columns = ("account_id", "name", "domain", "industry", "employees", "revenue", "region", "segment", "owner")
    assert_same(market, done, "accounts", *columns)


def test_known_people_and_their_past(market: Path, done: Imported) -> None:
    columns = ("person_id", "account_id", "name", "email", "title", "department", "seniority", "valid_from", "valid_to")
    found, expected = table(done.folder, "people", *columns), table(market, "people", *columns)
    begun = found["valid_from"].min()
    assert begun < pd.read_parquet(market / "signals.parquet")["occurred_at"].min()
    found["valid_from"] = found["valid_from"].where(found["valid_from"] > begun)
    order = ["person_id", "valid_from"]
    found, expected = (frame.sort_values(order, na_position="first").reset_index(drop=True) for frame in (found, expected))
    assert_frame_equal(found, expected, check_dtype=False)
    assert found["person_id"].duplicated().any()


def test_opportunities(market: Path, done: Imported) -> None:
    columns = ("opportunity_id", "account_id", "topic", "created_at", "closed_at", "outcome", "amount", "currency", "stage")
    assert_same(market, done, "opportunities", *columns)


def test_contact_roles(market: Path, done: Imported) -> None:
    assert_same(market, done, "opportunity_contacts", "opportunity_id", "person_id", "role", "added_at")


def test_signals_of_known_people(market: Path, done: Imported) -> None:
    columns = ["signal_id", "account_id", "person_id", "topic", "category", "action", "occurred_at", "recorded_at"]
    found = table(done.folder, "signals", *columns)
    expected = table(market, "signals", *columns).dropna(subset="person_id").reset_index(drop=True)
    expected["recorded_at"] = expected["recorded_at"].fillna(expected["occurred_at"])
    responses = found["occurred_at"].dt.normalize() == found["occurred_at"]
    assert set(found[responses]["action"]) == set(RESPONSES)
    expected["occurred_at"] = expected["occurred_at"].mask(responses, expected["occurred_at"].dt.normalize())
    assert_frame_equal(found, expected, check_dtype=False)
    assert "qualified_lead" in set(found["category"])


def test_sellers_touches(market: Path, done: Imported) -> None:
    columns = ("touch_id", "account_id", "person_id", "topic", "occurred_at", "kind")
    expected = table(market, "touches", *columns)
    expected["kind"] = expected["kind"].replace("meeting", "invitation")
    assert_frame_equal(table(done.folder, "touches", *columns), expected, check_dtype=False)


def test_dirt_is_set_aside_or_merged(done: Imported) -> None:
    entries = {entry.table: entry for entry in done.entries}
    for entry in entries.values():
        assert entry.rows == entry.used + entry.merged + sum(entry.aside.values()), entry
    for name in ("account", "contact", "lead", "opportunity", "opportunity_contact_role", "task", "campaign_member"):
        assert entries[name].aside["deleted in the CRM"] > 0
    assert entries["opportunity"].aside["of a test record"] == entries["task"].aside["of a test record"] == 1
    merges = pd.read_csv(done.folder / "merges.csv")
    assert set(merges["why"]) == {"a lead converted to a contact", "same e-mail and name"}
    assert len(merges) == entries["lead"].rows - entries["lead"].aside["deleted in the CRM"]


def test_the_topics_are_declared_beside(org: Path) -> None:
    assert set(load_topics(org / "topics.toml").topics) == set(pd.read_parquet(org / "data" / "signals.parquet")["topic"])
    assert tomllib.loads((org / "bgml.toml").read_text())["data"]["url"] == "data"


def test_same_seed_same_rows(org: Path, tmp_path: Path) -> None:
    simulate(tmp_path / "again", **SIZE, salesforce=True)
    for path in sorted((org / FOLDER).iterdir()):
        assert_frame_equal(pd.read_parquet(path), pd.read_parquet(tmp_path / "again" / FOLDER / path.name))
