"""Words: each ratio as a sentence and as cells, and never more than is known."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from bgml.evaluation.race.intervals import Estimate
from bgml.insight.impact.contrasts import PEOPLE, ladders
from bgml.insight.impact.measures import Measure
from bgml.insight.impact.wording import contrast_table, findings, ladder_tables, shown, times
from bgml.insight.ratios import Ratio, Sample, Side

NAN = float("nan")


def ratio(statistic="share", unit="", wins=40, adjusted=None, shared=1.0):
    sides = [Side(name, 100, wins, 50, Estimate(value, NAN, NAN)) for name, value in (("engaged group", 0.4), ("without", 0.2))]
    strata = ("segment", "band") if adjusted else ()
    return Ratio("win_rate", statistic, *sides, Estimate(2.0, 1.5, 2.6), adjusted, strata, shared, unit)


def told(one):
    empty = Sample(pd.DataFrame(), pd.DataFrame())
    return next(iter(findings([(Measure("win_rate", "win rate", one.statistic, empty, ()), one)])))


def test_a_finding_gives_both_sides_the_ratio_and_the_same_mix():
    assert told(ratio()) == "Win rate: 40.0% with an engaged group, 20.0% without: 2.0 times as often, 95% interval 1.50 to 2.6."
    held = told(ratio(adjusted=Estimate(1.8, 1.2, 2.5), shared=0.9))
    assert held.endswith("; at the same mix of segment and amount band, 10% of the rows left out: 1.80 times, 95% interval 1.20 to 2.5.")
    assert "as long" in told(ratio("median", "days"))
    assert "as much" in told(ratio("mean", "EUR"))


def test_too_few_deals_get_no_ratio():
    said = told(ratio(wins=4))
    assert "too few to tell" in said
    assert "times" not in said


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (None, ""), (Estimate(NAN, NAN, NAN), ""), (Estimate(2.0, 1.0, 4.0), "2.0 (1.00 to 4.0)"),
        (Estimate(2.0, NAN, NAN), "2.0 (too few)"),
        (Estimate(math.inf, NAN, NAN), "none on the other side"), (Estimate(30.0, 8.0, math.inf), "30 (8.0 to no end)"),
    ],
)  # fmt: skip
def test_a_ratio_in_a_cell(estimate, text):
    assert times(estimate) == text


def test_values_as_people_read_them():
    assert shown(ratio(), Estimate(0.123, 0, 0)) == "12.3%"
    assert shown(ratio("median", "days"), Estimate(45.4, 0, 0)) == "45 days"
    assert shown(ratio("mean", "EUR"), Estimate(1234567.0, 0, 0)) == "1,234,567"
    assert shown(ratio(), Estimate(NAN, 0, 0)) == "none"


def test_tables_hold_a_row_per_measure_and_per_step():
    rows = pd.DataFrame({"account_id": range(40), "people": [1, 5] * 20, "value": [1.0, 3.0] * 20, "engaged": [0, 1] * 20})
    measure = Measure(
        "m", "days to won", "mean", Sample(rows, pd.DataFrame({"row": np.arange(40), "opportunity_id": np.arange(40)})), (), "days"
    )
    table = contrast_table([(measure, ratio())], "Title")
    assert table.columns[1:3] == ("engaged group", "without")
    assert table.rows[0][:4] == ("days to won", "40.0% of 100", "20.0% of 100", "2.0 (1.50 to 2.6)")
    (made,) = ladder_tables(list(ladders([measure], "people", PEOPLE, "1")), "people")
    assert [row[0] for row in made.rows] == ["1", "5+"]
    assert made.rows[1][4].startswith("3.0 (")
