"""HubSpot: what becomes of deals, their stages, companies and people."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.sources.crm.hubspot_portal import COMPANY, DEAL, DEAL_COMPANY, WON, Portal, history, portal

__all__ = ["portal"]
At = pd.Timestamp


def test_an_open_deal_has_no_close(portal: Portal) -> None:
    assert portal(deal_pipeline=[{"pipeline_id": "default", "label": "Sales"}]).rows("opportunities") == [
        {
            "opportunity_id": "21",
            "account_id": "1",
            "topic": "all",
            "created_at": At("2025-03-01 08:00"),
            "outcome": "open",
            "amount": 1000.0,
            "stage": "Proposal",
        }
    ]


def test_a_close_is_dated_by_the_stage_history_else_by_the_end_of_its_day(portal: Portal) -> None:
    assert portal(deal=[WON]).rows("opportunities")[0]["closed_at"] == At("2025-09-01 23:59:59.999999")
    steps = history(
        "21",
        "deal_id",
        "dealstage",
        ("31", "2025-03-01 08:00:00"),
        ("33", "2025-04-01 08:00:00"),
        ("31", "2025-05-01 08:00:00"),
        ("32", "1751356800000"),
        ("32", "2025-08-01 08:00:00"),
    )
    other = history("21", "deal_id", "amount", ("5", "2025-03-01 08:00:00"))
    orphan = history("99", "deal_id", "dealstage", ("32", "2025-03-01 08:00:00"))
    found = portal(deal=[WON], deal_property_history=[*steps, *other, *orphan])
    assert found.rows("opportunities")[0]["closed_at"] == At("2025-07-01 08:00")
    assert found.entry("deal_property_history").aside == {"not a change of stage": 1, "its deal is not among the deals": 1}
    entered = [
        {"deal_id": "21", "value": stage, "date_entered": at, "_fivetran_active": "true"}
        for stage, at in (("31", "2025-03-01"), ("32", "2025-06-02 8:00:00"))
    ]
    assert portal(deal=[WON], deal_stage=entered, deal_property_history=None).rows("opportunities")[0]["closed_at"] == At(
        "2025-06-02 08:00"
    )


def test_a_deal_without_a_stage_of_its_own_has_the_last_of_its_history(portal: Portal) -> None:
    bare = {**DEAL, "deal_pipeline_stage_id": ""}
    entered = [
        {"deal_id": "21", "value": stage, "date_entered": at}
        for stage, at in (("33", "2025-06-02 08:00:00"), ("31", "2025-03-01 08:00:00"))
    ]
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
        ({"is_closed": "TRUE", "closed_won": "TRUE", "probability": "0.0"}, "lost"),
        ({"is_closed": "", "closed_won": "TRUE", "probability": "0.0"}, "lost"),
        ({"is_closed": "", "closed_won": "TRUE", "probability": ""}, "won"),
        ({"is_closed": "TRUE", "closed_won": "FALSE", "probability": "0.5"}, "lost"),
    ],
)
def test_stages_say_the_outcome(portal: Portal, stage: dict[str, str], outcome: str) -> None:
    assert portal(deal_pipeline_stage=[{"stage_id": "31", "label": "x", **stage}]).rows("opportunities")[0]["outcome"] == outcome


def stage(name: str, order: int, probability: str, is_closed: str) -> dict[str, str]:
    """A stage of the one pipeline; closed_won says what is_closed does, as connectors land it."""
    said = {"stage_id": name, "label": name, "pipeline_id": "p", "display_order": str(order)}
    return said | {"probability": probability, "is_closed": is_closed, "closed_won": is_closed}


@pytest.mark.parametrize(("flag", "outcome"), [("FALSE", "lost"), ("TRUE", "open")])
def test_a_stage_without_a_chance_behind_the_won_one_is_lost_unless_is_closed_tells(portal: Portal, flag: str, outcome: str) -> None:
    stages = [stage("30", 0, "0.0", "FALSE"), stage("32", 1, "1.0", "TRUE"), stage("31", 2, "0.0", "FALSE"), stage("33", 3, "0.0", flag)]
    deals = [{**DEAL, "deal_id": name, "deal_pipeline_stage_id": name} for name in ("30", "31", "33")]
    homes = [{**DEAL_COMPANY, "deal_id": deal["deal_id"]} for deal in deals]
    found = portal(deal=deals, deal_company=homes, deal_pipeline_stage=stages, deal_stage=None)
    assert [row["outcome"] for row in found.rows("opportunities")] == ["open", outcome, "lost"]


def test_a_deal_says_that_it_is_lost(portal: Portal) -> None:
    deal = {**DEAL, "deal_pipeline_stage_id": "55", "property_hs_is_closed_lost": "true"}
    assert portal(deal=[deal], deal_pipeline_stage=None).rows("opportunities")[0]["outcome"] == "lost"


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
    links = [
        {"deal_id": "21", "company_id": "1", "type_id": "341"},
        {"deal_id": "21", "company_id": "2", "type_id": "5"},
        {"deal_id": "77", "company_id": "1", "type_id": "5"},
    ]
    people = [
        {"deal_id": "22", "contact_id": "11"},
        {"deal_id": "22", "contact_id": "11"},
        {"deal_id": "77", "contact_id": "11"},
        {"deal_id": "21", "contact_id": "11"},
    ]
    found = portal(
        company=companies, deal=[DEAL, {**DEAL, "deal_id": "22"}, {**DEAL, "deal_id": "23"}], deal_company=links, deal_contact=people
    )
    assert [(row["opportunity_id"], row["account_id"]) for row in found.rows("opportunities")] == [("21", "2"), ("22", "1")]
    assert found.entry("deal").aside == {"no account": 1}
    assert found.rows("opportunity_contacts") == [{"opportunity_id": "21", "person_id": "11"}, {"opportunity_id": "22", "person_id": "11"}]
    assert found.entry("deal_contact").merged == 1 and found.entry("deal_contact").aside == {
        "its opportunity is not among the opportunities": 1
    }
    assert found.entry("deal_company").aside == {"its deal is not among the deals": 1}


def test_merged_deals_are_one(portal: Portal) -> None:
    merged = [{"deal_id": "21", "merged_deal_id": "22"}, {"deal_id": "21", "merged_deal_id": "23"}]
    found = portal(
        deal=[DEAL, {**WON, "deal_id": "22"}],
        merged_deal=merged,
        deal_contact=[{"deal_id": "23", "contact_id": "11"}],
        deal_company=[DEAL_COMPANY, {**DEAL_COMPANY, "deal_id": "22"}],
    )
    assert [(row["opportunity_id"], row["outcome"]) for row in found.rows("opportunities")] == [("21", "open")]
    assert found.rows("opportunity_contacts") == [{"opportunity_id": "21", "person_id": "11"}]
    assert found.entry("deal").merged == 1 and found.entry("merged_deal").used == 2
