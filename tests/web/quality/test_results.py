"""Results are read again when they change, and a sentence stands in the place of those that are not there or damaged."""

from __future__ import annotations

import pytest

from bgml.data.kept.documents import EVALUATION, IMPACT, keep
from bgml.web.quality.evaluation import Evaluation
from bgml.web.quality.impact import Impact
from bgml.web.quality.results import NO_EVALUATION, NO_IMPACT, Results
from tests.web.evaluated import an_evaluation, an_impact, keep_both


def test_before_anything_was_kept_the_command_is_named(project):
    results = Results(project)
    assert (results.evaluation(), results.impact()) == (NO_EVALUATION, NO_IMPACT)
    assert "`bgml evaluate`" in NO_EVALUATION and "`bgml impact`" in NO_IMPACT


def test_what_is_kept_is_read_once_and_again_when_it_changes(project):
    results = Results(project)
    keep_both(project)
    first = results.evaluation()
    assert isinstance(first, Evaluation) and isinstance(results.impact(), Impact)
    assert results.evaluation() is first
    keep(project, EVALUATION, an_evaluation(headline="precision_at_25"))
    again = results.evaluation()
    assert isinstance(again, Evaluation) and again.headline == "precision_at_25"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"{}", b'{"headline": 3, "models": {}}'])
def test_a_damaged_evaluation_is_said_and_logged_until_it_is_made_again(project, caplog, content):
    results = Results(project)
    keep(project, EVALUATION, an_evaluation()).write_bytes(content)
    said = results.evaluation()
    assert said == "What the last `bgml evaluate` kept cannot be read: `bgml evaluate` makes it again."
    assert str(project.root) in caplog.text and str(project.root) not in said
    keep_both(project)
    assert isinstance(results.evaluation(), Evaluation)


def test_a_damaged_impact_is_said(project):
    keep(project, IMPACT, {**an_impact(), "sentences": 3})
    assert Results(project).impact() == "What the last `bgml impact` kept cannot be read: `bgml impact` makes it again."


def test_a_result_that_goes_away_is_missing(project):
    results = Results(project)
    keep_both(project)
    results.evaluation()
    (project.state / EVALUATION).unlink()
    assert results.evaluation() == NO_EVALUATION
