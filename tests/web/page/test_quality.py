"""`/quality`: pictures with tables beside them, nothing inline that the policy of the page forbids, a sentence for whatever is missing."""

from __future__ import annotations

import re

import pytest

from bgml.data.kept.documents import EVALUATION, IMPACT, keep
from tests.web.evaluated import an_evaluation, keep_both

HTML = {"accept": "text/html"}


def _page(client):
    answer = client.get("/quality", headers=HTML)
    assert answer.status_code == 200
    return answer.text


def test_pictures_with_what_they_show_as_text_and_as_a_table(client, project):
    keep_both(project)
    page = _page(client)
    labels = re.findall(r'<svg class="chart"[^>]* role="img" aria-label="([^"]+)"><desc>[^<]+</desc>', page)
    assert labels == ["Observed share of wins by predicted chance", "Share of winners found by share of the list",
                      "precision at 50 week by week"]  # fmt: skip
    assert page.count("<summary>As a table</summary>") == 3
    assert "40% to 48%" in page and "+13.0" in page and "Above points" in page
    assert "Win rate: 43% with an engaged group." in page
    assert "The version in use was trained on later data than that." in page


def test_nothing_inline(client, project):
    keep_both(project)
    page = _page(client)
    assert not re.search(r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\son\w+=|https?://(?!www\.w3\.org)", page)
    assert "nan" not in re.sub(r"<[^>]+>", "", page).lower().split()


def test_before_anything_was_kept_the_page_names_the_commands(client):
    page = _page(client)
    assert "`bgml evaluate`" in page and "`bgml impact`" in page
    assert "<svg class=" not in page


@pytest.mark.parametrize("name", [EVALUATION, IMPACT])
@pytest.mark.parametrize("content", [b"", b"{", b'{"headline": 1, "models": 2, "sentences": 3}'])
def test_a_damaged_result_is_said_and_the_other_is_shown(client, project, name, content):
    keep_both(project)
    (project.state / name).write_bytes(content)
    page = _page(client)
    assert "cannot be read" in page
    assert ("Win rate: 43%" in page) == (name is EVALUATION)
    assert ("<svg class=" in page) == (name is IMPACT)


def test_an_evaluation_with_little_in_it(client, project):
    models = {"propensity": {"metrics": {}, "to_best_baseline": {}}}
    bare = {"bins": [], "slope": {"value": None, "low": None, "high": None}}
    few = [{"as_of": "2025-01-06", "model": "propensity", "precision_at_50": None}]
    keep(project, EVALUATION, an_evaluation(
        models=models, best_baseline=None, calibration={"models": {"propensity": bare}}, dates=few, gains=None, data_until=None, summary=[],
    ))  # fmt: skip
    page = _page(client)
    assert "By length of the list" in page and "<svg class=" not in page


def test_what_an_evaluation_says_is_shown_as_text(client, project):
    keep_both(project, summary=["<script>alert(1)</script>"], best_baseline="<b>points</b>")
    page = _page(client)
    assert "<script>alert" not in page and "<b>points" not in page
    assert "&lt;script&gt;alert(1)" in page
