"""What becomes of each HubSpot object."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bgml.data.dataset import inspect
from bgml.errors import DataError
from bgml.project import find_project
from bgml.sources.run import Imported, import_sources
from tests.sources.conftest import NOW, Result, written
from tests.sources.crm.hubspot_portal import COMPANY, CONTACT, DEAL, DEAL_COMPANY, STAGES, WON, Portal, history, portal

__all__ = ["portal"]
SEED = Path(__file__).parents[2] / "data" / "crm" / "hubspot"
NOT_NAMED = ("owner_team", "property", "property_option", "role", "team", "team_user", "users")
SPELLINGS = ("_databricks", "_postgres", "_snowflake")
At = pd.Timestamp


def rows_of(path: Path) -> int:
    return len(pd.read_csv(path, dtype=str, skip_blank_lines=False).index)


def check_account(done: Imported) -> None:
    for entry in done.entries:
        assert entry.rows == entry.used + entry.merged + sum(entry.aside.values()), entry


def test_every_row_of_real_tables_is_used_merged_or_set_aside(tmp_path: Path) -> None:
    done = import_sources([("hubspot", str(SEED))], tmp_path / "out", now=NOW)
    check_account(done)
    left = {f"{name}_data" for name in NOT_NAMED} | {path.stem for path in SEED.glob("*.csv") if path.stem.endswith(SPELLINGS)}
    assert {entry.where: entry.rows for entry in done.entries} == {path.name: rows_of(path) for path in SEED.glob("*.csv") if path.stem not in left}
    assert f"HubSpot: not read: {', '.join(sorted(left))}" in done.warnings
    # Its deals have no stage and no company, and its acts are of contacts that are not there.
    empty = [warning.split()[0] for warning in done.warnings if " is empty, and " in warning]
    assert empty == ["signals", "opportunities"]


def test_merged_contacts_of_the_real_tables_are_one(tmp_path: Path) -> None:
    done = import_sources([("hubspot", str(SEED))], tmp_path / "out", now=NOW)
    people = pd.read_parquet(done.folder / "people.parquet")["person_id"]
    assert "78971951" in set(people) and not {"76340251", "46897301", "76226001"} & set(people)
    assert next(entry for entry in done.entries if entry.table == "contact").merged == 3


@pytest.mark.parametrize("spelling", ["company_data_databricks", "company_data_postgres", "company_data_snowflake", "email_event_sent_data_postgres"])
def test_other_spellings_of_a_table_give_the_same(tmp_path: Path, spelling: str) -> None:
    plain = spelling.removesuffix("_databricks").removesuffix("_postgres").removesuffix("_snowflake")
    results = []
    for variant in (plain, spelling):
        folder = tmp_path / variant
        folder.mkdir()
        for name in ("company_data", "deal_data", "email_event_sent_data"):
            shutil.copy(SEED / f"{variant if name == plain else name}.csv", folder / f"{name}.csv")
        done = import_sources([("hubspot", str(folder))], tmp_path / f"{variant}_out", now=NOW)
        results.append(([entry.document() for entry in done.entries], pd.read_parquet(done.folder / "accounts.parquet")))
    assert results[0][0] == results[1][0]
    pd.testing.assert_frame_equal(results[0][1], results[1][1])


def test_a_company_has_its_columns_and_owner(portal: Portal) -> None:
    company = {**COMPANY, "property_industry": "BANKING", "property_numberofemployees": "1200", "property_annualrevenue": "5e6",
               "property_country": "Germany", "property_hubspot_owner_id": "9", "property_hs_all-funky-a9384-syntax": "x"}  # fmt: skip
    found = portal(company=[company], owner=[{"owner_id": "9", "email": "sue@us.com", "first_name": "Sue", "last_name": "Sell"}])
    assert found.rows("accounts") == [
        {"account_id": "1", "name": "Acme", "domain": "acme.com", "industry": "BANKING", "employees": 1200.0, "revenue": 5e6,
         "region": "Germany", "owner": "Sue Sell"}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("owner", "shown"),
    [({"owner_id": "8", "email": "x@us.com"}, "9"), ({"owner_id": "9", "email": "sue@us.com"}, "sue@us.com"),
     ({"owner_id": "9", "email": "sue@us.com", "is_active": "false"}, None)],
)  # fmt: skip
def test_an_owner_is_a_name_an_address_or_an_id_unless_gone(portal: Portal, owner: dict[str, str], shown: str | None) -> None:
    found = portal(company=[{**COMPANY, "property_hubspot_owner_id": "9"}], owner=[owner])
    assert found.rows("accounts")[0].get("owner") == shown


def test_contacts_are_at_the_company_they_name_or_are_joined_with_or_whose_domain_they_have(portal: Portal) -> None:
    def contact(number: str, **more: str) -> dict[str, str]:
        return {**CONTACT, "property_associatedcompanyid": "", "property_email": f"p{number}@gmail.com", "id": number, **more}

    found = portal(
        company=[COMPANY, {**COMPANY, "id": "2", "property_name": "Beta", "property_domain": "beta.io"}],
        contact=[CONTACT, contact("12"), contact("13", property_email="x@beta.io"), contact("14", property_email="d@new.io", property_company="New"), contact("15")],
        contact_company=[{"contact_id": "12", "company_id": "1", "type_id": "279"}, {"contact_id": "12", "company_id": "2", "type_id": "1"}],
    )
    assert {row["person_id"]: row.get("account_id") for row in found.rows("people")} == {
        "11": "1", "12": "2", "13": "2", "14": "domain:new.io", "15": None,
    }  # fmt: skip
    assert found.entry("contact_company").used == 2


def test_deleted_and_test_rows_are_set_aside_with_what_they_did(portal: Portal) -> None:
    found = portal(
        company=[COMPANY, {**COMPANY, "id": "2", "is_deleted": "true"}, {**COMPANY, "id": "3", "property_name": "Test Company 7"}],
        contact=[CONTACT, {**CONTACT, "id": "12", "_fivetran_deleted": "TRUE"}, {**CONTACT, "id": "13", "property_firstname": "test", "property_lastname": ""}],
        deal=[DEAL, {**DEAL, "deal_id": "22"}, {**DEAL, "deal_id": "23"}, {**DEAL, "deal_id": "24", "is_deleted": "true"}],
        deal_company=[DEAL_COMPANY, {"deal_id": "22", "company_id": "2"}, {"deal_id": "23", "company_id": "3"}],
        contact_form_submission=[{"contact_id": "13", "timestamp": "2025-05-01 10:00:00", "form_id": "f", "conversion_id": "c"}],
    )
    assert found.entry("company").aside == {"deleted in the CRM": 1, "test record": 1}
    assert found.entry("contact").aside == {"deleted in the CRM": 1, "test record": 1}
    assert found.entry("deal").aside == {"deleted in the CRM": 1, "its account is not among the accounts": 1, "of a test record": 1}
    assert found.entry("contact_form_submission").aside == {"of a test record": 1}


def test_merges_are_followed_from_the_audit_and_from_lists_of_ids(portal: Portal) -> None:
    gone = {**CONTACT, "id": "12", "property_email": "ann@old.com", "_fivetran_deleted": "TRUE"}
    forms = [{"contact_id": number, "timestamp": f"2025-05-0{day} 10:00:00", "form_id": "f", "conversion_id": f"c{day}"}
             for day, number in enumerate(["12", "13", "14", "11"], 1)]  # fmt: skip
    found = portal(
        company=[{**COMPANY, "property_hs_merged_object_ids": "7;8"}],
        contact=[{**CONTACT, "property_associatedcompanyid": "7", "property_hs_merged_object_ids": "13", "calculated_merged_vids": "11:1610634473000;14:1570000000000"}, gone],
        contact_merge_audit=[{"contact_id": "11", "canonical_vid": "11", "vid_to_merge": "12", "timestamp": "2025-01-01 00:00:00"}],
        contact_form_submission=forms,
        email_event=[event("e1", "OPEN", recipient="ANN@OLD.COM")],
    )
    assert [(row["person_id"], row["account_id"]) for row in found.rows("people")] == [("11", "1")]
    assert {(row["person_id"], row["account_id"]) for row in found.rows("signals")} == {("11", "1")} and len(found["signals"]) == 5
    assert found.entry("contact").merged == 1 and found.entry("contact_merge_audit").used == 1
    assert set(pd.read_csv(found.done.folder / "merges.csv", dtype=str)["id"]) == {"7", "8", "12", "13", "14"}


def test_cycles_of_merges_are_broken(portal: Portal) -> None:
    audit = [{"contact_id": "", "canonical_vid": to, "vid_to_merge": gone} for gone, to in (("11", "12"), ("12", "13"), ("13", "11"), ("11", "11"))]
    found = portal(contact=[{**CONTACT, "id": number} for number in ("11", "12", "13")], contact_merge_audit=audit)
    assert [row["person_id"] for row in found.rows("people")] == ["11"]
    assert found.entry("contact_merge_audit").aside == {"merged into itself": 1}


def test_a_title_has_versions_as_far_back_as_its_history(portal: Portal) -> None:
    changes = [*history("11", "contact_id", "jobtitle", ("CFO", "1717236000000"), ("Analyst", "2023-01-01 10:00:00")),
               *history("11", "contact_id", "associatedcompanyid", ("2", "2024-01-01 10:00:00"), ("1", "6/1/2024 10:00")),
               *history("11", "contact_id", "city", ("Rome", "2024-01-01 10:00:00")),
               *history("99", "contact_id", "jobtitle", ("CEO", "2024-01-01 10:00:00")),
               *history("11", "contact_id", "jobtitle", ("CEO", "soon"))]  # fmt: skip
    found = portal(company=[COMPANY, {**COMPANY, "id": "2", "property_domain": "beta.io"}], contact_property_history=changes)
    rows = sorted(found.rows("people"), key=lambda row: row.get("valid_from", At(0)))
    assert [(row.get("title"), row["account_id"], row.get("valid_from"), row.get("valid_to")) for row in rows] == [
        (None, "1", None, At("2023-01-01 10:00")),
        ("Analyst", "1", At("2023-01-01 10:00"), None),
        ("Analyst", "2", At("2024-01-01 10:00"), None),
        ("CFO", "1", At("2024-06-01 10:00"), None),
    ]
    assert {row["email"] for row in rows} == {"ann@acme.com"}
    entry = found.entry("contact_property_history")
    assert (entry.used, entry.merged) == (3, 1)
    assert entry.aside == {"its contact is not among the contacts": 1, "nothing in it that the tables hold": 2}
    assert not [item for item in found.done.undated if item.name == "people.title"]


def test_becoming_an_mql_is_a_signal_each_time(portal: Portal) -> None:
    stages = [("lead", "2024-12-01 10:00:00"), ("marketingqualifiedlead", "2025-01-01 10:00:00"), ("marketingqualifiedlead", "2025-01-02 10:00:00"),
              ("salesqualifiedlead", "2025-02-01 10:00:00"), ("MarketingQualifiedLead", "2025-04-01T12:00:00+02:00")]  # fmt: skip
    dated = {**CONTACT, "property_hs_lifecyclestage_marketingqualifiedlead_date": "2025-03-01 09:00:00"}
    found = portal(contact=[dated, {**dated, "id": "12"}], contact_property_history=history("11", "contact_id", "lifecyclestage", *stages))
    assert {(row["person_id"], row["category"], row["action"], row["occurred_at"]) for row in found.rows("signals")} == {
        ("11", "qualified_lead", "mql", At("2025-01-01 10:00")),
        ("11", "qualified_lead", "mql", At("2025-04-01 10:00")),
        ("12", "qualified_lead", "mql", At("2025-03-01 09:00")),
    }
    assert found.entry("contact_property_history").aside == {"a lifecycle stage that is no MQL": 2, "an MQL already": 1}


def test_an_open_deal_has_no_close(portal: Portal) -> None:
    assert portal(deal_pipeline=[{"pipeline_id": "default", "label": "Sales"}]).rows("opportunities") == [
        {"opportunity_id": "21", "account_id": "1", "topic": "all", "created_at": At("2025-03-01 08:00"), "outcome": "open", "amount": 1000.0, "stage": "Proposal"}
    ]


def test_a_close_is_dated_by_the_stage_history_else_by_the_end_of_its_day(portal: Portal) -> None:
    assert portal(deal=[WON]).rows("opportunities")[0]["closed_at"] == At("2025-09-01 23:59:59.999999")
    steps = history("21", "deal_id", "dealstage", ("31", "2025-03-01 08:00:00"), ("33", "2025-04-01 08:00:00"), ("31", "2025-05-01 08:00:00"),
                    ("32", "1751356800000"), ("32", "2025-08-01 08:00:00"))  # fmt: skip
    other = history("21", "deal_id", "amount", ("5", "2025-03-01 08:00:00"))
    orphan = history("99", "deal_id", "dealstage", ("32", "2025-03-01 08:00:00"))
    found = portal(deal=[WON], deal_property_history=[*steps, *other, *orphan])
    assert found.rows("opportunities")[0]["closed_at"] == At("2025-07-01 08:00")
    assert found.entry("deal_property_history").aside == {"not a change of stage": 1, "its deal is not among the deals": 1}
    entered = [{"deal_id": "21", "value": stage, "date_entered": at, "_fivetran_active": "true"} for stage, at in (("31", "2025-03-01"), ("32", "2025-06-02 8:00:00"))]
    assert portal(deal=[WON], deal_stage=entered, deal_property_history=None).rows("opportunities")[0]["closed_at"] == At("2025-06-02 08:00")


def test_a_deal_without_a_stage_of_its_own_has_the_last_of_its_history(portal: Portal) -> None:
    bare = {**DEAL, "deal_pipeline_stage_id": ""}
    entered = [{"deal_id": "21", "value": stage, "date_entered": at} for stage, at in (("33", "2025-06-02 08:00:00"), ("31", "2025-03-01 08:00:00"))]
    row = portal(deal=[bare, {**bare, "deal_id": "22"}], deal_stage=entered).rows("opportunities")
    assert [(deal["outcome"], deal["stage"], deal["closed_at"]) for deal in row] == [("lost", "Gone", At("2025-06-02 08:00"))]


@pytest.mark.parametrize(
    ("stage", "outcome"),
    [
        ({"is_closed": "TRUE", "closed_won": "", "probability": "1.0"}, "won"),
        ({"is_closed": "TRUE", "closed_won": "", "probability": "0.0"}, "lost"),
        ({"is_closed": "", "closed_won": "", "probability": "1.0"}, "won"),
        ({"is_closed": "", "closed_won": "", "probability": "0.0"}, "lost"),
        ({"is_closed": "", "closed_won": "", "probability": "0.4"}, "open"),
        ({"is_closed": "FALSE", "closed_won": "FALSE", "probability": "0.0"}, "open"),
        ({"is_closed": "FALSE", "closed_won": "FALSE", "probability": "0.0", "label": "Closed Lost"}, "lost"),
        ({"is_closed": "", "closed_won": "", "probability": "", "label": "Closed won"}, "won"),
    ],
)
def test_stages_say_the_outcome(portal: Portal, stage: dict[str, str], outcome: str) -> None:
    assert portal(deal_pipeline_stage=[{"stage_id": "31", "label": "x", **stage}]).rows("opportunities")[0]["outcome"] == outcome


def test_without_a_table_of_stages_their_ids_and_the_deal_say_it(portal: Portal) -> None:
    stages = ["closedwon", "closedlost", "contractsent", "55", "56"]
    deals = [{**DEAL, "deal_id": f"2{number}", "deal_pipeline_stage_id": stage} for number, stage in enumerate(stages)]
    deals[4] |= {"property_hs_is_closed": "true", "property_hs_is_closed_won": "false"}
    found = portal(deal=deals, deal_company=[{**DEAL_COMPANY, "deal_id": deal["deal_id"]} for deal in deals], deal_pipeline_stage=None)
    assert [row["outcome"] for row in found.rows("opportunities")] == ["won", "lost", "open", "lost"]
    assert found.entry("deal").aside == {"unknown stage: 55": 1}
    assert "HubSpot: no table deal_pipeline_stage: won and lost are told by the names of stages only" in found.done.warnings


def test_a_deal_is_at_its_first_company_or_at_that_of_its_contacts(portal: Portal) -> None:
    companies = [COMPANY, {**COMPANY, "id": "2", "property_domain": "beta.io"}]
    links = [{"deal_id": "21", "company_id": "1", "type_id": "341"}, {"deal_id": "21", "company_id": "2", "type_id": "5"}, {"deal_id": "77", "company_id": "1", "type_id": "5"}]
    people = [{"deal_id": "22", "contact_id": "11"}, {"deal_id": "22", "contact_id": "11"}, {"deal_id": "77", "contact_id": "11"}, {"deal_id": "21", "contact_id": "11"}]
    found = portal(company=companies, deal=[DEAL, {**DEAL, "deal_id": "22"}, {**DEAL, "deal_id": "23"}], deal_company=links, deal_contact=people)
    assert [(row["opportunity_id"], row["account_id"]) for row in found.rows("opportunities")] == [("21", "2"), ("22", "1")]
    assert found.entry("deal").aside == {"no account": 1}
    assert found.rows("opportunity_contacts") == [{"opportunity_id": "21", "person_id": "11"}, {"opportunity_id": "22", "person_id": "11"}]
    assert found.entry("deal_contact").merged == 1 and found.entry("deal_contact").aside == {"its opportunity is not among the opportunities": 1}
    assert found.entry("deal_company").aside == {"its deal is not among the deals": 1}


def test_merged_deals_are_one(portal: Portal) -> None:
    merged = [{"deal_id": "21", "merged_deal_id": "22"}, {"deal_id": "21", "merged_deal_id": "23"}]
    found = portal(deal=[DEAL, {**WON, "deal_id": "22"}], merged_deal=merged, deal_contact=[{"deal_id": "23", "contact_id": "11"}],
                   deal_company=[DEAL_COMPANY, {**DEAL_COMPANY, "deal_id": "22"}])  # fmt: skip
    assert [(row["opportunity_id"], row["outcome"]) for row in found.rows("opportunities")] == [("21", "open")]
    assert found.rows("opportunity_contacts") == [{"opportunity_id": "21", "person_id": "11"}]
    assert found.entry("deal").merged == 1 and found.entry("merged_deal").used == 2


MEETING = {"engagement_id": "41", "property_hs_meeting_start_time": "2025-05-05 10:00:00", "property_hs_createdate": "2025-05-06 10:00:00",
           "property_hs_meeting_title": "Pricing"}  # fmt: skip
GUESTS = [{"engagement_id": "41", "contact_id": "11"}, {"engagement_id": "41", "contact_id": "12"}]
TWO = [CONTACT, {**CONTACT, "id": "12", "property_email": "bob@acme.com"}]


@pytest.mark.parametrize(("outcome", "table"), [("", "signals"), ("COMPLETED", "signals"), ("NO_SHOW", "touches"), ("SCHEDULED", "touches"), ("CANCELED", "touches")])
def test_a_meeting_that_took_place_is_an_act_of_all_who_were_there(portal: Portal, outcome: str, table: str) -> None:
    found = portal(contact=TWO, engagement_meeting=[{**MEETING, "property_hs_meeting_outcome": outcome}], engagement_contact=GUESTS)
    rows = found.rows(table)
    assert [(row["account_id"], row["person_id"], row["occurred_at"]) for row in rows] == [("1", "11", At("2025-05-05 10:00")), ("1", "12", At("2025-05-05 10:00"))]
    assert not len(found["touches" if table == "signals" else "signals"])
    if table == "signals":
        assert {(row["category"], row["action"], row["recorded_at"]) for row in rows} == {("named", "meeting", At("2025-05-06 10:00"))}
    else:
        assert {row["kind"] for row in rows} == {"invitation"}
    assert found.entry("engagement_meeting").used == 1 and found.entry("engagement_contact").used == 2


def test_planned_and_deleted_meetings_are_set_aside(portal: Portal) -> None:
    found = portal(
        engagement_meeting=[{**MEETING, "property_hs_meeting_start_time": "2026-05-05 10:00:00"}, {**MEETING, "engagement_id": "42", "_fivetran_deleted": "true"}],
        engagement_contact=[*GUESTS, {"engagement_id": "49", "contact_id": "11"}],
    )
    assert found.entry("engagement_meeting").aside == {"deleted in the CRM": 1, "occurred_at is in the future": 1}
    assert found.entry("engagement_contact").aside == {"its act is not among the logged acts": 1}


def logged(number: str = "41", **more: str) -> dict[str, str]:
    return {"engagement_id": number, "property_hs_timestamp": "2025-05-05 10:00:00", "property_hs_createdate": "2025-05-05 10:00:00", **more}


@pytest.mark.parametrize(
    ("table", "row", "target", "kind"),
    [
        ("engagement_call", {}, "touches", "call"),
        ("engagement_call", {"property_hs_call_direction": "OUTBOUND", "property_hs_call_status": "NO_ANSWER"}, "touches", "call"),
        ("engagement_call", {"property_hs_call_direction": "INBOUND"}, "signals", "call"),
        ("engagement_email", {"property_hs_email_direction": "EMAIL"}, "touches", "email"),
        ("engagement_email", {"property_hs_email_direction": "FORWARDED_EMAIL"}, "touches", "email"),
        ("engagement_email", {"property_hs_email_direction": "INCOMING_EMAIL"}, "signals", "reply"),
        ("engagement_email", {"type": "INCOMING_EMAIL"}, "signals", "reply"),
        ("engagement_note", {}, "touches", "note"),
        ("engagement_task", {"property_hs_task_status": "COMPLETED", "property_hs_task_type": "CALL"}, "touches", "call"),
        ("engagement_task", {"property_hs_task_type": "TODO"}, "touches", "task"),
        ("engagement_communication", {"property_hs_communication_channel_type": "LINKEDIN_MESSAGE"}, "touches", "linkedin_message"),
        ("engagement_communication", {}, "touches", "message"),
    ],
)
def test_what_sellers_log_is_a_touch_and_what_buyers_do_a_signal(portal: Portal, table: str, row: dict[str, str], target: str, kind: str) -> None:
    found = portal(engagement_contact=GUESTS[:1], **{table: [logged(**row)]})
    made = found.rows(target)
    assert [(act["account_id"], act["person_id"], act["occurred_at"]) for act in made] == [("1", "11", At("2025-05-05 10:00"))]
    assert made[0]["kind" if target == "touches" else "action"] == kind
    assert not len(found["touches" if target == "signals" else "signals"])


def test_logged_acts_that_did_not_take_place_are_set_aside(portal: Portal) -> None:
    found = portal(
        engagement_call=[logged(property_hs_call_status="FAILED")],
        engagement_email=[logged("42", property_hs_email_direction="EMAIL", property_hs_email_status="BOUNCED")],
        engagement_task=[logged("43", property_hs_task_status="NOT_STARTED")],
        engagement_note=[logged("44")],
        ticket_engagement=[{"ticket_id": "1", "engagement_id": "44"}, {"ticket_id": "1", "engagement_id": "99"}],
        engagement_contact=[{"engagement_id": number, "contact_id": "11"} for number in ("41", "42", "43", "44")],
    )
    assert found.entry("engagement_call").aside == {"did not take place: failed": 1}
    assert found.entry("engagement_email").aside == {"not delivered: bounced": 1}
    assert found.entry("engagement_task").aside == {"planned, not done": 1}
    assert found.entry("engagement_note").aside == {"logged on a service ticket": 1}
    assert found.entry("ticket_engagement").used == 1


def test_a_reply_is_of_its_writer_not_of_everybody_on_the_thread(portal: Portal) -> None:
    mail = logged(property_hs_email_direction="INCOMING_EMAIL", property_hs_email_from_email="BOB@acme.com")
    assert [row["person_id"] for row in portal(contact=TWO, engagement_email=[mail], engagement_contact=GUESTS).rows("signals")] == ["12"]


def test_a_logged_act_is_at_its_company_else_at_that_of_its_deal(portal: Portal) -> None:
    found = portal(
        company=[COMPANY, {**COMPANY, "id": "2", "property_domain": "beta.io"}],
        engagement_note=[logged(), logged("42"), logged("43"), logged("44")],
        engagement_company=[{"engagement_id": "41", "company_id": "2"}, {"engagement_id": "43", "company_id": "2"}, {"engagement_id": "43", "company_id": "1"}],
        engagement_deal=[{"engagement_id": "42", "deal_id": "21"}],
        engagement_contact=[{"engagement_id": "41", "contact_id": "11"}, {"engagement_id": "43", "contact_id": "11"}],
    )
    assert {row["touch_id"].split(":")[2]: row["account_id"] for row in found.rows("touches")} == {"41-11": "2", "42": "1", "43-11": "1"}
    assert found.entry("engagement_note").aside == {"no account": 1}


def test_former_tables_take_time_and_kind_from_engagement(portal: Portal) -> None:
    found = portal(
        engagement=[{"id": "41", "type": "INCOMING_EMAIL", "timestamp": "2025-05-05 10:00:00", "created_at": "2025-05-07 10:00:00"}, {"id": "42", "type": "CALL"}],
        engagement_email=[{"engagement_id": "41", "subject": "Re: pricing"}],
        engagement_contact=GUESTS[:1],
    )
    assert [(row["action"], row["occurred_at"], row["recorded_at"]) for row in found.rows("signals")] == [("reply", At("2025-05-05 10:00"), At("2025-05-07 10:00"))]
    assert found.entry("engagement").aside == {"no table says what was done": 1}


def event(number: str, kind: str, **more: str) -> dict[str, str]:
    return {"id": number, "type": kind, "created": "2025-05-05 10:00:00", "recipient": "ann@acme.com", "email_campaign_id": "51",
            "filtered_event": "false", "obsoleted_by_id": "", **more}  # fmt: skip


def test_opens_and_clicks_are_acts_of_the_reader(portal: Portal) -> None:
    found = portal(
        email_event=[event("e1", "OPEN"), event("e2", "CLICK"), event("e3", "OPEN", recipient="new@acme.com"), event("e4", "OPEN", recipient="x@nowhere.io")],
        email_event_click=[{"id": "e2", "url": "https://us.com/pricing"}, {"id": "e9", "url": "https://us.com"}],
        email_event_open=[{"id": "e1", "duration": "3"}],
        email_campaign=[{"id": "51", "name": "May news", "subject": "News"}],
    )
    acts = [(row["signal_id"].split(":")[2], row["action"], row.get("person_id"), row["account_id"]) for row in found.rows("signals")]
    assert acts == [("e1", "email open", "11", "1"), ("e2", "email click", "11", "1"), ("e3", "email open", None, "1")]
    assert found.entry("email_event").aside == {"no account": 1}
    assert found.entry("email_event_click").aside == {"no row of email_event says when and by whom": 1}
    assert found.entry("email_event_open").used == found.entry("email_campaign").used == 1


def test_hashed_addresses_find_each_other(portal: Portal) -> None:
    found = portal(contact=[{**CONTACT, "property_email": "o2wjpPyUfz=="}], email_event=[event("e1", "OPEN", recipient="o2wjpPyUfz==")])
    assert [(row["person_id"], row["account_id"]) for row in found.rows("signals")] == [("11", "1")]


def test_events_of_machines_of_marketing_and_replaced_ones_are_set_aside(portal: Portal) -> None:
    found = portal(
        email_event=[
            event("e1", "OPEN", filtered_event="true"),
            event("e2", "OPEN", obsoleted_by_id="e3"),
            event("e3", "SENT"),
            event("e4", "DELIVERED"),
            event("e5", "BOUNCE"),
            event("e6", "STATUSCHANGE"),
            event("e7", "DANCE"),
        ],
        email_event_open=[{"id": "e1"}],
    )
    assert not len(found["signals"]) and not len(found["touches"])
    assert found.entry("email_event").aside == {
        "sent by marketing: no act of a buyer or a seller": 2,
        "a complaint, or a change of subscription": 1,
        "filtered by HubSpot: a machine, or one's own network": 1,
        "not delivered": 1,
        "replaced by a later event": 1,
        "unknown kind of event: DANCE": 1,
    }
    assert found.entry("email_event_open").aside == {"its event was set aside": 1}


def test_a_submitted_form_is_a_signal(portal: Portal) -> None:
    forms = [{"contact_id": "11", "timestamp": "1746439200000", "form_id": "f", "conversion_id": "c1", "page_url": "https://us.com/demo", "title": "Demo"},
             {"contact_id": "11", "timestamp": "2025-05-06 10:00:00", "form_id": "f", "conversion_id": "", "title": "Demo"},
             {"contact_id": "99", "timestamp": "2025-05-06 10:00:00", "form_id": "f", "conversion_id": "c3"}]  # fmt: skip
    found = portal(contact_form_submission=forms, form=[{"guid": "f", "name": "Demo request"}])
    assert [(row["action"], row["person_id"], row["occurred_at"]) for row in found.rows("signals")] == [
        ("form", "11", At("2025-05-06 10:00")), ("form", "11", At("2025-05-05 10:00")),
    ]  # fmt: skip
    assert sum(found.entry("contact_form_submission").aside.values()) == 1


def test_settings_name_topics_stages_and_colleagues(portal: Portal) -> None:
    found = portal(
        settings={"topic": "property_product_line", "own_domains": ["us.com"], "mql_stages": ["hot"], "meeting_outcomes": ["completed", "held"]},
        contact=[CONTACT, {**CONTACT, "id": "12", "property_email": "sue@us.com"}],
        deal=[{**DEAL, "property_product_line": "Cloud"}],
        contact_property_history=history("11", "contact_id", "lifecyclestage", ("hot", "2025-01-01 10:00:00")),
        engagement_meeting=[{**MEETING, "property_hs_meeting_outcome": "Held"}],
        engagement_contact=GUESTS,
        engagement_deal=[{"engagement_id": "41", "deal_id": "21"}],
    )
    assert [row["topic"] for row in found.rows("opportunities")] == ["Cloud"]
    assert {(row["action"], row["person_id"], row["topic"]) for row in found.rows("signals")} >= {("meeting", "11", "Cloud")}
    assert found.entry("contact").aside == {"a colleague": 1} and found.entry("contact_property_history").used == 1


def test_what_is_no_act_of_buying_is_set_aside(portal: Portal) -> None:
    found = portal(ticket=[{"id": "1"}], ticket_contact=[{"ticket_id": "1", "contact_id": "11"}], contact_list_member=[{"contact_id": "11", "contact_list_id": "3"}])
    assert found.entry("ticket").aside == found.entry("ticket_contact").aside == {"service, not about buying": 1}
    assert found.entry("contact_list_member").aside == {"a list is no act of a buyer": 1}


def test_without_companies_nothing_and_without_contacts_something_is_imported(portal: Portal) -> None:
    with pytest.raises(DataError, match="HubSpot: there is no table company"):
        portal(company=None)
    with pytest.raises(DataError, match='has no column "id"'):
        portal(company=[{"property_name": "Acme"}])
    found = portal(contact=None, deal_pipeline_stage=None, deal=[{"deal_id": "21", "property_createdate": "2025-03-01", "dealstage": "closedwon", "closedate": "3/4/2025"}])
    assert [(row["outcome"], row["closed_at"]) for row in found.rows("opportunities")] == [("won", At("2025-03-04 23:59:59.999999"))]
    assert any("no table contact: no known people" in warning for warning in found.done.warnings)
    assert "deal.csv: read as empty, because absent: deal_pipeline_id, property_dealname, property_amount" in found.done.warnings


def test_the_output_of_every_kind_of_row_passes_the_check(portal: Portal, tmp_path: Path) -> None:
    found = portal(
        contact=TWO,
        deal=[WON],
        deal_contact=[{"deal_id": "21", "contact_id": "11"}],
        contact_property_history=[*history("11", "contact_id", "jobtitle", ("CFO", "2024-06-01 10:00:00")),
                                  *history("11", "contact_id", "lifecyclestage", ("marketingqualifiedlead", "2025-01-01 10:00:00"))],
        engagement_meeting=[MEETING],
        engagement_contact=GUESTS,
        engagement_call=[logged("42")],
        engagement_company=[{"engagement_id": "42", "company_id": "1"}],
        email_event=[event("e1", "OPEN")],
        contact_form_submission=[{"contact_id": "11", "timestamp": "2025-05-06 10:00:00", "form_id": "f", "conversion_id": "c"}],
    )  # fmt: skip
    assert {name: len(found[name]) for name in ("accounts", "people", "signals", "touches", "opportunities", "opportunity_contacts")} == {
        "accounts": 1, "people": 3, "signals": 5, "touches": 1, "opportunities": 1, "opportunity_contacts": 1,
    }  # fmt: skip
    assert found.rows("signals")[0].keys() == {"signal_id", "account_id", "person_id", "topic", "category", "action", "occurred_at"}
    project = tmp_path / "project"
    project.mkdir()
    (project / "bgml.toml").write_text(f'[project]\nname = "p"\n[data]\nurl = "{found.done.folder}"\n', encoding="utf-8")
    _, checked = inspect(find_project(named=project))
    assert not checked.report.faults and not checked.report.stops


def test_hubspot_is_detected(tmp_path: Path) -> None:
    source = written(tmp_path / "portal", company=[COMPANY], contact=[CONTACT], deal=[DEAL], deal_company=[DEAL_COMPANY], deal_pipeline_stage=STAGES)
    assert import_sources([("auto", str(source))], tmp_path / "out", now=NOW).kinds == ("hubspot",)


TEXTS = st.one_of(st.none(), st.sampled_from(["", " ", "11", "12", "1", "21", "31", "32", "true", "FALSE", "2025-05-05 10:00:00", "5/6/2025", "1746439200000", "OPEN", "x;y:z;11"]), st.text(max_size=5))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_the_values_every_row_is_accounted_for(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    names = ("contact_data", "contact_merge_audit_data", "deal_data", "deal_stage_data", "merged_deal_data", "engagement_meeting_data", "engagement_contact_data", "email_event_data")
    heads = {name: list(pd.read_csv(SEED / f"{name}.csv", nrows=0).columns) for name in names}
    tables = {name: data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(head, TEXTS)), max_size=4)) for name, head in heads.items()}
    folder = tmp_path_factory.mktemp("any")
    source = written(folder / "portal", company=[COMPANY], **{name: rows for name, rows in tables.items() if rows} | {"deal_data": [*tables["deal_data"], DEAL]})
    done = Result(import_sources([("hubspot", str(source))], folder / "out", now=NOW)).done
    check_account(done)
    assert sum(entry.rows for entry in done.entries) >= 2
