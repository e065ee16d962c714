"""Verdicts by mouse, by key and without scripts are kept, and shown to whoever looks next."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.web.browser.chromium import looking
from tests.web.service_fixtures import read


def said(service: str, account: str, topic: str = "cloud") -> list[tuple[str, str]]:
    """Verdicts and reasons of a group, as other programs get them."""
    answer = json.loads(read(f"{service}/v1/group?account_id={account}&topic={topic}"))
    return [(verdict["verdict"], verdict["reason"]) for verdict in answer["verdicts"]]


def test_accepting_by_mouse_is_kept_and_seen_after_a_reload(page, service):
    page.goto("/group?account_id=a1&topic=cloud")
    page.get_by_label("Reason").fill("they called <b>us</b>")
    page.get_by_role("button", name="Accept").click()
    expect(page.locator(".told")).to_have_text("Kept: accepted.")
    expect(page.get_by_role("list", name="Verdicts")).to_contain_text("they called <b>us</b>")
    expect(page.get_by_label("Reason")).to_have_value("")
    assert said(service, "a1") == [("accepted", "they called <b>us</b>")]
    page.reload()
    expect(page.get_by_role("list", name="Verdicts").get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_role("list", name="Verdicts")).to_contain_text("they called <b>us</b>")


def test_rejecting_by_key(page, service):
    page.goto("/group?account_id=a2&topic=cloud")
    page.keyboard.press("r")
    page.keyboard.type("wrong people")
    page.keyboard.press("Enter")
    expect(page.locator(".told")).to_have_text("Kept: rejected.")
    assert said(service, "a2") == [("rejected", "wrong people")]


def test_accepting_by_key(page, service):
    page.goto("/group?account_id=a3&topic=cloud")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".told")).to_have_text("Kept: accepted.")
    assert [verdict for verdict, _ in said(service, "a3")] == ["accepted"]


@pytest.mark.parametrize("scripts", [True, False])
def test_enter_in_the_reason_decides_nothing(browser, service, scripts):
    with looking(browser, service, java_script_enabled=scripts) as (page, watch):
        page.goto("/group?account_id=a4&topic=cloud")
        page.get_by_label("Reason").fill("not yet sure")
        page.keyboard.press("Enter")
        page.wait_for_timeout(200)
        expect(page.get_by_label("Reason")).to_have_value("not yet sure")
        assert said(service, "a4") == [] and watch.found == []


def test_a_verdict_without_scripts_comes_back_to_the_group(browser, service):
    with looking(browser, service, java_script_enabled=False) as (page, watch):
        page.goto("/group?account_id=a5&topic=cloud")
        page.get_by_label("Reason").fill("bought last month")
        page.get_by_role("button", name="Reject").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Account 5")
        expect(page.get_by_role("list", name="Verdicts")).to_contain_text("bought last month")
        assert said(service, "a5") == [("rejected", "bought last month")] and watch.found == []
