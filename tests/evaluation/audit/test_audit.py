from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bgml.evaluation.audit import audit as whole
from bgml.evaluation.audit.finding import Checked, Finding, worst_first
from tests.evaluation.audit.conftest import Raced


def test_the_worst_comes_first() -> None:
    findings = [Finding("a", "note", "1"), Finding("b", "fault", "2"), Finding("c", "warning", "3"), Finding("d", "fault", "4")]
    assert [finding.found for finding in worst_first(findings)] == ["2", "4", "3", "1"]


def test_the_newest_the_middle_and_the_first_test_date_are_rebuilt(raced: Raced) -> None:
    tested = raced[1]
    dates: list[date] = tested.scored.dates.astype("datetime64[D]").tolist()
    assert whole.sampled_dates(tested) == [dates[-1], dates[len(dates) // 2], dates[0]]
    one = replace(tested, scored=tested.scored.take(tested.scored.as_of == tested.scored.dates[0]))
    assert whole.sampled_dates(one) == [dates[0]]


def test_the_chapter_says_what_was_found_and_holds_it_as_data(raced: Raced, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Finding("x", "note", "Noted."), Finding("x", "fault", "It leaks.", "That is bad.", "mend it")]
    monkeypatch.setattr(whole, "_checks", lambda evaluation, tested: [Checked("x", "Looked.", tuple(found), (), {"rows": 3})])
    chapter = whole.audit(*raced)
    assert chapter.sentences == (
        "The audit found 1 fault: until they are explained, believe no number of this report.",
        "Fault: It leaks. That is bad. Way out: mend it.",
        "Note: Noted.",
    )
    assert chapter.tables[0].rows == (("x", "fault", "Looked."),)
    assert chapter.data["counts"] == {"faults": 1, "warnings": 0, "notes": 1}
    assert chapter.data["checks"] == {"x": {"did": "Looked.", "verdict": "fault", "rows": 3}}
    assert whole.faults(chapter) == [found[1]]


def test_without_a_learning_model_only_the_data_is_checked(raced: Raced) -> None:
    evaluation, tested = raced
    rules = replace(evaluation, baselines=evaluation.models)
    first = tested.scored.take(tested.scored.as_of == tested.scored.dates[0])
    checks = whole._checks(rules, replace(tested, scored=first))
    assert [check.name for check in checks] == ["rebuild", "source", "undated", "timing"]
