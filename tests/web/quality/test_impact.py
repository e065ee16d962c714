"""The stored impact, as far as it is read."""

from __future__ import annotations

import pytest

from bgml.web.quality.impact import Impact
from tests.web.evaluated import SENTENCES, an_impact


def test_sentences_and_ratios():
    found = Impact.of(an_impact())
    assert found.sentences == SENTENCES
    (ratio,) = found.headline
    assert ratio.model_dump(by_alias=True) == {
        "measure": "win_rate", "title": "win rate", "unit": None, "engaged": {"value": 0.4, "low": 0.3, "high": 0.5},
        "other": {"value": 0.2, "low": 0.3, "high": 0.5}, "ratio": {"value": 2.0, "low": 1.5, "high": 2.6}, "same_mix": None,
        "too_few": False,
    }  # fmt: skip


@pytest.mark.parametrize("change", [{"sentences": 3}, {"sentences": [None]}, {"headline": [{"measure": "win_rate"}]}, {"headline": {}}])
def test_another_shape_is_refused(change):
    with pytest.raises(ValueError):
        Impact.of({**an_impact(), **change})
