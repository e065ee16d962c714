"""What becomes of each Salesforce object."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bgml.data.dataset import inspect
from bgml.project import find_project
from bgml.sources.run import import_sources
from tests.sources.conftest import ACCOUNT, CONTACT, DEAL, NOW, Org

SEED = Path(__file__).parents[2] / "data" / "crm" / "salesforce"
A, C, D = "001000000000001AAA", "003000000000001AAA", "006000000000001AAA"


def test_every_row_of_real_tables_is_used_merged_or_set_aside(tmp_path: Path) -> None:
    done = import_sources([("salesforce", str(SEED))], tmp_path / "out", now=NOW)
    files = {path.name: sum(1 for _ in pd.read_csv(path, dtype=str).index) for path in SEED.glob("*.csv")}
    assert {entry.where: entry.rows for entry in done.entries} == {
        name: rows for name, rows in files.items() if name not in ("sf_order_data.csv", "sf_user_role_data.csv")
    }
    for entry in done.entries:
        assert entry.rows == entry.used + entry.merged + sum(entry.aside.values())
    assert any("sf_order_data, sf_user_role_data" in warning for warning in done.warnings)
    assert [warning for warning in done.warnings if warning.startswith("opportunities is empty")]


def test_ids_of_15_and_18_characters_are_one(org: Org) -> None:
    found = org(contact=[CONTACT, {**CONTACT, "id": C}], opportunity=[{**DEAL, "account_id": A}])
    assert [row["account_id"] for row in found.rows("accounts")] == [A]
    assert [row["person_id"] for row in found.rows("people")] == [C]
    assert found.entry("contact").merged == 1


def test_an_account_has_its_columns_and_owner(org: Org) -> None:
    found = org(
        account=[{**ACCOUNT, "industry": "Banking", "number_of_employees": "1,200", "annual_revenue": "5e6", "billing_country": "DE"}],
        user=[{"id": "005000000000001AAA", "name": "Sue", "is_active": "TRUE"}],
    )
    assert found.rows("accounts") == [
        {
            "account_id": A,
            "name": "Acme",
            "domain": "acme.com",
            "industry": "Banking",
            "employees": 1200.0,
            "revenue": 5e6,
            "region": "DE",
            "owner": "Sue",
        }
    ]


@pytest.mark.parametrize(
    ("user", "owner"), [([], A.replace("001", "005", 1)), ([{"id": "005000000000001", "name": "Sue", "is_active": "0"}], None)]
)
def test_an_owner_who_left_is_none_and_an_unknown_one_an_id(org: Org, user: list[dict[str, str]], owner: str | None) -> None:
    assert org(user=user or [{"id": "005x", "name": "x", "is_active": "1"}]).rows("accounts")[0].get("owner") == owner


def test_a_converted_lead_is_its_contact(org: Org) -> None:
    lead = {
        "id": "00Q000000000001",
        "name": "Ann Ace",
        "email": "ann@old.com",
        "is_converted": "true",
        "converted_contact_id": CONTACT["id"],
    }
    member = {"id": "00v000000000001", "campaign_id": "701000000000001", "lead_id": lead["id"], "has_responded": "true",
              "first_responded_date": "2025-05-01", "created_date": "2025-05-01 09:00:00"}  # fmt: skip
    found = org(lead=[lead], campaign_member=[member])
    assert [(row["person_id"], row["email"]) for row in found.rows("people")] == [(C, "ann@acme.com")]
    assert [(row["person_id"], row["account_id"]) for row in found.rows("signals")] == [(C, A)]
    assert found.entry("lead").merged == 1 and found.done.merges == 1


@pytest.mark.parametrize(
    ("lead", "account"),
    [
        ({"email": "bob@acme.com"}, A),
        ({"email": "bob@gmail.com", "website": "acme.com/careers"}, A),
        ({"email": "bob@new.io", "company": "New"}, "domain:new.io"),
        ({"email": "bob@gmail.com", "company": "Somewhere"}, None),
    ],
)
def test_a_lead_is_at_the_account_of_its_domain(org: Org, lead: dict[str, str], account: str | None) -> None:
    found = org(lead=[{"id": "00Q000000000002", "name": "Bob", "is_converted": "false", **lead}])
    person = next(row for row in found.rows("people") if row["name"] == "Bob")
    assert person.get("account_id") == account
    assert ("domain:new.io" in set(found["accounts"]["account_id"])) == (account == "domain:new.io")


def test_deleted_older_and_test_rows_are_set_aside_with_what_they_did(org: Org) -> None:
    found = org(
        account=[
            ACCOUNT,
            {"id": "001000000000002", "name": "Gone", "is_deleted": "true"},
            {"id": "001000000000003", "name": "Test Account 7"},
            {**ACCOUNT, "_fivetran_active": "false"},
        ],
        opportunity=[
            DEAL,
            {**DEAL, "id": "006000000000002", "account_id": "001000000000002"},
            {**DEAL, "id": "006000000000003", "account_id": "001000000000003"},
        ],
        contact=[CONTACT, {"id": "003000000000009", "name": "test", "account_id": ACCOUNT["id"]}],
        event=[{"id": "00U000000000001", "who_id": "003000000000009", "account_id": A, "start_date_time": "2025-01-02 10:00:00"}],
    )
    assert found.entry("account").aside == {"an older version of the row": 1, "deleted in the CRM": 1, "test record": 1}
    assert found.entry("opportunity").aside == {"its account is not among the accounts": 1, "of a test record": 1}
    assert found.entry("event").aside == {"of a test record": 1}
    assert len(found["opportunities"]) == 1


def test_merged_contacts_follow_their_chain_and_cycles_are_broken(org: Org) -> None:
    def contact(number: int, master: int | None, **more: str) -> dict[str, str]:
        merged = {"is_deleted": "true", "master_record_id": f"00300000000000{master}"} if master else {"is_deleted": "false"}
        return {"id": f"00300000000000{number}", "name": f"P{number}", "account_id": ACCOUNT["id"], **merged, **more}

    people = [contact(1, 2), contact(2, 3), contact(3, None), contact(4, 5), contact(5, 4, is_deleted="false")]
    event = {"id": "00U000000000001", "who_id": "003000000000001", "account_id": A, "start_date_time": "2025-01-02 10:00:00"}
    found = org(contact=people, event=[event])
    assert found.rows("signals")[0]["person_id"] == "003000000000003AAA"
    assert {row["person_id"]: row["name"] for row in found.rows("people")} == {"003000000000003AAA": "P3", "003000000000004AAA": "P5"}
    assert found.entry("contact").merged == 3
    undone = pd.read_csv(found.done.folder / "merges.csv")
    assert undone.set_index("merged")["why"]["003000000000005AAA"].endswith("a cycle of merges, the least id stays")


def test_an_open_deal_has_no_close(org: Org) -> None:
    row = org().rows("opportunities")[0]
    assert row["outcome"] == "open" and "closed_at" not in row
    assert (row["opportunity_id"], row["account_id"], row["amount"], row["stage"]) == (D, A, 1000.0, "Proposal")
    assert row["created_at"] == pd.Timestamp("2025-03-01 08:00:00")


WON = {**DEAL, "stage_name": "Signed", "is_closed": "true", "is_won": "true"}


def test_without_history_a_deal_closes_at_the_end_of_its_day(org: Org) -> None:
    assert org(opportunity=[WON]).rows("opportunities")[0]["closed_at"] == pd.Timestamp("2025-09-01 23:59:59.999999")


def test_a_deal_closed_before_it_was_entered_is_known_from_then(org: Org) -> None:
    row = org(opportunity=[{**WON, "close_date": "2025-01-01"}]).rows("opportunities")[0]
    assert row["closed_at"] == row["created_at"] == pd.Timestamp("2025-03-01 08:00:00")


def step(number: int, stage: str, at: str) -> dict[str, str]:
    return {"id": f"008{number:012}", "opportunity_id": DEAL["id"], "stage_name": stage, "created_date": at}


def test_history_dates_the_close_by_the_start_of_the_last_closed_run(org: Org) -> None:
    steps = [
        step(1, "Proposal", "2025-03-01 08:00:00"),
        step(2, "Signed", "2025-04-01 08:00:00"),
        step(3, "Proposal", "2025-04-02 08:00:00"),
        step(4, "Signed", "2025-05-01T12:00:00.000+0200"),
        step(5, "Signed", "2025-06-01 08:00:00"),
    ]
    found = org(opportunity=[WON, {**DEAL, "id": "006000000000002"}], opportunity_history=steps)
    assert found.rows("opportunities")[0]["closed_at"] == pd.Timestamp("2025-05-01 10:00:00")
    assert found.entry("opportunity_history").used == 5


def test_field_history_and_fivetran_versions_date_the_close_too(org: Org) -> None:
    field = {"id": "017000000000001", "opportunity_id": D, "field": "StageName", "new_value": "Signed", "created_date": "7/4/2025"}
    other = {**field, "id": "017000000000002", "field": "Amount", "new_value": "5"}
    found = org(opportunity=[WON], opportunity_field_history=[field, other])
    assert found.rows("opportunities")[0]["closed_at"] == pd.Timestamp("2025-07-04")
    assert found.entry("opportunity_field_history").aside == {"not a change of stage": 1}
    versions = [
        {**DEAL, "_fivetran_start": "2025-03-01 08:00:00", "_fivetran_end": "2025-08-01 00:00:00"},
        {**WON, "_fivetran_start": "2025-08-01 00:00:00", "_fivetran_end": "9999-12-31 23:59:59"},
    ]
    found = org(opportunity=[WON], opportunity_history=versions, opportunity_field_history=[])
    assert found.rows("opportunities")[0]["closed_at"] == pd.Timestamp("2025-08-01")


def test_stages_say_the_outcome_where_the_deal_does_not(org: Org) -> None:
    bare = {key: value for key, value in DEAL.items() if key not in ("is_closed", "is_won")}
    stages = [
        {"api_name": "Verloren", "master_label": "Verloren", "is_closed": "1", "is_won": "0"},
        {"api_name": "Angebot", "master_label": "Angebot", "is_closed": "0", "is_won": "0"},
    ]
    deals = [{**bare, "id": f"00600000000000{number}", "stage_name": stage}
             for number, stage in enumerate(["Verloren", "Angebot", "Closed Won", "Vielleicht"], 1)]  # fmt: skip
    found = org(opportunity=deals, opportunity_stage=stages)
    assert [row["outcome"] for row in found.rows("opportunities")] == ["lost", "open", "won"]
    assert found.entry("opportunity").aside == {"unknown stage: Vielleicht": 1}


def test_amounts_keep_their_currency_and_negative_ones_are_no_purchase(org: Org) -> None:
    found = org(opportunity=[{**DEAL, "currency_iso_code": "EUR"}, {**DEAL, "id": "006000000000002", "amount": "-5"}])
    assert [(row["amount"], row["currency"]) for row in found.rows("opportunities")] == [(1000.0, "EUR")]
    assert found.entry("opportunity").aside == {"negative amount: no purchase": 1}


def test_contact_roles_are_dated_and_one_per_person(org: Org) -> None:
    role = {"id": "00K000000000001", "opportunity_id": DEAL["id"], "contact_id": C, "role": "", "created_date": "2025-03-02"}
    found = org(
        opportunity_contact_role=[
            role,
            {**role, "id": "00K2", "role": "Decision Maker"},
            {**role, "id": "00K3", "opportunity_id": "006x"},
            {**role, "is_deleted": "true"},
        ]
    )
    assert found.rows("opportunity_contacts") == [
        {"opportunity_id": D, "person_id": C, "role": "Decision Maker", "added_at": pd.Timestamp("2025-03-02")}
    ]
    assert found.entry("opportunity_contact_role").merged == 1
    assert sum(found.entry("opportunity_contact_role").aside.values()) == 2


TASK = {
    "id": "00T000000000001",
    "who_id": CONTACT["id"],
    "account_id": A,
    "subject": "Email: hello",
    "status": "Completed",
    "is_closed": "TRUE",
    "activity_date": "2025-05-05",
    "created_date": "2025-05-06 10:00:00",
}


@pytest.mark.parametrize(
    ("task", "table", "kind"),
    [
        ({}, "touches", "email"),
        ({"subject": "Call", "task_subtype": "Call"}, "touches", "call"),
        ({"subject": "Intro", "call_type": "Inbound"}, "signals", "call"),
        ({"subject": "Reply: pricing"}, "signals", "reply"),
        ({"subject": "[Outreach] [Email] [In] Re: pricing"}, "signals", "reply"),
        ({"subject": "Prepare slides"}, "touches", "task"),
    ],
)
def test_sellers_tasks_are_touches_and_buyers_answers_signals(org: Org, task: dict[str, str], table: str, kind: str) -> None:
    found = org(task=[{**TASK, **task}])
    row = found.rows(table)[0]
    assert (row["account_id"], row["person_id"]) == (A, C)
    assert kind == row["kind" if table == "touches" else "action"]
    assert row["occurred_at"] == pd.Timestamp("2025-05-05")
    if table == "signals":
        assert row["recorded_at"] == pd.Timestamp("2025-05-06 10:00:00")
    assert not len(found["touches" if table == "signals" else "signals"])


def test_planned_tasks_and_copies_of_mails_are_set_aside(org: Org) -> None:
    mail = {
        "id": "02s000000000001",
        "incoming": "true",
        "message_date": "2025-05-05 08:00:00",
        "from_address": "Ann@acme.com",
        "activity_id": "00T000000000002",
    }
    found = org(
        task=[{**TASK, "is_closed": "false", "status": "Open"}, {**TASK, "id": "00T000000000002"}],
        email_message=[mail, {**mail, "id": "02s000000000002", "incoming": "false", "to_address": "ann@acme.com; x@y.zz"}],
    )
    assert found.entry("task").aside == {"planned, not done": 1, "the same mail is in EmailMessage": 1}
    assert [(row["person_id"], row["account_id"], row["action"]) for row in found.rows("signals")] == [(C, A, "reply")]
    assert [(row["person_id"], row["account_id"], row["kind"]) for row in found.rows("touches")] == [(C, A, "email")]


EVENT = {
    "id": "00U000000000001",
    "who_id": CONTACT["id"],
    "account_id": A,
    "start_date_time": "2025-05-05 08:00:00",
    "created_date": "2025-05-01 10:00:00",
}


def test_a_meeting_is_an_act_of_those_who_came(org: Org) -> None:
    other = {"id": "003000000000002", "name": "Bob", "account_id": ACCOUNT["id"]}
    third = {"id": "003000000000003", "name": "Cy", "account_id": ACCOUNT["id"]}
    relations = [
        {"id": "1", "event_id": EVENT["id"], "relation_id": other["id"], "status": "Accepted"},
        {"id": "2", "event_id": EVENT["id"], "relation_id": third["id"], "status": "New"},
        {"id": "3", "event_id": EVENT["id"], "relation_id": "005000000000001", "status": "Accepted"},
        {"id": "4", "event_id": EVENT["id"], "relation_id": CONTACT["id"], "status": "Accepted"},
    ]
    found = org(contact=[CONTACT, other, third], event=[EVENT], event_relation=relations)
    assert {row["person_id"] for row in found.rows("signals")} == {C, "003000000000002AAA"}
    assert {(row["person_id"], row["kind"]) for row in found.rows("touches")} == {("003000000000003AAA", "invitation")}
    assert all(row["recorded_at"] >= row["occurred_at"] for row in found.rows("signals"))


def test_meetings_planned_declined_or_copied_are_no_signals(org: Org) -> None:
    events = [
        {**EVENT, "start_date_time": "2026-03-01 10:00:00"},
        {**EVENT, "id": "00U000000000002", "is_child": "true"},
        {**EVENT, "id": "00U000000000003", "is_recurrence": "true"},
        {**EVENT, "id": "00U000000000004"},
    ]
    declined = [{"id": "1", "event_id": "00U000000000004", "relation_id": C, "status": "Declined"}]
    found = org(event=events, event_relation=declined)
    assert not len(found["signals"]) and len(found["touches"]) == 1
    assert found.entry("event").aside == {
        "a colleague's copy of a meeting": 1,
        "a series, whose meetings have rows of their own": 1,
        "occurred_at is in the future": 1,
    }


def test_responses_to_campaigns_are_signals_known_from_their_entry(org: Org) -> None:
    member = {"id": "00v000000000001", "campaign_id": "701000000000001", "contact_id": C, "has_responded": "true",
              "first_responded_date": "2025-05-01", "created_date": "2025-05-03 09:00:00"}  # fmt: skip
    campaign = {"id": "701000000000001AAA", "name": "Webinar May", "type": "Webinar"}
    found = org(campaign=[campaign], campaign_member=[member, {**member, "id": "00v000000000002", "has_responded": "false"}])
    row = found.rows("signals")[0]
    assert (row["action"], row["category"], row["occurred_at"], row["recorded_at"]) == (
        "webinar", "named", pd.Timestamp("2025-05-01"), pd.Timestamp("2025-05-03 09:00:00"),
    )  # fmt: skip
    assert [(row["kind"], row["person_id"]) for row in found.rows("touches")] == [("campaign", C)]


LEAD = {
    "id": "00Q000000000001",
    "name": "Bob",
    "email": "bob@acme.com",
    "status": "MQL",
    "is_converted": "false",
    "last_modified_date": "2025-08-01 10:00:00",
}


def test_mqls_are_dated_by_the_history_of_the_status(org: Org) -> None:
    change = {"id": "1", "lead_id": LEAD["id"], "field": "Status", "new_value": "MQL", "created_date": "2025-06-01 10:00:00"}
    found = org(lead=[LEAD], lead_history=[change, {**change, "id": "2", "field": "Owner", "new_value": "x"}])
    assert [(row["category"], row["occurred_at"]) for row in found.rows("signals")] == [
        ("qualified_lead", pd.Timestamp("2025-06-01 10:00:00"))
    ]
    assert not [item for item in found.done.undated if "signals" in item.name]


def test_mqls_without_history_are_named_as_not_dated(org: Org) -> None:
    found = org(lead=[LEAD])
    assert [row["occurred_at"] for row in found.rows("signals")] == [pd.Timestamp("2025-08-01 10:00:00")]
    assert [item.why for item in found.done.undated if item.name.startswith("signals")] == [
        "MQLs without a history of the lead's status are dated by the lead's last change"
    ]


def test_field_history_gives_versions_of_people(org: Org) -> None:
    change = {"id": "1", "contact_id": C, "field": "Title", "old_value": "Analyst", "new_value": "Manager", "created_date": "2025-02-01"}
    later = {**change, "id": "2", "old_value": "Manager", "new_value": "CFO", "created_date": "2025-06-01"}
    found = org(contact=[CONTACT], contact_history=[later, change])
    rows = sorted(found.rows("people"), key=lambda row: row.get("valid_from", pd.Timestamp(0)))
    assert [(row["title"], row.get("valid_from"), row.get("valid_to")) for row in rows] == [
        ("Analyst", None, pd.Timestamp("2025-02-01")),
        ("Manager", pd.Timestamp("2025-02-01"), None),
        ("CFO", pd.Timestamp("2025-06-01"), None),
    ]
    assert {row["email"] for row in rows} == {"ann@acme.com"}
    assert not [item for item in found.done.undated if item.name == "people.title"]


def test_fivetran_versions_of_people_keep_their_times(org: Org) -> None:
    old = {**CONTACT, "title": "Analyst", "_fivetran_start": "2024-01-01 00:00:00", "_fivetran_end": "2025-01-01 00:00:00"}
    new = {**CONTACT, "_fivetran_start": "2025-01-01 00:00:00", "_fivetran_end": "9999-12-31 23:59:59"}
    found = org(contact=[CONTACT], contact_history=[old, new])
    rows = sorted(found.rows("people"), key=lambda row: row["valid_from"])
    assert [(row["title"], row["valid_from"].year, "valid_to" in row) for row in rows] == [("Analyst", 2024, True), ("CFO", 2025, False)]
    assert rows[0]["valid_to"] == pd.Timestamp("2025-01-01")


def test_what_only_today_says_is_listed(org: Org) -> None:
    found = org(account=[{**ACCOUNT, "industry": "Banking"}])
    assert {item.name for item in found.done.undated} == {"accounts.industry", "people.title"}


def test_camel_case_of_salesforces_own_export(org: Org) -> None:
    found = org(
        account=[{"Id": A, "Name": "Acme", "IsDeleted": "0", "Website": "acme.com"}],
        contact=[{"ID": C, "AccountId": A, "Email": "ann@acme.com", "FirstName": "Ann", "LastName": "Ace"}],
        opportunity=[
            {
                "Id": D,
                "AccountId": A,
                "StageName": "Won",
                "IsClosed": "1",
                "IsWon": "1",
                "CreatedDate": "2025-01-01T08:00:00.000Z",
                "CloseDate": "2025-02-01",
            }
        ],
    )
    assert found.rows("people")[0]["name"] == "Ann Ace"
    assert found.rows("opportunities")[0]["outcome"] == "won"


def test_the_output_passes_the_check(org: Org, tmp_path: Path) -> None:
    found = org(event=[EVENT], task=[TASK], opportunity=[WON])
    project = tmp_path / "project"
    project.mkdir()
    (project / "bgml.toml").write_text(f'[project]\nname = "p"\n[data]\nurl = "{found.done.folder}"\n', encoding="utf-8")
    _, checked = inspect(find_project(named=project))
    assert not checked.report.faults and not checked.report.stops
