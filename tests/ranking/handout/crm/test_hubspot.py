"""What HubSpot's import reads."""

from __future__ import annotations

from bgml.config import CrmSection
from bgml.project import Project
from bgml.ranking.handout.crm import hubspot
from tests.ranking.handout.crm.test_salesforce import made


def test_deals_have_what_an_import_requires(project: Project) -> None:
    drafts, _ = made(project, account_name="Acme", owner="ann@we.com")
    (row,) = hubspot.opportunities(drafts, CrmSection(hubspot_stage="New")).to_pylist()
    assert (row["Deal Name"], row["Pipeline"], row["Deal Stage"]) == ("Acme - ai", "Sales Pipeline", "New")
    assert (row["Company Record ID"], row["Deal Owner"]) == ("0015000000abcde", "ann@we.com")
    assert row["BGML External ID"].startswith("bgml-")


def test_an_owner_without_an_address_is_left_out(project: Project) -> None:
    drafts, _ = made(project, owner="Ann")
    assert hubspot.opportunities(drafts, CrmSection()).column("Deal Owner").to_pylist() == [None]


def test_contacts_are_labelled_and_name_their_deal(project: Project) -> None:
    drafts, people = made(project)
    rows = hubspot.contacts(people, CrmSection()).to_pylist()
    assert [(row["Contact Record ID"], row["Email"], row["Association Label"]) for row in rows] == [
        ("003A", "ann@x.com", "Other"), ("003B", None, "Other"), ("003C", None, None),
    ]  # fmt: skip
    assert {row["BGML External ID"] for row in rows} == set(drafts.column("external_id").to_pylist())
