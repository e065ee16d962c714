from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bgml.evaluation.audit import permuted
from bgml.evaluation.audit.spanning import codes
from bgml.groups.outcomes import got_opportunity, label
from bgml.learning.examples import Examples
from tests.evaluation.audit.conftest import Raced


def test_every_group_gets_the_outcomes_of_one_other_group_on_all_its_dates(raced: Raced) -> None:
    tested = raced[1]
    examples = tested.candidates
    dealt = permuted.Deck(examples, tested.dataset, tested.project.settings).deal(np.random.default_rng(0))
    groups = np.unique(codes(examples))
    other = dict(zip(groups.tolist(), groups[np.random.default_rng(0).permutation(len(groups))].tolist(), strict=True))
    keys = examples.keys()
    depth = len(examples.topics)
    from_whom = np.array([other[code] for code in codes(examples).tolist()])
    keys = keys.assign(account_id=examples.accounts[from_whom // depth], topic=examples.topics[from_whom % depth])
    expected = label(keys, tested.dataset, tested.project.settings)
    assert dealt.won.tolist() == expected["won"].tolist()
    assert (
        dealt.deals[["row", "opportunity_id"]].to_numpy().tolist() == expected.attrs["deals"][["row", "opportunity_id"]].to_numpy().tolist()
    )
    assert dealt.won.sum() > 0
    assert dealt.created.tolist() == got_opportunity(keys, tested.dataset, tested.project.settings).tolist() != examples.created.tolist()


def test_an_honest_model_finds_nothing(raced: Raced) -> None:
    tested = raced[1]
    checked = permuted.check(tested, {"propensity": tested.models["propensity"]})
    assert checked.findings == ()
    (row,) = checked.data["models"]
    assert row["low"] < row["auc"] < row["high"]
    assert row["low"] + row["high"] == pytest.approx(1)


def test_a_model_that_sees_the_rows_it_is_tested_on_is_caught(raced: Raced, monkeypatch: pytest.MonkeyPatch) -> None:
    tested = raced[1]
    noise = np.random.default_rng(1)

    def peeks(model: Any, train: Examples, test: Examples, *others: Any) -> np.ndarray:
        return test.won + noise.normal(0, 0.3, len(test))

    monkeypatch.setattr(permuted, "_scores", peeks)
    (fault,) = permuted.check(tested, {"propensity": tested.models["propensity"]}).findings
    assert fault.severity == "fault"
    assert fault.found.startswith("propensity has an AUC of 0.9")


def test_the_interval_holds_what_chance_gives(raced: Raced, monkeypatch: pytest.MonkeyPatch) -> None:
    tested = raced[1]
    noise = np.random.default_rng(2)
    monkeypatch.setattr(permuted, "_scores", lambda model, train, test, *others: noise.normal(size=len(test)))
    results = [permuted.permute(tested, {"propensity": tested.models["propensity"]}, seed=seed)[0][0] for seed in range(8)]
    assert all(result.within for result in results)
    assert all(result.high < 0.9 for result in results)
