"""HubSpot: the real tables, what becomes of companies and contacts, and what is not there."""

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
from tests.sources.crm.hubspot_portal import (
    COMPANY,
    CONTACT,
    DEAL,
    DEAL_COMPANY,
    GUESTS,
    MEETING,
    STAGES,
    TWO,
    WON,
    Portal,
    event,
    history,
    logged,
    portal,
)

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
    acts = {path.stem for path in SEED.glob("email_event*.csv") if path.stem in left}
    assert {entry.where: entry.rows for entry in done.entries} == {
        path.name: rows_of(path) for path in SEED.glob("*.csv") if path.stem not in left - acts
    }
    told = ", ".join(f"{name} ({rows_of(SEED / f'{name}.csv')} rows)" if name in acts else name for name in sorted(left))
    assert f"HubSpot: not read: {told}" in done.warnings
    # Its deals have no stage and no company, and its acts are of contacts that are not there.
    empty = [warning.split()[0] for warning in done.warnings if " is empty, and " in warning]
    assert empty == ["signals", "opportunities"]


def test_merged_contacts_of_the_real_tables_are_one(tmp_path: Path) -> None:
    done = import_sources([("hubspot", str(SEED))], tmp_path / "out", now=NOW)
    people = pd.read_parquet(done.folder / "people.parquet")["person_id"]
    assert "78971951" in set(people) and not {"76340251", "46897301", "76226001"} & set(people)
    assert next(entry for entry in done.entries if entry.table == "contact").merged == 3


@pytest.mark.parametrize(
    "spelling", ["company_data_databricks", "company_data_postgres", "company_data_snowflake", "email_event_sent_data_postgres"]
)
def test_other_spellings_of_a_table_give_the_same(tmp_path: Path, spelling: str) -> None:
    plain = spelling.removesuffix("_databricks").removesuffix("_postgres").removesuffix("_snowflake")
    results = []
    for variant in (plain, spelling):
        folder = tmp_path / variant
        folder.mkdir()
        for name in ("company_data", "deal_data", "email_event_sent_data"):
            shutil.copy(SEED / f"{variant if name == plain else name}.csv", folder / f"{name}.csv")
        done = import_sources([("hubspot", str(folder))], tmp_path / f"{variant}_out", now=NOW)
        accounts = pd.read_parquet(done.folder / "accounts.parquet").sort_values("account_id", ignore_index=True)
        results.append(([entry.document() for entry in done.entries], accounts))
    assert results[0][0] == results[1][0]
    pd.testing.assert_frame_equal(results[0][1], results[1][1])


def test_a_company_has_its_columns_and_owner(portal: Portal) -> None:
    company = {
        **COMPANY,
        "property_industry": "BANKING",
        "property_numberofemployees": "1200",
        "property_annualrevenue": "5e6",
        "property_country": "Germany",
        "property_hubspot_owner_id": "9",
        "property_hs_all-funky-a9384-syntax": "x",
    }
    found = portal(company=[company], owner=[{"owner_id": "9", "email": "sue@us.com", "first_name": "Sue", "last_name": "Sell"}])
    assert found.rows("accounts") == [
        {
            "account_id": "1",
            "name": "Acme",
            "domain": "acme.com",
            "industry": "BANKING",
            "employees": 1200.0,
            "revenue": 5e6,
            "region": "Germany",
            "owner": "Sue Sell",
        }
    ]


@pytest.mark.parametrize(
    ("owner", "shown"),
    [
        ({"owner_id": "8", "email": "x@us.com"}, "9"),
        ({"owner_id": "9", "email": "sue@us.com"}, "sue@us.com"),
        ({"owner_id": "9", "email": "sue@us.com", "is_active": "false"}, None),
    ],
)
def test_an_owner_is_a_name_an_address_or_an_id_unless_gone(portal: Portal, owner: dict[str, str], shown: str | None) -> None:
    found = portal(company=[{**COMPANY, "property_hubspot_owner_id": "9"}], owner=[owner])
    assert found.rows("accounts")[0].get("owner") == shown


def test_contacts_are_at_the_company_they_name_or_are_joined_with_or_whose_domain_they_have(portal: Portal) -> None:
    def contact(number: str, **more: str) -> dict[str, str]:
        return {**CONTACT, "property_associatedcompanyid": "", "property_email": f"p{number}@gmail.com", "id": number, **more}

    found = portal(
        company=[COMPANY, {**COMPANY, "id": "2", "property_name": "Beta", "property_domain": "beta.io"}],
        contact=[
            CONTACT,
            contact("12"),
            contact("13", property_email="x@beta.io"),
            contact("14", property_email="d@new.io", property_company="New"),
            contact("15"),
        ],
        contact_company=[
            {"contact_id": "12", "company_id": "1", "type_id": "279"},
            {"contact_id": "12", "company_id": "2", "type_id": "1"},
        ],
    )
    assert {row["person_id"]: row.get("account_id") for row in found.rows("people")} == {
        "11": "1",
        "12": "2",
        "13": "2",
        "14": "domain:new.io",
        "15": None,
    }
    assert found.entry("contact_company").used == 2


def test_deleted_and_test_rows_are_set_aside_with_what_they_did(portal: Portal) -> None:
    found = portal(
        company=[COMPANY, {**COMPANY, "id": "2", "is_deleted": "true"}, {**COMPANY, "id": "3", "property_name": "Test Company 7"}],
        contact=[
            CONTACT,
            {**CONTACT, "id": "12", "_fivetran_deleted": "TRUE"},
            {**CONTACT, "id": "13", "property_firstname": "test", "property_lastname": ""},
        ],
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
    forms = [
        {"contact_id": number, "timestamp": f"2025-05-0{day} 10:00:00", "form_id": "f", "conversion_id": f"c{day}"}
        for day, number in enumerate(["12", "13", "14", "11"], 1)
    ]
    found = portal(
        company=[{**COMPANY, "property_hs_merged_object_ids": "7;8"}],
        contact=[
            {
                **CONTACT,
                "property_associatedcompanyid": "7",
                "property_hs_merged_object_ids": "13",
                "calculated_merged_vids": "11:1610634473000;14:1570000000000",
            },
            gone,
        ],
        contact_merge_audit=[{"contact_id": "11", "canonical_vid": "11", "vid_to_merge": "12", "timestamp": "2025-01-01 00:00:00"}],
        contact_form_submission=forms,
        email_event=[event("e1", "OPEN", recipient="ANN@OLD.COM")],
    )
    assert [(row["person_id"], row["account_id"]) for row in found.rows("people")] == [("11", "1")]
    assert {(row["person_id"], row["account_id"]) for row in found.rows("signals")} == {("11", "1")} and len(found["signals"]) == 5
    assert found.entry("contact").merged == 1 and found.entry("contact_merge_audit").used == 1
    assert set(pd.read_csv(found.done.folder / "merges.csv", dtype=str)["merged"]) == {"7", "8", "12", "13", "14"}


def test_cycles_of_merges_are_broken(portal: Portal) -> None:
    audit = [
        {"contact_id": "", "canonical_vid": to, "vid_to_merge": gone}
        for gone, to in (("11", "12"), ("12", "13"), ("13", "11"), ("11", "11"))
    ]
    found = portal(contact=[{**CONTACT, "id": number} for number in ("11", "12", "13")], contact_merge_audit=audit)
    assert [row["person_id"] for row in found.rows("people")] == ["11"]
    assert found.entry("contact_merge_audit").aside == {"merged into itself": 1}


def test_a_title_has_versions_as_far_back_as_its_history(portal: Portal) -> None:
    changes = [
        *history("11", "contact_id", "jobtitle", ("CFO", "1717236000000"), ("Analyst", "2023-01-01 10:00:00")),
        *history("11", "contact_id", "associatedcompanyid", ("2", "2024-01-01 10:00:00"), ("1", "6/1/2024 10:00")),
        *history("11", "contact_id", "city", ("Rome", "2024-01-01 10:00:00")),
        *history("99", "contact_id", "jobtitle", ("CEO", "2024-01-01 10:00:00")),
        *history("11", "contact_id", "jobtitle", ("CEO", "soon")),
    ]
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
    assert entry.aside == {
        "its contact is not among the contacts": 1,
        "no date that can be read": 1,
        "nothing in it that the tables hold": 1,
    }
    assert not [item for item in found.done.undated if item.name == "people.title"]


def test_becoming_an_mql_is_a_signal_each_time(portal: Portal) -> None:
    stages = [
        ("lead", "2024-12-01 10:00:00"),
        ("marketingqualifiedlead", "2025-01-01 10:00:00"),
        ("marketingqualifiedlead", "2025-01-02 10:00:00"),
        ("salesqualifiedlead", "2025-02-01 10:00:00"),
        ("MarketingQualifiedLead", "2025-04-01T12:00:00+02:00"),
    ]
    dated = {**CONTACT, "property_hs_lifecyclestage_marketingqualifiedlead_date": "2025-03-01 09:00:00"}
    other = {**dated, "id": "12", "property_email": "other@globex.io"}
    found = portal(contact=[dated, other], contact_property_history=history("11", "contact_id", "lifecyclestage", *stages))
    assert {(row["person_id"], row["category"], row["action"], row["occurred_at"]) for row in found.rows("signals")} == {
        ("11", "qualified_lead", "mql", At("2025-01-01 10:00")),
        ("11", "qualified_lead", "mql", At("2025-04-01 10:00")),
        ("12", "qualified_lead", "mql", At("2025-03-01 09:00")),
    }
    assert found.entry("contact_property_history").aside == {"a lifecycle stage that is no MQL": 2, "an MQL already": 1}


def test_settings_name_topics_stages_and_colleagues(portal: Portal) -> None:
    found = portal(
        settings={
            "topic": "property_product_line",
            "own_domains": ["us.com"],
            "mql_stages": ["hot"],
            "meeting_outcomes": ["completed", "held"],
        },
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
    found = portal(
        ticket=[{"id": "1"}],
        ticket_contact=[{"ticket_id": "1", "contact_id": "11"}],
        contact_list_member=[{"contact_id": "11", "contact_list_id": "3"}],
    )
    assert found.entry("ticket").aside == found.entry("ticket_contact").aside == {"service, not about buying": 1}
    assert found.entry("contact_list_member").aside == {"a list is no act of a buyer": 1}


def test_without_companies_nothing_and_without_contacts_something_is_imported(portal: Portal) -> None:
    with pytest.raises(DataError, match="HubSpot: there is no table company"):
        portal(company=None)
    with pytest.raises(DataError, match='has no column "id"'):
        portal(company=[{"property_name": "Acme"}])
    found = portal(
        contact=None,
        deal_pipeline_stage=None,
        deal=[{"deal_id": "21", "property_createdate": "2025-03-01", "dealstage": "closedwon", "closedate": "3/4/2025"}],
    )
    assert [(row["outcome"], row["closed_at"]) for row in found.rows("opportunities")] == [("won", At("2025-03-04 23:59:59.999999"))]
    assert any("no table contact: no known people" in warning for warning in found.done.warnings)
    assert "deal.csv: read as empty, because absent: deal_pipeline_id, property_dealname, property_amount" in found.done.warnings


def test_the_output_of_every_kind_of_row_passes_the_check(portal: Portal, tmp_path: Path) -> None:
    found = portal(
        contact=TWO,
        deal=[WON],
        deal_contact=[{"deal_id": "21", "contact_id": "11"}],
        contact_property_history=[
            *history("11", "contact_id", "jobtitle", ("CFO", "2024-06-01 10:00:00")),
            *history("11", "contact_id", "lifecyclestage", ("marketingqualifiedlead", "2025-01-01 10:00:00")),
        ],
        engagement_meeting=[MEETING],
        engagement_contact=GUESTS,
        engagement_call=[logged("42")],
        engagement_company=[{"engagement_id": "42", "company_id": "1"}],
        email_event=[event("e1", "OPEN")],
        contact_form_submission=[{"contact_id": "11", "timestamp": "2025-05-06 10:00:00", "form_id": "f", "conversion_id": "c"}],
    )
    assert {name: len(found[name]) for name in ("accounts", "people", "signals", "touches", "opportunities", "opportunity_contacts")} == {
        "accounts": 1,
        "people": 3,
        "signals": 5,
        "touches": 1,
        "opportunities": 1,
        "opportunity_contacts": 1,
    }
    assert found.rows("signals")[0].keys() == {"signal_id", "account_id", "person_id", "topic", "category", "action", "occurred_at"}
    project = tmp_path / "project"
    project.mkdir()
    (project / "bgml.toml").write_text(f'[project]\nname = "p"\n[data]\nurl = "{found.done.folder}"\n', encoding="utf-8")
    _, checked = inspect(find_project(named=project))
    assert not checked.report.faults and not checked.report.stops


def test_hubspot_is_detected(tmp_path: Path) -> None:
    source = written(
        tmp_path / "portal", company=[COMPANY], contact=[CONTACT], deal=[DEAL], deal_company=[DEAL_COMPANY], deal_pipeline_stage=STAGES
    )
    assert import_sources([("auto", str(source))], tmp_path / "out", now=NOW).kinds == ("hubspot",)


TEXTS = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "",
            " ",
            "11",
            "12",
            "1",
            "21",
            "31",
            "32",
            "true",
            "FALSE",
            "2025-05-05 10:00:00",
            "5/6/2025",
            "1746439200000",
            "OPEN",
            "x;y:z;11",
        ]
    ),
    st.text(max_size=5),
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_the_values_every_row_is_accounted_for(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    names = (
        "contact_data",
        "contact_merge_audit_data",
        "deal_data",
        "deal_stage_data",
        "merged_deal_data",
        "engagement_meeting_data",
        "engagement_contact_data",
        "email_event_data",
    )
    heads = {name: list(pd.read_csv(SEED / f"{name}.csv", nrows=0).columns) for name in names}
    tables = {name: data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(head, TEXTS)), max_size=4)) for name, head in heads.items()}
    folder = tmp_path_factory.mktemp("any")
    source = written(
        folder / "portal",
        company=[COMPANY],
        **{name: rows for name, rows in tables.items() if rows} | {"deal_data": [*tables["deal_data"], DEAL]},
    )
    done = Result(import_sources([("hubspot", str(source))], folder / "out", now=NOW)).done
    check_account(done)
    assert sum(entry.rows for entry in done.entries) >= 2
