"""The list: what it shows, filters, search, keys, and that it works without scripts."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.web.browser.chromium import looking


def entries(page: Page) -> list[tuple[str, str]]:
    """Account and topic of every group shown."""
    found = page.locator(".ledger > li").evaluate_all("items => items.map(item => [item.dataset.account, item.dataset.topic])")
    return [(account, topic) for account, topic in found]


def test_the_list_of_the_week_is_shown_in_order(page):
    page.goto("/")
    expect(page).to_have_title("Week of 19 Jan 2026 · acme")
    expect(page.get_by_role("heading", level=1)).to_contain_text("This week, 19 Jan 2026")
    assert len(entries(page)) == 12 and entries(page)[0] == ("a1", "cloud")
    first = page.locator(".ledger > li").first
    for said in ("1", "Account 1", "cloud", "band A", "3 people", "3 people active in the last 28 days", "Name a1-p0"):
        expect(first).to_contain_text(said)


def test_a_filter_is_in_the_address_and_survives_reload_and_back(page):
    page.goto("/")
    page.get_by_label("Owner").select_option("Ann")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"/\?owner=Ann$"))
    ann = entries(page)
    assert ann and {account for account, _ in ann} == {"a0", "a3"}
    page.reload()
    assert entries(page) == ann
    expect(page.get_by_label("Owner")).to_have_value("Ann")
    page.get_by_role("link", name="owner: Ann").click()
    expect(page.locator(".ledger > li")).to_have_count(12)
    page.go_back()
    assert entries(page) == ann
    page.go_back()
    assert len(entries(page)) == 12


def test_filters_work_without_scripts(browser, service):
    with looking(browser, service, java_script_enabled=False) as (page, watch):
        page.goto("/")
        page.get_by_label("Topic").select_option("Data/AI")
        page.get_by_role("button", name="Apply").click()
        expect(page.locator(".ledger > li")).to_have_count(6)
        assert {topic for _, topic in entries(page)} == {"Data/AI"}
        assert watch.found == []


def test_search_finds_accounts_and_says_so_when_there_is_none(page):
    page.goto("/")
    page.keyboard.press("/")
    expect(page.get_by_label("Search")).to_be_focused()
    page.keyboard.type("account 4")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/\?q=account\+4$"))
    assert {account for account, _ in entries(page)} == {"a4"}
    page.get_by_label("Search").fill("nobody has this name")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No group fits this selection")).to_be_visible()
    page.get_by_role("link", name="Clear all").click()
    expect(page.locator(".ledger > li")).to_have_count(12)


def test_keys_go_through_the_list_and_open_a_group(page):
    page.goto("/")
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
    account, topic = entries(page)[1]
    expect(page.locator(".ledger > li").nth(1).get_by_role("link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/group\?account_id={account}&topic={topic.replace('/', '%2F')}$"))


def test_help_opens_and_closes_by_key(page):
    page.goto("/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Reading this page")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_former_week_can_be_looked_at(page):
    page.goto("/")
    page.get_by_text("More filters").click()
    page.get_by_label("Week").select_option("2026-01-05")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Week of 5 Jan 2026")
    assert entries(page)[0] == ("a0", "cloud")
