"""Files for Salesforce Data Loader: Opportunity and OpportunityContactRole, upserted by an external id.

Columns are named as the fields they go to; `Object.Field__c` names a record by another field than its id. docs/crm.md says what to set up.
"""

from __future__ import annotations

import re

import pyarrow as pa

from bgml.config import CrmSection

EXTERNAL_ID = "BGML_External_Id__c"
USER = re.compile(r"005[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?")
"""The id of a user."""
LONGEST_STEP = 255
ROLES = {
    "executive": "Executive Sponsor",
    "decision_maker": "Decision Maker",
    "champion": "Influencer",
    "influencer": "Influencer",
    "practitioner": "Business User",
    "finance": "Economic Buyer",
    "it_security": "Technical Buyer",
}
"""Roles as the picklist of a new org words them."""
OTHER = "Other"


def opportunities(drafts: pa.Table, settings: CrmSection) -> pa.Table:
    """Opportunity: one row per draft."""
    rows = drafts.to_pylist()
    return pa.table({
        EXTERNAL_ID: drafts.column("external_id"),
        "Name": drafts.column("name"),
        settings.salesforce_account: drafts.column("account_id"),
        "StageName": pa.array([settings.salesforce_stage] * len(rows), pa.string()),
        "CloseDate": drafts.column("close_date"),
        "Amount": drafts.column("amount"),
        "CurrencyIsoCode": drafts.column("currency"),
        "Probability": pa.array([None if row["probability"] is None else round(row["probability"]) for row in rows], pa.int32()),
        "NextStep": pa.array([row["next_step"] and row["next_step"][:LONGEST_STEP] for row in rows], pa.string()),
        "OwnerId": pa.array([row["owner"] if USER.fullmatch(row["owner"] or "") else None for row in rows], pa.string()),
        "Description": drafts.column("description"),
    })  # fmt: skip


def contacts(people: pa.Table, settings: CrmSection) -> pa.Table:
    """OpportunityContactRole: one row per draft and person."""
    roles = [role and ROLES.get(role, OTHER) for role in people.column("role").to_pylist()]
    return pa.table({
        EXTERNAL_ID: people.column("external_id"),
        f"Opportunity.{EXTERNAL_ID}": people.column("opportunity_external_id"),
        settings.salesforce_contact: people.column("email" if settings.salesforce_contact.endswith(".Email") else "person_id"),
        "Role": pa.array(roles, pa.string()),
        "IsPrimary": people.column("is_primary"),
    })  # fmt: skip
