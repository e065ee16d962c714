"""Every page at both sizes, light and dark: nothing sticks out, everything is named, focus can be seen."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web.browser.chromium import looking

PAGES = ["/", "/group?account_id=a0&topic=cloud", "/account?account_id=a0", "/quality", "/signin"]
UNNAMED = """() => [...document.querySelectorAll("button, a, input, select, svg, table, dialog")].filter((item) => {
  if (item.matches("[type=hidden]")) return false;
  if (item.closest("[hidden], [aria-hidden=true]") || item.matches("svg[aria-hidden=true]")) return false;
  const named = item.getAttribute("aria-label") || item.getAttribute("aria-labelledby");
  if (item.matches("input, select")) return !named && !item.labels.length;
  if (item.matches("svg")) return !named && !item.querySelector("title");
  if (item.matches("table")) return !item.querySelector("th[scope]");
  return !named && !item.textContent.trim();
}).map((item) => item.outerHTML.slice(0, 120))"""
LEVELS = "() => [...document.querySelectorAll('h1, h2, h3, h4')].filter((item) => !item.closest('dialog')).map((item) => +item.tagName[1])"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_pages_fit_and_everything_has_a_name(browser, service, width, scheme):
    with looking(browser, service, viewport={"width": width, "height": 800}, color_scheme=scheme) as (page, watch):
        for path in PAGES:
            page.goto(path)
            sticking = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert sticking <= 0, (path, sticking)
            assert page.evaluate(UNNAMED) == [], path
            levels = page.evaluate(LEVELS)
            assert levels[0] == 1 and levels.count(1) == 1, (path, levels)
            assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False)), (path, levels)
        assert watch.found == []


def test_light_and_dark_are_two(browser, service):
    grounds = set()
    for scheme in ("light", "dark"):
        with looking(browser, service, color_scheme=scheme) as (page, _):
            page.goto("/")
            grounds.add(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
    assert len(grounds) == 2


def test_focus_can_be_seen_wherever_the_tab_key_goes(page):
    page.goto("/group?account_id=a0&topic=cloud")
    for _ in range(12):
        page.keyboard.press("Tab")
        style = page.evaluate("(({outlineStyle, outlineWidth}) => [outlineStyle, outlineWidth])(getComputedStyle(document.activeElement))")
        assert style[0] != "none" and style[1] != "0px", page.evaluate("document.activeElement.outerHTML.slice(0, 120)")


def test_the_first_thing_the_tab_key_reaches_leads_to_the_content(page):
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()


def test_the_charts_of_quality_are_drawn(page):
    page.goto("/quality")
    for name in ("Can the chances be trusted?", "How soon are the winners found?"):
        drawn = page.get_by_role("region", name=name).get_by_role("img")
        box = drawn.bounding_box()
        assert box is not None and box["width"] > 200 and box["height"] > 80
    expect(page.get_by_role("region", name="What goes with engaged groups")).to_contain_text("43%")
