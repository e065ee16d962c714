"""An import as a whole: its account adds up, its folder is whole or as before."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bgml.errors import BgmlError, DataError
from bgml.project import find_project
from bgml.sources import run
from bgml.sources.ledger import Entry
from bgml.sources.run import import_sources
from tests.postgres_server import Server
from tests.sources.conftest import ACCOUNT, CONTACT, DEAL, NOW, written

EVENT = {"id": "00U1", "who_id": CONTACT["id"], "account_id": ACCOUNT["id"], "start_date_time": "2025-05-05"}


def source(tmp_path: Path, **more: list[dict[str, str]]) -> str:
    return str(written(tmp_path / "org", **{"account": [ACCOUNT], "contact": [CONTACT], "opportunity": [DEAL], **more}))


def test_the_account_of_an_import_lies_beside_its_tables(tmp_path: Path) -> None:
    done = import_sources([("salesforce", source(tmp_path))], tmp_path / "out", now=NOW)
    kept = json.loads((tmp_path / "out" / "import.json").read_text(encoding="utf-8"))
    assert kept == json.loads(json.dumps(done.document()))
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "accounts.parquet", "people.parquet", "signals.parquet", "opportunities.parquet", "acts.parquet", "merges.csv", "unsure.csv",
        "apart.csv", "together.csv", "import.json",
    }  # fmt: skip
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_an_import_replaces_the_former_one_as_a_whole(tmp_path: Path) -> None:
    place = source(
        tmp_path, event=[EVENT], opportunity_contact_role=[{"id": "1", "opportunity_id": DEAL["id"], "contact_id": CONTACT["id"]}]
    )
    import_sources([("salesforce", place)], tmp_path / "out", now=NOW)
    (tmp_path / "org" / "opportunity_contact_role.csv").unlink()
    import_sources([("salesforce", place)], tmp_path / "out", now=NOW)
    assert not (tmp_path / "out" / "opportunity_contacts.parquet").exists()


def test_the_same_tables_again_give_the_same(tmp_path: Path) -> None:
    place = source(tmp_path, event=[EVENT])
    one = import_sources([("salesforce", place)], tmp_path / "a", now=NOW)
    two = import_sources([("salesforce", place)], tmp_path / "b", now=NOW)
    assert one.entries == two.entries
    for name in one.rows:
        pd.testing.assert_frame_equal(
            pd.read_parquet(tmp_path / "a" / f"{name}.parquet"), pd.read_parquet(tmp_path / "b" / f"{name}.parquet")
        )


def test_what_fails_leaves_the_former_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = source(tmp_path)
    import_sources([("salesforce", place)], tmp_path / "out", now=NOW)
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def broken(*_: object) -> None:
        raise DataError("the connection was lost")

    monkeypatch.setattr(run, "finish_deals", broken)
    with pytest.raises(DataError, match="lost"):
        import_sources([("salesforce", place)], tmp_path / "out", now=NOW)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_settings_of_the_project_name_own_fields(tmp_path: Path) -> None:
    deal = {**DEAL, "Product_Line__c": "Platform"}
    event = {**EVENT, "what_id": DEAL["id"]}
    lead = {"id": "00Q1", "name": "Bob", "email": "bob@acme.com", "status": "hot", "last_modified_date": "2025-03-03"}
    place = source(tmp_path, opportunity=[deal], event=[event], lead=[lead])
    (tmp_path / "bgml.toml").write_text(
        '[project]\nname = "p"\n[sources.salesforce]\ntopic = "Product_Line__c"\nmql_statuses = ["Hot"]\n', encoding="utf-8"
    )
    import_sources([("salesforce", place)], tmp_path / "out", project=find_project(named=tmp_path), now=NOW)
    assert list(pd.read_parquet(tmp_path / "out" / "opportunities.parquet")["topic"]) == ["Platform"]
    signals = pd.read_parquet(tmp_path / "out" / "signals.parquet").set_index("action")
    assert signals["topic"]["meeting"] == "Platform"
    assert signals["category"]["mql"] == "qualified_lead"


def test_two_orgs_of_one_kind_keep_their_acts_apart(tmp_path: Path) -> None:
    one = source(tmp_path / "one", event=[EVENT])
    two = source(tmp_path / "two", event=[EVENT])
    done = import_sources([("salesforce", one), ("salesforce", two)], tmp_path / "out", now=NOW)
    assert done.kinds == ("salesforce", "salesforce2") and done.rows["signals"] == 2 and done.rows["accounts"] == 1


VALUES = st.sampled_from(
    ["", "0", "true", "001000000000001", "003000000000001", "006000000000001", "00Q000000000001", "2025-01-01", "12/31/2024 9:00",
     "1990-01-01", "MQL", "Status", "Closed Won", "a@acme.com", "acme.com", "test", "-1", "é\x01", "9999-12-31 23:59:59"]
)  # fmt: skip
COLUMNS = {
    "account": ["id", "name", "website", "master_record_id", "is_deleted", "owner_id", "_fivetran_active"],
    "contact": ["id", "account_id", "email", "name", "master_record_id", "is_deleted"],
    "lead": ["id", "email", "status", "is_converted", "converted_contact_id", "master_record_id", "last_modified_date"],
    "lead_history": ["id", "lead_id", "field", "new_value", "created_date"],
    "opportunity": ["id", "account_id", "stage_name", "is_closed", "is_won", "created_date", "close_date", "amount"],
    "opportunity_contact_role": ["id", "opportunity_id", "contact_id", "created_date"],
    "task": ["id", "who_id", "account_id", "call_type", "is_closed", "activity_date"],
    "event": ["id", "who_id", "account_id", "start_date_time", "created_date"],
    "campaign_member": ["id", "campaign_id", "contact_id", "lead_id", "has_responded", "created_date"],
}
ORGS = st.fixed_dictionaries(
    {name: st.lists(st.fixed_dictionaries({c: VALUES for c in columns}), max_size=4) for name, columns in COLUMNS.items()}
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(ORGS)
def test_whatever_the_rows_they_add_up_or_are_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, tables: dict[str, list[dict[str, str]]]
) -> None:
    place = written(
        tmp_path_factory.mktemp("org"),
        **{**tables, "account": [*tables["account"], ACCOUNT], "opportunity": [*tables["opportunity"], DEAL]},
    )
    try:
        done = import_sources([("salesforce", str(place))], place / "out", now=NOW)
    except BgmlError as error:
        assert "\n" not in str(error)
        return
    read = {entry.table: entry.rows for entry in done.entries}
    assert read == {
        name: len(rows) + (name in ("account", "opportunity"))
        for name, rows in tables.items()
        if rows or name in ("account", "opportunity")
    }
    for entry in done.entries:
        assert entry.rows == entry.used + entry.merged + sum(entry.aside.values())
    for name, key in (("accounts", "account_id"), ("opportunities", "opportunity_id"), ("signals", "signal_id")):
        frame = pd.read_parquet(place / "out" / f"{name}.parquet")
        assert frame[key].is_unique and frame[key].notna().all()
        assert set(frame["account_id"]) <= set(pd.read_parquet(place / "out" / "accounts.parquet")["account_id"])


def test_a_database_gives_what_the_same_tables_as_files_give(
    tmp_path: Path, postgres: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = {"account": [ACCOUNT], "contact": [CONTACT], "opportunity": [DEAL], "event": [EVENT], "voice_call": [{"id": "1"}]}
    for name, (row, *_) in tables.items():
        columns = ", ".join(f"{column} TEXT" for column in row)
        values = ", ".join(f"'{value}'" for value in row.values())
        postgres.do(f"CREATE TABLE {name} ({columns})", f"INSERT INTO {name} VALUES ({values})", database=database)
    monkeypatch.setenv("RAW", postgres.at(database))
    theirs = import_sources([("salesforce", "env:RAW")], tmp_path / "theirs", now=NOW)
    ours = import_sources([("salesforce", str(written(tmp_path / "org", **tables)))], tmp_path / "ours", now=NOW)

    def counted(entries: list[Entry]) -> list[Entry]:
        return [replace(entry, where=entry.table) for entry in entries]

    assert postgres.do(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}'") == [(0,)]
    assert counted(theirs.entries) == counted(ours.entries) and ours.rows["signals"] == 1
    for name in ours.rows:
        assert (tmp_path / "theirs" / f"{name}.parquet").read_bytes() == (tmp_path / "ours" / f"{name}.parquet").read_bytes()
