"""A group's page and its account's."""

from __future__ import annotations

import re

from playwright.sync_api import expect


def test_a_group_is_opened_from_the_list(page):
    page.goto("/")
    page.locator(".ledger > li").filter(has_text="Account 5").filter(has_text="Data/AI").get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"topic=Data%2FAI"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Account 5")


def test_who_why_what_and_how_it_moved(page):
    page.goto("/group?account_id=a0&topic=Data/AI")
    rows = page.locator("table.members tbody tr")
    assert rows.count() == 2
    for said in ("Name a0-p0", "Engineer", "practitioner", "active", "50%"):
        expect(rows.first).to_contain_text(said)
    why = page.get_by_role("region", name="Why it stands here")
    expect(why.get_by_role("listitem")).to_have_text(["For: 3 people active in the last 28 days", "Against: nobody from finance"])
    expect(page.get_by_role("region", name="What to do")).to_contain_text("Name a0-p0")
    moved = page.get_by_role("region", name="How it moved")
    expect(moved.get_by_role("img").first).to_be_visible()
    moved.get_by_text("As a table").click()
    expect(moved.get_by_role("row")).to_have_count(4)


def test_the_timeline_has_a_dot_for_each_person_and_week_with_signals(page):
    page.goto("/group?account_id=a0&topic=Data/AI")
    strip = page.get_by_role("region", name="Signals of each person, week by week")
    people = strip.get_by_role("row").filter(has_text="Name a0-")
    assert people.count() == 2
    for person in people.all():
        assert person.locator(".dot").count() == 1
        expect(person.locator(".dot").first).to_be_visible()
        expect(person).to_contain_text("3")
    expect(strip.locator("tr.touches, tr.touch, tr.sellers").first).to_be_visible()


def test_from_a_group_to_the_account_and_to_the_other_group(page):
    page.goto("/group?account_id=a2&topic=cloud")
    page.get_by_role("link", name="Account 2").click()
    expect(page).to_have_url(re.compile(r"/account\?account_id=a2$"))
    expect(page.get_by_role("heading", level=2).filter(has_text=re.compile("cloud|Data/AI"))).to_have_count(2)
    page.get_by_role("link", name="Data/AI").click()
    expect(page).to_have_url(re.compile(r"/group\?account_id=a2&topic=Data%2FAI"))


def test_a_group_that_is_not_there_is_told(page, watch):
    watch.expect(404)
    assert page.goto("/group?account_id=nobody&topic=cloud").status == 404
    expect(page.get_by_role("link", name="To this week's list")).to_be_visible()
