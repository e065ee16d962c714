"""Files for HubSpot's import: deals with a unique id, and the contacts of each deal with an association label.

Columns are named as the properties they go to. docs/crm.md says what to set up.
"""

from __future__ import annotations

import pyarrow as pa

from bgml.config import CrmSection

EXTERNAL_ID = "BGML External ID"
LABELS = {
    "executive": "Executive Sponsor",
    "decision_maker": "Decision Maker",
    "champion": "Champion",
    "influencer": "Influencer",
    "practitioner": "End User",
    "finance": "Budget Holder",
    "legal": "Legal & Compliance",
}
"""Roles as HubSpot words buying roles."""
OTHER = "Other"


def opportunities(drafts: pa.Table, settings: CrmSection) -> pa.Table:
    """Deals: one row per draft, with the company it belongs to."""
    owners = drafts.column("owner").to_pylist()
    return pa.table({
        EXTERNAL_ID: drafts.column("external_id"),
        "Deal Name": drafts.column("name"),
        "Pipeline": pa.array([settings.hubspot_pipeline] * len(drafts), pa.string()),
        "Deal Stage": pa.array([settings.hubspot_stage] * len(drafts), pa.string()),
        "Amount": drafts.column("amount"),
        "Currency": drafts.column("currency"),
        "Close Date": drafts.column("close_date"),
        "Deal Owner": pa.array([owner if "@" in (owner or "") else None for owner in owners], pa.string()),
        "Deal Description": drafts.column("description"),
        "Company Record ID": drafts.column("account_id"),
    })  # fmt: skip


def contacts(people: pa.Table, settings: CrmSection) -> pa.Table:
    """One row per deal and contact; deals are named by their unique id, so import them first."""
    roles = [role and LABELS.get(role, OTHER) for role in people.column("role").to_pylist()]
    return pa.table({
        EXTERNAL_ID: people.column("opportunity_external_id"),
        "Contact Record ID": people.column("person_id"),
        "Email": people.column("email"),
        "Association Label": pa.array(roles, pa.string()),
    })  # fmt: skip
