"""A small Marketo by hand: every kind of table with every kind of row, some companies, and what they did in 2025."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Rows = Sequence[Mapping[str, Any]]

LEADS = [
    {"id": 1, "email": "Ann@Acme.com", "first_name": "Ann", "last_name": "Ace", "title": "CFO", "company": "Acme", "industry": "Banking",
     "number_of_employees": "1,200", "country": "DE", "created_at": "2025-01-05 08:00:00", "updated_at": "2025-11-01 00:00:00"},
    {"id": 2, "email": "bob@acme.com", "first_name": "Bob", "last_name": "Bay", "title": "VP IT", "company": "Acme",
     "created_at": "2025-01-06 08:00:00",
     "updated_at": "2025-10-01 00:00:00", "lead_status": "MQL"},
    {"id": 3, "email": "cy@gmail.com", "first_name": "Cy", "last_name": "Coe", "company": "Self-employed",
     "created_at": "2025-01-07 08:00:00"},
    {"id": 4, "created_at": "2025-02-01 08:00:00", "anonymous_ip": "192.0.2.4", "inferred_company": "Globex"},
    {"id": 5, "email": "ann.ace@acme.com", "first_name": "Ann", "last_name": "Ace", "created_at": "2024-01-01 08:00:00"},
    {"id": 6, "email": "gone@acme.com", "first_name": "Guy", "last_name": "Gone", "created_at": "2025-01-01 08:00:00"},
    {"id": 7, "email": "dee@globex.io", "first_name": "Dee", "last_name": "Dow", "title": "CTO", "company": "Globex",
     "created_at": "2025-01-01 08:00:00",
     "sfdc_account_id": "001000000000001", "sfdc_contact_id": "003000000000007", "lead_status": "Open"},
    {"id": 8, "email": "eve@globex.io", "first_name": "Eve", "last_name": "Elm", "created_at": "2025-01-01 08:00:00"},
    {"id": 9, "email": "flo@hotmail.com", "first_name": "Flo", "last_name": "Fir", "company": "Initech", "website": "www.initech.com",
     "external_company_id": "C9", "created_at": "2025-01-01 08:00:00", "lead_status": "Marketing Qualified",
         "updated_at": "2025-07-07 07:00:00"},
    {"id": 10, "email": "test@hooli.com", "first_name": "Test", "last_name": "User", "company": "Hooli",
     "created_at": "2025-01-01 08:00:00"},
]  # fmt: skip


def act(number: int, lead: int | str, date: str, value: str = "", **more: Any) -> dict[str, Any]:
    """A row of an activity table."""
    return {"id": number, "lead_id": lead, "activity_date": date, "primary_attribute_value": value, **more}


def only(number: int, lead: int) -> list[dict[str, Any]]:
    """A table of one act that is none of a buyer."""
    return [act(number, lead, "2025-03-01 10:00:00")]


def progression(number: int, lead: int, program: int, name: str, status: str, **more: Any) -> dict[str, Any]:
    """A change of somebody's status in a program."""
    return act(number, lead, "2025-04-01 10:00:00", name, primary_attribute_value_id=program, new_status=status, **more)


def change(number: int, lead: int, date: str, field: str, old: str, new: str, field_id: int = 0) -> dict[str, Any]:
    """A change of a field of a lead."""
    return act(number, lead, date, field, old_value=old, new_value=new, primary_attribute_value_id=field_id)


WORLD: dict[str, Rows] = {
    "lead": LEADS,
    "company": [{"external_company_id": "C9", "company": "Initech", "website": "initech.com", "industry": "Software"}],
    "program": [{"id": 20, "name": "WBN 2025 Lakehouse", "channel": "Webinar"}, {"id": 21, "name": "Berlin Summit",
        "channel": "Tradeshow"}],
    "campaign": [{"id": 30, "name": "01 send invite", "program_id": 20}, {"id": 31, "name": "Nurture", "program_id": ""}],
    "email_template_history": [
        {"id": 40, "name": "Old name", "program_id": "", "updated_at": "2024-01-01 00:00:00"},
        {"id": 40, "name": "Newsletter 7", "program_id": "", "updated_at": "2025-01-01 00:00:00"},
    ],
    "lead_describe": [{"id": 145, "restname": "leadStatus"}, {"id": 60, "restname": "title"}],
    "activity_type": [{"id": 1}],
    "activity_visit_webpage": [
        act(100, 1, "2025-03-01 10:00:00", "www.example.com/pricing", webpage_url="/pricing", client_ip_address="198.51.100.1"),
        act(101, 1, "2024-12-01 10:00:00", "Landing page 4", webpage_url="/lp/4", client_ip_address="198.51.100.1"),
        act(102, 4, "2025-03-02 10:00:00", "www.example.com/docs", webpage_url="/docs", client_ip_address=""),
        act(103, 5, "2025-03-03 10:00:00", "www.example.com/docs", webpage_url="/docs", client_ip_address=""),
        act(104, 6, "2025-03-04 10:00:00", "www.example.com/docs", webpage_url="/docs", client_ip_address=""),
        act(105, 3, "2025-03-05 10:00:00", "www.example.com/docs", webpage_url="/docs", client_ip_address=""),
        act(106, 999, "2025-03-06 10:00:00", "www.example.com/docs", webpage_url="/docs", client_ip_address="203.0.113.9"),
        act(107, 11, "2025-03-07 10:00:00", "www.example.com/docs", webpage_url="/docs", client_ip_address=""),
        act(108, 1, "no date", "www.example.com/docs", webpage_url="/docs", client_ip_address=""),
        act(100, 1, "2025-03-01 10:00:00", "www.example.com/pricing", webpage_url="/pricing", client_ip_address="198.51.100.1"),
    ],
    "activity_fill_out_form": [act(110, "2.0", "2025-03-01 11:00:00", "Demo request", referrer_url="https://www.example.com/demo?x=1",
        campaign_id="30.0")],
    "activity_fill_out_linkedin_lead_gen_form": [act(111, 2, "2025-03-01 12:00:00", "Ebook", lead_gen_campaign_name="Q1 ads")],
    "activity_fill_out_facebook_lead_ads_form": [act(112, 2, "2025-03-01 13:00:00", "Ebook FB")],
    "activity_click_link": [act(115, 8, "2025-03-02 10:00:00", "https://www.example.com/ebook.pdf", client_ip_address="")],
    "activity_open_email": [
        act(120, 1, "2025-03-02 11:00:00", "", campaign_id="30", primary_attribute_value_id="40", is_bot_activity="FALSE"),
        act(121, 1, "2025-03-02 11:00:01", "", campaign_id="30", primary_attribute_value_id="40", is_bot_activity="TRUE"),
    ],
    "activity_click_email": [
        act(130, 7, "2025-03-02 12:00:00", "Prog.Mail 1", campaign_id="31", link="https://go.example.com/x?utm=a&mkt_tok=abc#t",
            is_bot_activity=""),
        act(131, 7, "2025-03-02 12:00:00", "Prog.Mail 1", campaign_id="", link="", is_bot_activity="true"),
    ],
    "activity_change_status_in_progression": [
        progression(140, 1, 20, "WBN 2025 Lakehouse", "Invited"),
        progression(141, 1, 20, "WBN 2025 Lakehouse", "Registered", success="false"),
        progression(142, 1, 20, "WBN 2025 Lakehouse", "Attended On-demand", success="true"),
        progression(143, 2, 20, "WBN 2025 Lakehouse", "No Show"),
        progression(144, 2, 21, "Berlin Summit", "Visited Booth"),
        progression(145, 2, 99, "Calculator", "Finished", success="true"),
        progression(146, 2, 99, "Calculator", ""),
    ],
    "program_membership": [
        {"id": 150, "lead_id": 7, "program_id": 21, "status": "Attended", "reached_success": "true",
         "reached_success_date": "2025-05-01", "updated_at": "2025-06-01"},
        {"id": 151, "lead_id": 8, "program_id": 21, "status": "Invited", "reached_success": "false", "reached_success_date": "",
         "updated_at": "2025-06-01"},
        {"id": 152, "lead_id": 1, "program_id": 20, "status": "Attended", "reached_success": "true", "reached_success_date": "",
         "updated_at": "2025-06-01"},
    ],
    "activity_send_sales_email": [act(160, 1, "2025-05-01 10:00:00", "Follow up")],
    "activity_receive_sales_email": [act(161, 1, "2025-05-02 10:00:00", "Re: Follow up")],
    "activity_replied_to_sales_email": [act(162, 1, "2025-05-02 11:00:00", "Re: Follow up")],
    "activity_open_sales_email": [act(163, 1, "2025-05-01 11:00:00", "Follow up")],
    "activity_click_sales_email": [act(164, 1, "2025-05-01 12:00:00", "Follow up", link="https://www.example.com/offer")],
    "activity_change_data_value": [
        change(170, 2, "2025-05-05 10:00:00", "Lead Status", "Open", "MQL"),
        change(171, 7, "2025-05-06 10:00:00", "Personenstatus", "Open", "Marketing Qualified", 145),
        change(172, 1, "2025-05-07 10:00:00", "Lead Status", "Open", "Nurture"),
        change(173, 1, "2025-05-08 10:00:00", "Lead Score", "90", "110"),
        change(174, 1, "2025-05-09 10:00:00", "Priority", "1", "2"),
        change(175, 7, "2025-06-01 10:00:00", "Job Title", "Director", "CTO", 60),
        change(176, 6, "2025-06-01 10:00:00", "Job Title", "a", "b"),
        change(177, 999, "2025-06-01 10:00:00", "Job Title", "a", "b"),
    ],
    "activity_change_score": [
        act(180, 1, "2025-05-10 10:00:00", "Lead Score", old_value="80", new_value="100"),
        act(181, 1, "2025-05-11 10:00:00", "Lead Score", old_value="100", new_value="120"),
        act(182, 1, "2025-05-12 10:00:00", "Other Score", old_value="0", new_value="500"),
    ],
    "activity_change_revenue_stage": [
        act(185, 8, "2025-05-13 10:00:00", "", new_stage="MQL"),
        act(186, 8, "2025-05-14 10:00:00", "", new_stage="Recycled"),
    ],
    "activity_merge_leads": [
        {"id": 190, "lead_id": 1, "merge_ids": "[5,11]", "activity_date": "2025-06-01"},
        {"id": 191, "lead_id": 6, "merge_ids": "[12]", "activity_date": "2025-06-01"},
        {"id": 192, "lead_id": 13, "merge_ids": "[14]", "activity_date": "2025-06-01"},
        {"id": 193, "lead_id": 14, "merge_ids": "[13]", "activity_date": "2025-06-01"},
        {"id": 194, "lead_id": 1, "merge_ids": "", "activity_date": "2025-06-01"},
    ],
    "activity_delete_lead": [
        {"id": 195, "lead_id": 6, "activity_date": "2025-07-01"},
        {"id": 196, "lead_id": 50, "activity_date": "2025-07-01"},
        {"id": 197, "lead_id": 5, "activity_date": "2025-07-01"},
    ],
    "opportunity": [
        {"id": "g1", "external_opportunity_id": "006000000000001", "name": "Acme Lakehouse", "stage": "Closed Won", "is_closed": "true",
         "is_won": "true",
         "amount": "1000.5", "close_date": "2025-09-01", "created_at": "2025-06-01 08:00:00"},
        {"id": "g2", "external_opportunity_id": "x2", "name": "Initech", "stage": "closed lost", "amount": "5", "close_date": "2025-09-02",
         "created_at": "2025-06-02 08:00:00", "external_company_id": "C9"},
        {"id": "g3", "external_opportunity_id": "x3", "name": "Globex", "stage": "Talks", "is_closed": "false", "is_won": "false",
         "close_date": "2026-09-02", "created_at": "2025-06-03 08:00:00", "sfdc_account_id": "001000000000001AAA"},
        {"id": "g4", "external_opportunity_id": "x4", "name": "Unheard of", "stage": "???", "created_at": "2025-06-04 08:00:00"},
    ],
    "opportunity_role": [
        {"id": "r1", "opportunity_id": "g1", "lead_id": 3, "role": "Friend", "is_primary": "false", "created_at": "2025-06-01 08:00:00"},
        {"id": "r2", "opportunity_id": "g1", "lead_id": 1, "role": "Economic Buyer", "is_primary": "true",
         "created_at": "2025-06-01 08:00:00"},
        {"id": "r3", "opportunity_id": "g9", "lead_id": 1, "role": "", "is_primary": "", "created_at": ""},
    ],
    "activity_send_email": only(200, 1),
    "activity_email_delivered": only(201, 1),
    "activity_email_bounced": only(202, 1),
    "activity_email_bounced_soft": only(203, 1),
    "activity_unsubscribe_email": only(204, 1),
    "activity_interesting_moment": only(205, 1),
    "activity_sync_lead_to_sfdc": only(206, 1),
    "activity_new_lead": only(207, 1),
}  # fmt: skip
