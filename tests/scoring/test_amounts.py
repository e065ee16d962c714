from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

from bgml.scoring.amounts import Amounts, Effect, Term

SIZE = Term(("people_91d", "visitors_91d"), center=math.log(4), slope=0.5)
TOPIC = Effect(("topic",), ((("Cloud",), 0.2), (("7",), -0.1)))
CELL = Effect(("segment", "topic"), ((("large", "Cloud"), 1.0),))


def amounts(*, terms=(), effects=(), **changes):
    given = {"method": "regression", "deals": 120, "typical": 900.0, "base": math.log(1000), "smearing": 1.5, "share": 1.0, "cap": 1e6}
    return Amounts(**{**given, "currency": "EUR", **changes}, terms=tuple(terms), effects=tuple(effects))


def test_a_number_moves_the_amount_by_the_power_of_its_slope():
    frame = pd.DataFrame({"people_91d": [3, 10, 3], "visitors_91d": [0, 5, np.nan]})
    assert amounts(terms=[SIZE]).if_won(frame).tolist() == pytest.approx([1500, 1500 * (16 / 4) ** 0.5, 1500])


@pytest.mark.parametrize("kind", ["object", "category", "str"])
def test_a_category_moves_it_by_its_factor_and_an_unseen_or_missing_one_not_at_all(kind):
    frame = pd.DataFrame({"topic": pd.Series(["Cloud", "7", "Data", None], dtype=kind)})
    assert (amounts(effects=[TOPIC]).if_won(frame) / 1500).tolist() == pytest.approx([math.exp(0.2), math.exp(-0.1), 1, 1])


def test_whole_numbers_as_ids_are_known_by_their_text():
    assert amounts(effects=[TOPIC]).if_won(pd.DataFrame({"topic": [7, 8]})).tolist() == pytest.approx([1500 * math.exp(-0.1), 1500])


def test_two_categories_count_together():
    frame = pd.DataFrame({"segment": ["large", "small", None, "large"], "topic": ["Cloud", "Cloud", "Cloud", "Data"]})
    assert (amounts(effects=[CELL]).if_won(frame) / 1500).tolist() == pytest.approx([math.e, 1, 1, 1])


def test_share_and_cap_bound_what_is_expected():
    frame = pd.DataFrame({"topic": ["Cloud"]})
    assert amounts(share=0.25).if_won(frame).tolist() == pytest.approx([375])
    assert amounts(effects=[TOPIC], cap=1600.0, share=0.5).if_won(frame).tolist() == [800]
    assert amounts(cap=1600.0).usual == pytest.approx(1500)


def test_columns_that_are_not_there_count_as_missing():
    assert amounts(terms=[SIZE], effects=[TOPIC, CELL]).columns == ("people_91d", "visitors_91d", "topic", "segment")
    assert amounts(terms=[SIZE], effects=[CELL]).if_won(pd.DataFrame({"topic": ["Cloud"]})).tolist() == pytest.approx([1500])


def test_no_rows_give_no_amounts():
    frame = pd.DataFrame({"topic": pd.Series([], dtype="category"), "segment": pd.Series([], dtype="str")})
    assert amounts(effects=[TOPIC, CELL]).if_won(frame).tolist() == []


def test_what_is_recorded_is_restored():
    made = amounts(terms=[SIZE], effects=[TOPIC, CELL])
    assert Amounts.restore(json.loads(json.dumps(made.record(), allow_nan=False))) == made
