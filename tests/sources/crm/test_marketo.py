"""What becomes of each table of Marketo."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bgml.data.dataset import inspect
from bgml.errors import SettingsError
from bgml.project import find_project
from bgml.sources.detect import kind_of
from bgml.sources.run import import_sources
from tests.sources.conftest import ACCOUNT, NOW, Result, Rows, written
from tests.sources.crm.marketo_world import LEADS, WORLD, act

SEED = Path(__file__).parents[2] / "data" / "crm" / "marketo"
ACME, GLOBEX, INITECH, DEE = "domain:acme.com", "001000000000001AAA", "marketo:company-C9", "003000000000007AAA"


def imported(folder: Path, tables: Mapping[str, Rows], said: str = "") -> Result:
    """Import tables of Marketo, `said` under [sources.marketo]; every row read is accounted for."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bgml.toml").write_text(f'[project]\nname = "w"\n[data]\nurl = "out"\n[sources.marketo]\n{said}\n', encoding="utf-8")
    source = written(folder / "raw", **tables)
    done = import_sources([("marketo", str(source))], folder / "out", project=find_project(named=folder), now=NOW)
    for entry in done.entries:
        assert entry.rows == entry.used + entry.merged + sum(entry.aside.values()) == len(tables[Path(entry.where).stem]), entry
    return Result(done)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The whole world, a score of 100 making an MQL."""
    return imported(tmp_path_factory.mktemp("marketo"), WORLD, "mql_score = 100")


def test_every_row_of_real_tables_is_used_merged_or_set_aside(tmp_path: Path) -> None:
    done = import_sources([("marketo", str(SEED))], tmp_path / "out", now=NOW)
    files = {path.name: len(pd.read_csv(path, dtype=str)) for path in SEED.glob("*.csv")}
    assert {entry.where: entry.rows for entry in done.entries} == files and len(files) == 14
    for entry in done.entries:
        assert entry.rows == entry.used + entry.merged + sum(entry.aside.values())
    aside = {entry.table: entry.aside for entry in done.entries}
    assert aside["activity_open_email"] == {"its person is not among the people": 99, "of a deleted lead": 1}
    assert aside["activity_merge_leads"] == {"no id that can be read": 1}
    assert done.rows == {"accounts": 0, "people": 100, "signals": 0, "opportunities": 0}
    for name in ("accounts", "signals", "opportunities"):
        assert [warning for warning in done.warnings if warning.startswith(f"{name} is empty")]


def test_the_accounts(world: Result) -> None:
    assert world.rows("accounts") == [
        {"account_id": GLOBEX, "name": "Globex", "domain": "globex.io"},
        {"account_id": ACME, "name": "Acme", "domain": "acme.com", "industry": "Banking", "employees": 1200.0, "region": "DE"},
        {"account_id": INITECH, "name": "Initech", "domain": "initech.com", "industry": "Software"},
    ]


def test_the_people(world: Result) -> None:
    moved = pd.Timestamp("2025-06-01 10:00:00")
    assert world.rows("people") == [
        {"person_id": DEE, "account_id": GLOBEX, "name": "Dee Dow", "email": "dee@globex.io", "title": "CTO", "valid_from": moved},
        {"person_id": DEE, "account_id": GLOBEX, "name": "Dee Dow", "email": "dee@globex.io", "title": "Director", "valid_to": moved},
        {"person_id": "marketo:1", "account_id": ACME, "name": "Ann Ace", "email": "ann@acme.com", "title": "CFO"},
        {"person_id": "marketo:2", "account_id": ACME, "name": "Bob Bay", "email": "bob@acme.com", "title": "VP IT"},
        {"person_id": "marketo:3", "name": "Cy Coe", "email": "cy@gmail.com"},
        {"person_id": "marketo:8", "account_id": GLOBEX, "name": "Eve Elm", "email": "eve@globex.io"},
        {"person_id": "marketo:9", "account_id": INITECH, "name": "Flo Fir", "email": "flo@hotmail.com"},
    ]
    assert world.entry("lead").merged == 1
    assert world.entry("lead").aside == {
        "an anonymous visitor: no e-mail, name or record in the CRM": 1,
        "deleted lead": 1,
        "test record": 1,
    }


SIGNALS = """
activity_change_data_value:170 | domain:acme.com    | marketo:2          | qualified_lead | mql                | 2025-05-05 10:00
activity_change_data_value:171 | 001000000000001AAA | 003000000000007AAA | qualified_lead | mql                | 2025-05-06 10:00
activity_change_data_value:173 | domain:acme.com    | marketo:1          | qualified_lead | mql                | 2025-05-08 10:00
activity_change_revenue_stage:185 | 001000000000001AAA | marketo:8       | qualified_lead | mql                | 2025-05-13 10:00
activity_change_score:180      | domain:acme.com    | marketo:1          | qualified_lead | mql                | 2025-05-10 10:00
activity_change_status_in_progression:141 | domain:acme.com | marketo:1  | named          | webinar_registered | 2025-04-01 10:00
activity_change_status_in_progression:142 | domain:acme.com | marketo:1  | named          | webinar_attended   | 2025-04-01 10:00
activity_change_status_in_progression:144 | domain:acme.com | marketo:2  | named          | event_engaged      | 2025-04-01 10:00
activity_change_status_in_progression:145 | domain:acme.com | marketo:2  | named          | program_engaged    | 2025-04-01 10:00
activity_click_email:130       | 001000000000001AAA | 003000000000007AAA | named          | email_click        | 2025-03-02 12:00
activity_click_link:115        | 001000000000001AAA | marketo:8          | named          | link_click         | 2025-03-02 10:00
activity_click_sales_email:164 | domain:acme.com    | marketo:1          | named          | email_click        | 2025-05-01 12:00
activity_fill_out_facebook_lead_ads_form:112 | domain:acme.com | marketo:2 | named        | form_fill          | 2025-03-01 13:00
activity_fill_out_form:110     | domain:acme.com    | marketo:2          | named          | form_fill          | 2025-03-01 11:00
activity_fill_out_linkedin_lead_gen_form:111 | domain:acme.com | marketo:2 | named        | form_fill          | 2025-03-01 12:00
activity_open_email:120        | domain:acme.com    | marketo:1          | named          | email_open         | 2025-03-02 11:00
activity_open_sales_email:163  | domain:acme.com    | marketo:1          | named          | email_open         | 2025-05-01 11:00
activity_receive_sales_email:161 | domain:acme.com  | marketo:1          | named          | reply              | 2025-05-02 10:00
activity_replied_to_sales_email:162 | domain:acme.com | marketo:1        | named          | reply              | 2025-05-02 11:00
activity_visit_webpage:100     | domain:acme.com    | marketo:1          | named          | page_view          | 2025-03-01 10:00
activity_visit_webpage:101     | domain:acme.com    | marketo:1          | named          | page_view          | 2024-12-01 10:00
activity_visit_webpage:103     | domain:acme.com    | marketo:1          | named          | page_view          | 2025-03-03 10:00
activity_visit_webpage:107     | domain:acme.com    | marketo:1          | named          | page_view          | 2025-03-07 10:00
lead:9                         | marketo:company-C9 | marketo:9          | qualified_lead | mql                | 2025-07-07 07:00
program_membership:150         | 001000000000001AAA | 003000000000007AAA | named          | event_attended     | 2025-05-01 00:00
"""


def test_the_signals(world: Result) -> None:
    found = world["signals"].sort_values("signal_id")
    names = ["signal_id", "account_id", "person_id", "category", "action", "occurred_at"]
    rows = found.assign(
        signal_id=found["signal_id"].str.removeprefix("marketo:"), occurred_at=found["occurred_at"].dt.strftime("%Y-%m-%d %H:%M")
    )
    expected = [tuple(part.strip() for part in line.split("|")) for line in SIGNALS.strip().splitlines()]
    assert list(rows[names].itertuples(index=False, name=None)) == expected


def test_a_visit_before_somebody_was_known_is_known_from_then(world: Result) -> None:
    visits = world["signals"].set_index("signal_id")["recorded_at"]
    assert visits["marketo:activity_visit_webpage:101"] == pd.Timestamp("2025-01-05 08:00")
    assert visits["marketo:activity_visit_webpage:100"] == pd.Timestamp("2025-03-01 10:00")


def test_the_opportunities_and_their_people(world: Result) -> None:
    deals = [
        (row["opportunity_id"], row["account_id"], row["outcome"], row.get("amount"), str(row.get("closed_at")))
        for row in world.rows("opportunities")
    ]
    assert deals == [
        ("006000000000001AAA", ACME, "won", 1000.5, "2025-09-01 23:59:59.999999"),
        ("marketo:g2", INITECH, "lost", 5.0, "2025-09-02 23:59:59.999999"),
        ("marketo:g3", GLOBEX, "open", None, "None"),
    ]
    roles = sorted((row["opportunity_id"], row["person_id"], row["role"]) for row in world.rows("opportunity_contacts"))
    assert roles == [("006000000000001AAA", "marketo:1", "Economic Buyer"), ("006000000000001AAA", "marketo:3", "Friend")]
    assert world.entry("opportunity").aside == {"unknown stage: ???": 1}


def test_a_sellers_mail_is_a_touch(world: Result) -> None:
    assert [(row["touch_id"], row["person_id"], row["account_id"], row["kind"]) for row in world.rows("touches")] == [
        ("marketo:activity_send_sales_email:160", "marketo:1", ACME, "email")
    ]


ASIDE = {
    "activity_visit_webpage": {
        "its address is in no range that is known": 2,
        "its person has no account": 1, "no occurred_at that can be read": 1, "of a deleted lead": 1,
    },
    "activity_open_email": {"a mail scanner's, no act of a person": 1},
    "activity_click_email": {"a mail scanner's, no act of a person": 1},
    "activity_change_status_in_progression": {
        "a program status that is no act of the person: Invited": 1, "a program status that is no act of the person: No Show": 1,
            "no new status": 1,
    },
    "program_membership": {"a program status that is no act of the person: Invited": 1,
        "the changes of this status have rows of their own": 1},
    "activity_change_data_value": {
        "a change of a field that bgml does not use": 1, "a change of status to no MQL": 1, "its person is not among the people": 1,
            "of a deleted lead": 1,
    },
    "activity_change_score": {"a change of a score that score_fields does not name": 1, "a change of score that reaches no MQL": 1},
    "activity_change_revenue_stage": {"a change of status to no MQL": 1},
    "activity_merge_leads": {"no id that can be read": 1},
    "activity_delete_lead": {"deleted lead": 2, "deleted because it was merged": 1},
    "activity_send_email": {"sent by marketing, no act of the buyer": 1},
    "activity_email_delivered": {"sent by marketing, no act of the buyer": 1},
    "activity_email_bounced": {"a mail that did not arrive": 1},
    "activity_email_bounced_soft": {"a mail that did not arrive": 1},
    "activity_unsubscribe_email": {"an unsubscription: the opposite of engagement": 1},
    "activity_interesting_moment": {"a summary of acts that have rows of their own": 1},
    "activity_sync_lead_to_sfdc": {"bookkeeping of Marketo": 1},
    "activity_new_lead": {"bookkeeping of Marketo": 1},
    "opportunity_role": {"its opportunity is not among the opportunities": 1},
}  # fmt: skip


def test_what_is_set_aside_and_why(world: Result) -> None:
    others = {entry.table: entry.aside for entry in world.done.entries if entry.aside and entry.table not in ("lead", "opportunity")}
    assert others == ASIDE
    assert world.entry("activity_visit_webpage").merged == 1


def test_merges_are_listed_and_cycles_broken(world: Result) -> None:
    listed = pd.read_csv(world.done.folder / "merges.csv")
    assert sorted(zip(listed["merged"], listed["kept"], listed["why"], strict=True)) == [
        ("marketo:11", "marketo:1", "merged in Marketo"),
        ("marketo:12", "marketo:6", "merged in Marketo"),
        ("marketo:14", "marketo:13", "merged in Marketo; a cycle of merges, the least id stays"),
        ("marketo:5", "marketo:1", "merged in Marketo"),
        ("marketo:7", DEE, "synced with Salesforce"),
    ]


def test_the_world_passes_the_checks(world: Result) -> None:
    _, checked = inspect(find_project(named=world.done.folder.parent))
    assert not checked.report.faults and not checked.report.stops


def test_what_marketo_does_by_itself_is_never_a_signal(world: Result) -> None:
    made = {signal.split(":")[1] for signal in world["signals"]["signal_id"]}
    assert not made & {
        "activity_send_email",
        "activity_email_delivered",
        "activity_unsubscribe_email",
        "activity_interesting_moment",
        "activity_new_lead",
    }


LEAD = {"id": 1, "email": "ann@acme.com", "first_name": "Ann", "created_at": "2025-01-01"}


def test_unknown_activities_are_named(tmp_path: Path) -> None:
    found = imported(tmp_path, {"lead": [LEAD]})
    written(tmp_path / "raw", activity_custom_dance=[{"id": 1}])
    done = import_sources([("marketo", str(tmp_path / "raw"))], tmp_path / "out", now=NOW)
    assert "Marketo: not read: activity_custom_dance (1 rows)" in done.warnings
    assert done.entries[:-1] == found.done.entries and done.entries[-1].aside == {"not read: the mapping has no such table": 1}


def test_without_a_threshold_no_score_makes_an_mql(tmp_path: Path) -> None:
    scores = [act(1, 1, "2025-05-01", "Lead Score", old_value="0", new_value="1000")]
    assert not imported(tmp_path / "a", {"lead": [LEAD], "activity_change_score": scores}).rows("signals")
    said = 'mql_score = 150.5\nscore_fields = ["lead score"]'
    assert len(imported(tmp_path / "b", {"lead": [LEAD], "activity_change_score": scores}, said).rows("signals")) == 1


@pytest.mark.parametrize(
    ("said", "told"), [('mql_score = "100"', "mql_score must be a number"), ("mql_statuses = 3", "mql_statuses must be text")]
)
def test_a_setting_of_the_wrong_kind_is_refused(tmp_path: Path, said: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        imported(tmp_path, {"lead": [LEAD]}, said)


def test_statuses_are_what_the_settings_say(tmp_path: Path) -> None:
    rows = [act(1, 1, "2025-05-01", "P", primary_attribute_value_id=1, new_status="Teilgenommen", success=""),
            act(2, 1, "2025-05-01", "P", primary_attribute_value_id=1, new_status="Attended", success="")]  # fmt: skip
    tables = {"lead": [LEAD], "activity_change_status_in_progression": rows}
    found = imported(tmp_path, tables, "engaged_statuses = ['teilgenommen']")
    assert [row["signal_id"][-2:] for row in found.rows("signals")] == [":1"]


def test_a_field_of_the_users_own_dates_the_mql(tmp_path: Path) -> None:
    lead = {**LEAD, "MQL_Date__c": "2025-03-04", "lead_status": "MQL", "updated_at": "2025-09-09"}
    found = imported(tmp_path, {"lead": [lead]}, 'mql_date = "mql_date__c"')
    assert [(row["action"], str(row["occurred_at"])) for row in found.rows("signals")] == [("mql", "2025-03-04 00:00:00")]
    assert not found.done.undated


def test_tables_of_airbyte_are_read(tmp_path: Path) -> None:
    opened = {
        "marketoGUID": "a",
        "leadId": "1",
        "activityDate": "2025-05-01T10:00:00Z",
        "primaryAttributeValue": "Mail",
        "isBotActivity": "",
    }
    found = imported(tmp_path, {"leads": [{"id": 1, "email": "ann@acme.com", "firstName": "Ann"}], "activities_open_email": [opened]})
    assert [(row["person_id"], str(row["occurred_at"])) for row in found.rows("signals")] == [("marketo:1", "2025-05-01 10:00:00")]


def test_two_marketos_do_not_mix_their_leads(tmp_path: Path) -> None:
    for name, email in (("a", "ann@acme.com"), ("b", "bo@beta.com")):
        written(tmp_path / name, lead=[{**LEAD, "email": email}], activity_open_email=[act(1, 1, "2025-05-01", "M")])
    done = import_sources([("marketo", str(tmp_path / "a")), ("marketo", str(tmp_path / "b"))], tmp_path / "out", now=NOW)
    found = Result(done)
    assert [(row["person_id"], row["account_id"]) for row in found.rows("signals")] == [
        ("marketo2:1", "domain:beta.com"),
        ("marketo:1", ACME),
    ]


def test_a_lead_that_salesforce_knows_is_the_contact_there(tmp_path: Path) -> None:
    contact = {"id": "003000000000007", "account_id": ACCOUNT["id"], "name": "Dee D.", "email": "dee@globex.io", "title": "CTO"}
    crm = written(tmp_path / "crm", account=[{**ACCOUNT, "name": "Globex Inc", "website": "globex.io"}], contact=[contact],
                  opportunity=[{"id": "006x", "created_date": "2025-01-01"}])  # fmt: skip
    mail = written(
        tmp_path / "mail", lead=[row for row in LEADS if row["id"] in (7, 8)], activity_open_email=[act(1, 7, "2025-05-01", "M")]
    )
    done = import_sources([("salesforce", str(crm)), ("marketo", str(mail))], tmp_path / "out", now=NOW)
    found = Result(done)
    assert [(row["account_id"], row["name"]) for row in found.rows("accounts")] == [(GLOBEX, "Globex Inc")]
    assert [(row["person_id"], row["account_id"]) for row in found.rows("signals")] == [(DEE, GLOBEX)]
    assert {row["person_id"] for row in found.rows("people")} == {DEE, "marketo:8"}
    assert found.entry("lead").merged == 1


def test_what_was_merged_into_a_deleted_lead_is_deleted_too(tmp_path: Path) -> None:
    leads = [{**LEAD, "id": number, "email": f"p{number}@acme.com"} for number in (1, 2, 3)]
    merges = [{"id": 1, "lead_id": 2, "merge_ids": "[3]"}, {"id": 2, "lead_id": 1, "merge_ids": "[2]"}]
    opens = [act(number, number, "2025-05-01", "M") for number in (1, 2, 3)]
    leads.append({**LEAD, "id": 4, "email": "p4@beta.com"})
    tables = {
        "lead": leads,
        "activity_merge_leads": merges,
        "activity_open_email": opens,
        "activity_delete_lead": [{"id": 9, "lead_id": 1}],
    }
    found = imported(tmp_path, tables)
    assert found.entry("lead").aside == {"deleted lead": 3}
    assert found.entry("activity_open_email").aside == {"of a deleted lead": 3}


def test_a_lead_that_was_merged_into_two_is_gone_when_one_of_them_is(tmp_path: Path) -> None:
    leads = [{**LEAD, "id": number, "email": f"p{number}@acme.com"} for number in (0, 1, 2)]
    merges = [{"id": 1, "lead_id": 1, "merge_ids": "[0]"}, {"id": 2, "lead_id": 2, "merge_ids": "[0]"}]
    found = imported(tmp_path, {"lead": leads, "activity_merge_leads": merges, "activity_delete_lead": [{"id": 9, "lead_id": 1}]})
    assert [row["person_id"] for row in found.rows("people")] == ["marketo:2"]
    assert found.entry("activity_merge_leads").aside == {"its lead was merged into a deleted one as well": 1}


def test_a_folder_of_marketo_is_recognised() -> None:
    assert kind_of(["marketo_lead_data", "marketo_activity_open_email_data", "campaign"]) == "marketo"


numbers = st.integers(0, 9)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    merges=st.lists(st.tuples(numbers, st.lists(numbers, max_size=3)), max_size=6),
    gone=st.lists(numbers, max_size=3),
    acts=st.lists(numbers, max_size=8),
)
def test_any_merges_and_deletions_add_up(tmp_path_factory: pytest.TempPathFactory, merges: Any, gone: Any, acts: Any) -> None:
    tables: dict[str, Rows] = {
        "lead": [{**LEAD, "id": number, "email": f"p{number}@acme.com"} for number in range(8)]
        + [{**LEAD, "id": 99, "email": "z@zeta.com"}],
        "activity_merge_leads": [{"id": row, "lead_id": lead, "merge_ids": str(ids)} for row, (lead, ids) in enumerate(merges)],
        "activity_delete_lead": [{"id": row, "lead_id": lead} for row, lead in enumerate(gone)],
        "activity_open_email": [act(row, lead, "2025-05-01", "M") for row, lead in enumerate(acts)],
    }
    found = imported(tmp_path_factory.mktemp("any"), {name: rows for name, rows in tables.items() if rows})
    people = {row["person_id"] for row in found.rows("people")}
    lost = {lead for _, ids in merges for lead in ids}
    assert not {f"marketo:{lead}" for lead in gone if lead not in lost} & people
    assert {row["person_id"] for row in found.rows("signals")} <= people
