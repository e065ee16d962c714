"""A small HubSpot portal as Fivetran lands it, and its import."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from bgml.project import find_project
from bgml.sources.run import import_sources
from tests.sources.conftest import NOW, Result, Rows, written

Portal = Callable[..., Result]

COMPANY = {"id": "1", "is_deleted": "false", "property_name": "Acme", "property_domain": "acme.com"}
CONTACT = {
    "id": "11",
    "_fivetran_deleted": "FALSE",
    "property_email": "Ann@acme.com",
    "property_firstname": "Ann",
    "property_lastname": "Ace",
    "property_jobtitle": "CFO",
    "property_associatedcompanyid": "1",
}
DEAL = {
    "deal_id": "21",
    "is_deleted": "false",
    "deal_pipeline_id": "default",
    "deal_pipeline_stage_id": "31",
    "property_dealname": "Acme: pilot",
    "property_amount": "1000",
    "property_createdate": "2025-03-01 8:00:00",
    "property_closedate": "2025-09-01 10:00:00",
}
DEAL_COMPANY = {"deal_id": "21", "company_id": "1", "type_id": "5"}
STAGES = [
    {"stage_id": "31", "pipeline_id": "default", "label": "Proposal", "is_closed": "FALSE", "closed_won": "FALSE", "probability": "0.6"},
    {"stage_id": "32", "pipeline_id": "default", "label": "Signed", "is_closed": "TRUE", "closed_won": "TRUE", "probability": "1.0"},
    {"stage_id": "33", "pipeline_id": "default", "label": "Gone", "is_closed": "TRUE", "closed_won": "FALSE", "probability": "0.0"},
]
WON = {**DEAL, "deal_pipeline_stage_id": "32"}


def history(record: str, of: str, name: str, *changes: tuple[str, str]) -> Rows:
    """Rows of a property history: a record's values with the times from which they were so."""
    return [{of: record, "name": name, "value": value, "timestamp": at, "source": "CRM_UI"} for value, at in changes]


MEETING = {
    "engagement_id": "41",
    "property_hs_meeting_start_time": "2025-05-05 10:00:00",
    "property_hs_createdate": "2025-05-06 10:00:00",
    "property_hs_meeting_title": "Pricing",
}
GUESTS = [{"engagement_id": "41", "contact_id": "11"}, {"engagement_id": "41", "contact_id": "12"}]
TWO = [CONTACT, {**CONTACT, "id": "12", "property_email": "bob@acme.com"}]


def logged(number: str = "41", **more: str) -> dict[str, str]:
    return {
        "engagement_id": number,
        "property_hs_timestamp": "2025-05-05 10:00:00",
        "property_hs_createdate": "2025-05-05 10:00:00",
        **more,
    }


def event(number: str, kind: str, **more: str) -> dict[str, str]:
    return {
        "id": number,
        "type": kind,
        "created": "2025-05-05 10:00:00",
        "recipient": "ann@acme.com",
        "email_campaign_id": "51",
        "filtered_event": "false",
        "obsoleted_by_id": "",
        **more,
    }


@pytest.fixture
def portal(tmp_path: Path) -> Portal:
    """Import a HubSpot portal of a company, a contact and a deal, and the tables given beside or instead of them; None leaves one out."""

    def imported(settings: Mapping[str, Sequence[str] | str] | None = None, **tables: Rows | None) -> Result:
        everything: dict[str, Rows | None] = {
            "company": [COMPANY],
            "contact": [CONTACT],
            "deal": [DEAL],
            "deal_company": [DEAL_COMPANY],
            "deal_pipeline_stage": STAGES,
            **tables,
        }
        given = {name: rows for name, rows in everything.items() if rows is not None}
        shutil.rmtree(tmp_path / "portal", ignore_errors=True)
        source = written(tmp_path / "portal", **given)
        project = None
        if settings:
            lines = [f"{key} = {[*value] if not isinstance(value, str) else repr(value)}" for key, value in settings.items()]
            (tmp_path / "bgml.toml").write_text("\n".join(['[project]\nname = "p"\n[sources.hubspot]', *lines]), encoding="utf-8")
            project = find_project(named=tmp_path)
        done = import_sources([("hubspot", str(source))], tmp_path / "out", project=project, now=NOW)
        for entry in done.entries:
            assert entry.rows == entry.used + entry.merged + sum(entry.aside.values()), entry
            assert entry.rows == len(given.get(Path(entry.where).stem, [])), entry
        return Result(done)

    return imported
