from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bgml.scoring.definition import Model, select

MODELS = Path(__file__).parents[2] / "models"
CATEGORIES = ("named", "anonymous", "qualified_lead", "third_party_intent")


def model(name):
    spec = importlib.util.spec_from_file_location(f"tested_{name}", MODELS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.__doc__
    return module.MODEL


def groups(rows, **changes):
    """Groups without anything, with the fixed columns that rules read; `changes` are columns."""
    kinds = ["people", "visitors", "actions", "people_qualified_lead", *(f"actions_{category}" for category in CATEGORIES)]
    names = [f"{kind}_{days}d" for days in (7, 28, 91, 182) for kind in kinds]
    frame = pd.DataFrame(dict.fromkeys([*names, "days_since_last"], 0.0), index=range(rows))
    return frame.assign(as_of=pd.Timestamp("2024-01-01"), account_id=[f"a{n}" for n in range(rows)], topic="Data").assign(**changes)


def order(name, frame):
    scores = model(name).rule(frame)
    assert np.isfinite(scores).all()
    return [int(place) for place in scores.sort_values(ascending=False, kind="stable").index]


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.py")), ids=lambda path: path.stem)
def test_every_starter_model_is_a_model_that_reads_fixed_columns(path):
    found = model(path.stem)
    assert isinstance(found, Model)
    assert select(found, groups(1).columns, path.stem) or path.stem == "random"


def test_counts():
    frame = groups(3, people_28d=[1, 5, 3], visitors_28d=[0, 0, 5], actions_28d=[30, 5, 9])
    assert order("people_count", frame) == [2, 1, 0]
    assert order("actions_count", frame) == [0, 2, 1]


def test_recency():
    assert order("recency", groups(3, days_since_last=[9, 1, np.nan])) == [1, 0, 2]


def test_mql_rule_works_the_freshest_lead_first():
    frame = groups(
        5,
        people_qualified_lead_91d=[0, 1, 1, 1, 9],
        actions_qualified_lead_91d=[0, 1, 1, 1, 9],
        actions_qualified_lead_28d=[0, 0, 1, 1, 0],
        actions_qualified_lead_7d=[0, 0, 0, 1, 0],
        people_91d=[50, 1, 1, 1, 9],
    )
    assert order("mql_rule", frame) == [3, 2, 4, 1, 0]


def test_mql_plus_two():
    frame = groups(5, people_91d=[9, 3, 2, 4, 4], people_28d=[9, 0, 2, 1, 3], people_qualified_lead_91d=[0, 1, 1, 1, 1])
    assert model("mql_plus_two").rule(frame).tolist() == [0, 2, 1, 3, 5]


def test_points_weigh_cap_and_decay():
    frame = groups(
        5, actions_named_28d=[1, 0, 0, 0, 500], actions_named_91d=[1, 1, 0, 0, 500], actions_named_182d=[1, 1, 1, 0, 500],
        actions_anonymous_28d=[0, 0, 0, 1, 0], actions_anonymous_91d=[0, 0, 0, 1, 0], actions_anonymous_182d=[0, 0, 0, 1, 0],
    )  # fmt: skip
    assert (model("points").rule(frame) ** 2).tolist() == pytest.approx([40, 16, 4, 10, 20 * 40])


def test_random_is_fixed_per_group_and_date_in_any_company():
    frame = groups(500)
    scores = model("random").rule(frame)
    assert scores.between(0, 1, inclusive="left").all()
    assert scores.nunique() == 500
    assert abs(scores.mean() - 0.5) < 0.05
    turned = frame.iloc[::-1].head(100).assign(account_id=lambda m: m["account_id"].astype("category"))
    assert model("random").rule(turned).equals(scores.loc[turned.index])
    assert (model("random").rule(frame.assign(topic="Cloud")) != scores).all()
    assert (model("random").rule(frame.assign(as_of=pd.Timestamp("2024-01-08"))) != scores).all()
    assert model("random").rule(frame.assign(account_id=range(500))).nunique() == 500
