"""The watch sees what it is there to see."""

from __future__ import annotations

import pytest

from tests.web.browser.chromium import looking

FAULTS = {
    "console": "console.error('seen')",
    "error": "setTimeout(() => { throw new Error('seen') })",
    "request": "new Image().src = 'http://192.0.2.1/seen.png'",
    "dialog": "setTimeout(() => alert('seen'))",
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_seen(browser, service, kind):
    with looking(browser, service) as (page, watch):
        page.goto("/")
        assert watch.found == []
        page.evaluate(FAULTS[kind])
        page.wait_for_timeout(200)
        assert any("seen" in fault for fault in watch.found), watch.found


def test_script_in_a_page_is_not_run_and_is_seen(browser, service):
    with looking(browser, service) as (page, watch):
        page.goto("/")
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"/none\" onerror=\"window.ran = true\">')")
        page.wait_for_timeout(200)
        assert page.evaluate("window.ran") is None
        assert any("Content Security Policy" in fault for fault in watch.found), watch.found
