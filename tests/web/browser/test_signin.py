"""Signing in by pasting a token, signing out, and what somebody limited to an owner gets to see."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def sign_in(page: Page, token: str) -> None:
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()


def test_the_way_in_leads_to_what_was_asked_for(page, guarded):
    page.goto("/group?account_id=a0&topic=cloud")
    expect(page).to_have_url(re.compile("/signin"))
    expect(page.get_by_label("Token")).to_be_focused()
    sign_in(page, guarded.editor)
    expect(page).to_have_url(re.compile(r"/group\?account_id=a0&topic=cloud"))
    expect(page.locator(".who")).to_contain_text("Eve")
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict") and guarded.editor not in cookie["value"]


def test_a_wrong_token_is_told_and_kept_nowhere(page, guarded, watch):
    watch.expect(401)
    page.goto("/signin")
    sign_in(page, "bgml_" + "x" * 40)
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.context.cookies() == [] and "xxxx" not in page.content()


def test_signing_out_ends_it(page, guarded):
    page.goto("/")
    sign_in(page, guarded.editor)
    expect(page.locator(".ledger > li")).to_have_count(12)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Token")).to_be_visible()
    page.goto("/")
    expect(page).to_have_url(re.compile("/signin"))


def test_somebody_limited_to_an_owner_sees_their_own_alone(page, guarded, watch):
    page.goto("/")
    sign_in(page, guarded.bob)
    expect(page.locator(".ledger > li")).to_have_count(4)
    accounts = {item.get_attribute("data-account") for item in page.locator(".ledger > li").all()}
    assert accounts == {"a1", "a4"} and "Account 0" not in page.content()
    expect(page.get_by_role("link", name="Quality")).to_have_count(0)
    page.goto("/group?account_id=a1&topic=cloud")
    expect(page.get_by_role("button", name="Accept")).to_have_count(0)
    watch.expect(404)
    answers = []
    for account in ("a0", "nobody"):
        assert page.goto(f"/group?account_id={account}&topic=cloud").status == 404
        answers.append(re.sub(r"Request \w+", "", page.locator("main").inner_text()).replace(account, ""))
    assert answers[0] == answers[1]
