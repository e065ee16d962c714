"""Derived columns: each is a function of its own row, and what is wrong with one is told with its file and line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bgml.engine.build import build
from bgml.engine.columns.catalog import load_catalog
from bgml.engine.columns.derived import sample_frame
from bgml.errors import FeatureError
from tests.engine.world import DATES, world
from tests.engine_fixtures import features_of, opened, project_of


def _catalog(root, text):
    """The catalog with a feature file of that text; its first line of code is line 4."""
    features_of(root, mine=f'"""Mine."""\nimport numpy as np\nfrom bgml import measure, says\n{text}\n')
    return load_catalog(project_of(root))


def _told(root, text):
    with pytest.raises(FeatureError) as error:
        _catalog(root, text)
    return str(error.value)


@pytest.mark.parametrize(
    "value",
    [
        "m.actions_28d / m.actions_28d.max()",
        "m.actions_28d - m.actions_28d.mean()",
        "m.actions_28d.rank()",
        "m.actions_28d.rank(pct=True)",
        "m.actions_28d.cumsum()",
        "m.actions_28d.shift(1).fillna(0)",
        "m.actions_28d.diff()",
        "m.actions_28d * len(m)",
        "m.actions_28d + m.index",
        "m.actions_28d.clip(upper=m.actions_28d.quantile(0.9))",
        "m.groupby('people_28d').actions_28d.transform('sum')",
        "m.days_since_named.fillna(m.days_since_named.mean())",
        "(m.actions_28d == m.actions_28d.max()).astype(int)",
    ],
)
def test_a_function_that_looks_at_other_rows_is_refused(tmp_path, value):
    told = _told(tmp_path, f"\n\ndef looks_around(m):\n    '''Around.'''\n    return {value}")
    assert told.startswith("features/mine.py:6: looks_around() looks at other rows")
    assert "declare a measure" in told


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("x = 1\n    return x / (1 - x)", "mine.py:7: wrong() failed: ZeroDivisionError: division by zero"),
        ("return _deeper(m)\n\ndef _deeper(m):\n    return None + m.actions_7d", "mine.py:9: wrong() failed: TypeError"),
        ("return m.actions_7d.to_numpy()", "mine.py:4: wrong() must return a numeric Series with the frame's index, got ndarray"),
        ("return 1", "wrong() must return a numeric Series with the frame's index, got int"),
        ("m.actions_7d + 1", "wrong() must return a numeric Series with the frame's index, got NoneType"),
        ("return m.actions_7d.astype('str')", "wrong() must return a numeric Series with the frame's index, got a Series of str"),
        ("return m.actions_7d[m.actions_7d > 0]", "wrong() must return a numeric Series with the frame's index"),
        (
            "return m.acions_28d",
            'mine.py:4: wrong() reads the column "acions_28d", which no feature file declares; did you mean "actions_28d"?',
        ),
        ("return m['peple_28d']", 'reads the column "peple_28d", which no feature file declares; did you mean "people_28d"?'),
        ("return m.account_id", 'mine.py:4: wrong() reads the column "account_id", which no feature file declares'),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path, body, told):
    assert told in _told(tmp_path, f"def wrong(m):\n    'Wrong.'\n    {body}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def bare(m):\n    return m.actions_7d", "mine.py:4: bare() has no docstring; its first line is the column's meaning"),
        ("def two(m, n):\n    'T.'\n    return n", "mine.py:4: two() must take one argument, the frame of one date; name it _two"),
        ("def none():\n    'N.'\n    return 1", "mine.py:4: none() must take one argument"),
    ],
)
def test_a_feature_has_one_argument_and_a_docstring(tmp_path, text, told):
    assert told in _told(tmp_path, text)


def test_features_that_read_one_another_in_a_circle(tmp_path):
    told = _told(tmp_path, "def hen(m):\n    'Hen.'\n    return m.egg\n\ndef egg(m):\n    'Egg.'\n    return m.hen + m.actions_7d")
    assert "mine.py:4: derived features read one another in a circle: egg, hen" in told


def test_a_function_may_read_other_functions_in_any_order_and_file(tmp_path):
    catalog = _catalog(
        tmp_path,
        "def a_first(m):\n    'A.'\n    return m.b_second + m.momentum\n\n"
        "@says('{value} b', missing='no b')\ndef b_second(m):\n    '''B is\n\n    long.'''\n"
        "    return (m['actions_7d'] > m[['people_7d', 'days_7d']].max(axis=1))",
    )
    order = [column.name for column in catalog.derived]
    assert order.index("b_second") < order.index("a_first") > order.index("momentum")
    columns = {column.name: column for column in catalog.columns}
    assert columns["b_second"].meaning == "B is"
    assert columns["b_second"].says == "{value} b"
    assert columns["b_second"].missing == "no b"
    assert columns["b_second"].kind == "integer"
    assert columns["a_first"].kind == "number"
    reads = {column.name: column.reads for column in catalog.derived}
    assert set(reads["a_first"]) == {"b_second", "momentum"}
    assert set(reads["b_second"]) == {"actions_7d", "people_7d", "days_7d"}


def test_what_a_function_writes_into_the_frame_is_seen_by_itself_alone(tmp_path):
    writes = "def a_writes(m):\n    'W.'\n    m['actions_7d'] = m.actions_7d + 1\n    m['own'] = m.actions_7d\n    return m.own\n\n"
    catalog = _catalog(tmp_path, writes + "def reads(m):\n    'R.'\n    return m.actions_7d")
    frame = build(project_of(tmp_path), opened(world(0)), DATES[2:3], catalog=catalog.only(["a_writes", "reads"]), cached=False).frame(
        DATES[2]
    )
    assert frame["a_writes"].tolist() == (frame["reads"] + 1).tolist()
    assert 'reads the column "own", which no feature file declares' in _told(tmp_path, writes + "def reads(m):\n    'R.'\n    return m.own")


def test_functions_of_missing_numbers_and_categories_work(tmp_path):
    catalog = _catalog(
        tmp_path,
        "def is_bank(m):\n    'Bank.'\n    return (m.industry == 'Banking').astype('int64')\n\n"
        "def wait(m):\n    'Wait.'\n    return m.days_since_named.fillna(999)\n\n"
        "def none(m):\n    'None.'\n    return np.log(m.weight_7d.where(m.weight_7d > 0))",
    )
    dataset = opened(world(0))
    frame = build(project_of(tmp_path), dataset, DATES[2:3], only=["is_bank", "industry", "wait", "none"], cached=False).frame(DATES[2])
    assert {"is_bank", "wait", "none"} <= set(catalog.names)
    assert frame["is_bank"].tolist() == [int(value == "Banking") for value in frame["industry"]]
    assert frame["wait"].notna().all()
    assert frame["none"].dtype == "float64"


def test_a_function_that_fails_only_on_real_values_is_told_too(tmp_path):
    _catalog(
        tmp_path,
        "def touchy(m):\n    'Touchy.'\n    if (m.actions_28d > 60).any():\n        raise ValueError('too many')\n    return m.actions_28d",
    )
    frames = world(0)
    many = pd.concat([frames["signals"].head(1)] * 70, ignore_index=True)
    many = many.assign(signal_id=[f"n{number}" for number in range(len(many))], occurred_at=pd.Timestamp("2024-02-04"), recorded_at=pd.NaT)
    dataset = opened({**frames, "signals": pd.concat([frames["signals"], many], ignore_index=True)})
    matrix = build(project_of(tmp_path), dataset, [DATES[3]], only=["touchy"], all_groups=True, cached=False)
    with pytest.raises(FeatureError, match=r"mine.py:7: touchy\(\) failed: ValueError: too many"):
        matrix.frame(DATES[3])


def test_the_sample_has_zeros_large_values_and_missing_numbers():
    sample = sample_frame({"count": "integer", "age": "number", "kind": "category"})
    assert (sample["count"] == 0).any() and (sample["count"] > 8).any()
    assert sample["count"].dtype == np.int64
    assert sample["age"].isna().any() and (sample["age"] > 8).any()
    assert sample["kind"].nunique() == 3
    pd.testing.assert_frame_equal(sample, sample_frame({"count": "integer", "age": "number", "kind": "category"}))
