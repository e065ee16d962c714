from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bgml.evaluation.audit import spanning
from bgml.evaluation.chapters.tested import on_dates
from tests.evaluation.audit.conftest import Raced


def test_no_deal_decides_both_sides_and_groups_on_both_are_counted(raced: Raced) -> None:
    tested = raced[1]
    checked = spanning.check(tested, "propensity")
    assert [finding.severity for finding in checked.findings] == ["note"]
    for fold, part in zip(tested.folds, checked.data["folds"], strict=True):
        train, test = on_dates(tested.examples, fold.train), on_dates(tested.examples, fold.test)
        sides = [set(zip(side.account.tolist(), side.topic.tolist(), strict=True)) for side in (train, test)]
        assert part["groups"] == len(sides[1])
        assert part["spanning"] == len(sides[0] & sides[1])
        assert part["shared_deals"] == 0
    assert checked.data["groups"]["met"]["auc"]["value"] == pytest.approx(0.5, abs=0.5)


def test_training_dates_too_near_to_the_test_are_a_fault(raced: Raced) -> None:
    tested = raced[1]
    last = tested.folds[-1]
    near = replace(last, train=(*last.train, *last.test[:1]))
    checked = spanning.check(replace(tested, folds=(*tested.folds[:-1], near)), "propensity")
    fault = checked.findings[0]
    assert fault.severity == "fault"
    shared = spanning.shared_deals(on_dates(tested.examples, near.train), on_dates(tested.examples, near.test))
    assert fault.found == f"In fold 2 {len(shared)} deals decide rows of training and of test: {', '.join(shared[:3])}."


def test_a_side_without_winners_is_left_out(raced: Raced) -> None:
    evaluation, tested = raced
    scored = tested.scored
    lost = replace(scored, won=np.zeros(len(scored), bool))
    checked = spanning.check(replace(tested, scored=lost), "propensity")
    assert checked.data["groups"] == {"met": None, "new": None}
    assert checked.findings == ()
