from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from bgml.evaluation.audit import audit as whole
from bgml.evaluation.audit.finding import Finding, worst_first
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


def test_the_chapter_says_what_was_found_and_holds_it_as_data(raced: Raced) -> None:
    chapter = whole.audit(*raced)
    counts = chapter.data["counts"]
    assert counts["faults"] == len(whole.faults(chapter))
    # The small project's people act on drawn days: just what shuffled dates look like.
    assert "timing" in {finding.check for finding in whole.faults(chapter)}
    assert chapter.sentences[0].startswith("The audit found ")
    assert len(chapter.sentences) == 1 + sum(counts.values())
    assert chapter.data["checks"]["rebuild"]["verdict"] == "silent"
    json.dumps(dict(chapter.data), allow_nan=False)
