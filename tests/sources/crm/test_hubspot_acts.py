"""HubSpot: which acts are the buyer's, which are the seller's, and which are neither."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.sources.crm.hubspot_portal import COMPANY, CONTACT, GUESTS, MEETING, TWO, Portal, event, logged, portal

__all__ = ["portal"]
At = pd.Timestamp


@pytest.mark.parametrize(
    ("outcome", "table"),
    [("", "signals"), ("COMPLETED", "signals"), ("NO_SHOW", "touches"), ("SCHEDULED", "touches"), ("CANCELED", "touches")],
)
def test_a_meeting_that_took_place_is_an_act_of_all_who_were_there(portal: Portal, outcome: str, table: str) -> None:
    found = portal(contact=TWO, engagement_meeting=[{**MEETING, "property_hs_meeting_outcome": outcome}], engagement_contact=GUESTS)
    rows = found.rows(table)
    assert [(row["account_id"], row["person_id"], row["occurred_at"]) for row in rows] == [
        ("1", "11", At("2025-05-05 10:00")),
        ("1", "12", At("2025-05-05 10:00")),
    ]
    assert not len(found["touches" if table == "signals" else "signals"])
    if table == "signals":
        assert {(row["category"], row["action"], row["recorded_at"]) for row in rows} == {("named", "meeting", At("2025-05-06 10:00"))}
    else:
        assert {row["kind"] for row in rows} == {"invitation"}
    assert found.entry("engagement_meeting").used == 1 and found.entry("engagement_contact").used == 2


def test_planned_and_deleted_meetings_are_set_aside(portal: Portal) -> None:
    found = portal(
        engagement_meeting=[
            {**MEETING, "property_hs_meeting_start_time": "2026-05-05 10:00:00"},
            {**MEETING, "engagement_id": "42", "_fivetran_deleted": "true"},
        ],
        engagement_contact=[*GUESTS, {"engagement_id": "49", "contact_id": "11"}],
    )
    assert found.entry("engagement_meeting").aside == {"deleted in the CRM": 1, "occurred_at is in the future": 1}
    assert found.entry("engagement_contact").aside == {"its act is not among the logged acts": 1}


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
def test_what_sellers_log_is_a_touch_and_what_buyers_do_a_signal(
    portal: Portal, table: str, row: dict[str, str], target: str, kind: str
) -> None:
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
        engagement_company=[
            {"engagement_id": "41", "company_id": "2"},
            {"engagement_id": "43", "company_id": "2"},
            {"engagement_id": "43", "company_id": "1"},
        ],
        engagement_deal=[{"engagement_id": "42", "deal_id": "21"}],
        engagement_contact=[{"engagement_id": "41", "contact_id": "11"}, {"engagement_id": "43", "contact_id": "11"}],
    )
    assert {row["touch_id"].split(":")[2]: row["account_id"] for row in found.rows("touches")} == {"41-11": "2", "42": "1", "43-11": "1"}
    assert found.entry("engagement_note").aside == {"no account": 1}


def test_former_tables_take_time_and_kind_from_engagement(portal: Portal) -> None:
    found = portal(
        engagement=[
            {"id": "41", "type": "INCOMING_EMAIL", "timestamp": "2025-05-05 10:00:00", "created_at": "2025-05-07 10:00:00"},
            {"id": "42", "type": "CALL"},
        ],
        engagement_email=[{"engagement_id": "41", "subject": "Re: pricing"}],
        engagement_contact=GUESTS[:1],
    )
    assert [(row["action"], row["occurred_at"], row["recorded_at"]) for row in found.rows("signals")] == [
        ("reply", At("2025-05-05 10:00"), At("2025-05-07 10:00"))
    ]
    assert found.entry("engagement").aside == {"no table says what was done": 1}


def test_opens_and_clicks_are_acts_of_the_reader(portal: Portal) -> None:
    found = portal(
        email_event=[
            event("e1", "OPEN"),
            event("e2", "CLICK"),
            event("e3", "OPEN", recipient="new@acme.com"),
            event("e4", "OPEN", recipient="x@nowhere.io"),
        ],
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
    forms = [
        {
            "contact_id": "11",
            "timestamp": "1746439200000",
            "form_id": "f",
            "conversion_id": "c1",
            "page_url": "https://us.com/demo",
            "title": "Demo",
        },
        {"contact_id": "11", "timestamp": "2025-05-06 10:00:00", "form_id": "f", "conversion_id": "", "title": "Demo"},
        {"contact_id": "99", "timestamp": "2025-05-06 10:00:00", "form_id": "f", "conversion_id": "c3"},
    ]
    found = portal(contact_form_submission=forms, form=[{"guid": "f", "name": "Demo request"}])
    assert [(row["action"], row["person_id"], row["occurred_at"]) for row in found.rows("signals")] == [
        ("form", "11", At("2025-05-06 10:00")),
        ("form", "11", At("2025-05-05 10:00")),
    ]
    assert sum(found.entry("contact_form_submission").aside.values()) == 1
