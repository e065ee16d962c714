"""Names that are script or markup, and a project without a ranking, as a browser takes them."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.web.browser.chromium import looking
from tests.web.made_ranking import WEEKS, made_project
from tests.web.service_fixtures import served

TURNED = "\u202eevil"
NAMES = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</title><svg onload=alert(1)>", "javascript:alert(1)", TURNED]


def test_names_are_text_and_nothing_of_them_happens(browser, tmp_path):
    rows = [
        {"account_id": name, "account_name": name, "topic": name, "owner": name, "reasons": [name], "next_step": name, "stage": name,
         "missing_roles": [name], "segment": name} for name in NAMES
    ]  # fmt: skip
    project = made_project(tmp_path / "acme", {WEEKS[0]: rows})
    with (tmp_path / "log").open("w") as log, served(project, log=log) as (_, url), looking(browser, url) as (page, watch):
        watch.expect(422)
        page.goto("/")
        headings = page.locator(".ledger h2").all_inner_texts()
        assert headings == NAMES
        for name in NAMES:
            page.goto("/")
            page.locator(".ledger > li").filter(has=page.get_by_role("heading", name=name, exact=True)).get_by_role("link").click()
            expect(page.get_by_role("heading", level=1)).to_have_text(name)
            page.get_by_label("Reason").fill(name)
            page.get_by_role("button", name="Accept").click()
            if name == TURNED:
                expect(page.locator(".told")).to_have_text("reason: holds characters that cannot be shown")
            else:
                expect(page.get_by_role("list", name="Verdicts")).to_contain_text(name)
        assert page.locator("main img, main script").count() == 0
        assert watch.found == []


def test_without_a_ranking_the_page_says_how_to_make_one(browser, tmp_path):
    project = made_project(tmp_path / "acme", {})
    with (tmp_path / "log").open("w") as log, served(project, log=log) as (_, url), looking(browser, url) as (page, watch):
        watch.expect(503)
        page.goto("/")
        expect(page.get_by_role("heading", level=1)).to_have_text("No ranking yet")
        expect(page.get_by_role("main")).to_contain_text("bgml score")
        assert watch.found == []
