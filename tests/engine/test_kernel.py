"""The kernel: any declaration equals its definition, in plain loops; and the cases that are easy to get wrong, worked by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from bgml.data.roles import load_roles
from bgml.data.topics import load_topics
from bgml.engine.build import build
from bgml.engine.columns.algebra import ENTITIES, Deals, Measure, Moment, deals, measure, moment
from bgml.errors import FeatureError
from tests.engine.declared import Plain
from tests.engine.world import DATES, TOPICS, rows_of, world
from tests.engine_fixtures import catalog_of, opened, project_of

SHAPES = ("any", "all", "root", "square", "concentration")
GRAINS = ("group", "account", "topic")
SEEDS = (0, 1)
WHERES = (
    None, None, "named", {"category": ["named", "qualified_lead"], "action": "visit"}, {"department": "Sales"},
    {"role": ["champion", "finance"]},
    {"required": True}, {"seniority": "Director", "category": "named"}, {"action": "nothing is called so"},
)  # fmt: skip
PAIRS = (
    ("person", "week"),
    ("role", "week"),
    ("department", "seniority"),
    ("visitor", "day"),
    ("topic", "person"),
    ("category", "action", "day"),
)
WINDOWS = ((1,), (7,), (60,), (364,), None)
STATIC = {"data": {"static": ["industry", "employees", "department", "seniority", "role"]}}


def _some_measures(seed, number):
    """Measures drawn from all that are allowed."""
    rng = np.random.default_rng(seed)
    choices = (*((entity,) for entity in ENTITIES), *PAIRS)
    found = {
        f"topic_{of}": measure(grain="topic", of=of, f="all", where={"action": "call"}, windows=(60, 364)) for of in ("number", "weight")
    }
    while len(found) < number:
        entity = choices[rng.integers(len(choices))]
        f, of, grain = rng.choice(SHAPES), rng.choice(["number", "weight"]), rng.choice(GRAINS)
        where, windows = WHERES[rng.integers(len(WHERES))], WINDOWS[rng.integers(len(WINDOWS))]
        try:
            found[f"m{len(found)}"] = measure(entity, where=where, f=str(f), of=str(of), grain=str(grain), windows=windows)
        except FeatureError:
            continue
    return found


def _all_moments():
    found = {}
    for what, entity, where, grain in itertools.product(
        ("last", "first", 1, 2, 3, 9), ("either", "person"), (None, "named", {"action": "call"}), ("group", "account")
    ):
        found[f"t{len(found)}"] = moment(what, entity=entity, where=where, grain=grain)
    return found


def _all_deals():
    kinds = itertools.product(("won", "lost", "opened"), GRAINS, (None, (1,), (90,), (364,)))
    found = {f"d_{what}_{grain}_{place}": deals(what, grain=grain, windows=windows) for place, (what, grain, windows) in enumerate(kinds)}
    return found | {f"d_open_{grain}": deals("open", grain=grain) for grain in GRAINS}


def _plain(frames):
    tables, project = rows_of(frames), project_of()
    people = frames["people"].assign(title=None)
    roles = load_roles(project.roles_file).of(people["role"], people["title"], people["department"], people["seniority"])["role"]
    for row, role in zip(tables["people"], roles, strict=True):
        row["role"] = None if pd.isna(role) else role
    topics = load_topics(project.topics_file)
    return Plain(tables, {topic: topics.required_roles(topic) for topic in TOPICS})


def _assert_equal_to_loops(seed, declared):
    frames = world(seed, 200)
    dataset = opened(frames, **STATIC)
    catalog = catalog_of(dataset, sections=STATIC, **declared)
    assert not catalog.left_out
    plain = _plain(frames)
    matrix = build(project_of(**STATIC), dataset, DATES, catalog=catalog, all_groups=True, cached=False)
    assert len(matrix) > 40
    for as_of, frame in zip(matrix.dates, matrix.frames(), strict=True):
        for name, column in catalog.base.items():
            keys = zip(frame["account_id"], frame["topic"], strict=True)
            expected = [plain.value(column.declaration, column.days, as_of, account, topic) for account, topic in keys]
            told = f"{name} at {as_of}: {column.declaration}"
            if column.info.kind == "integer":
                assert frame[name].tolist() == expected, told
            else:
                np.testing.assert_allclose(frame[name].to_numpy(), expected, rtol=1e-9, atol=0, err_msg=told)


@pytest.mark.parametrize("seed", SEEDS)
def test_measures_of_any_kind(seed):
    _assert_equal_to_loops(seed, _some_measures(seed, 60))


@pytest.mark.parametrize("seed", [3])
def test_moments_of_any_kind(seed):
    _assert_equal_to_loops(seed, _all_moments())


@pytest.mark.parametrize("seed", [4])
def test_deals_of_any_kind(seed):
    _assert_equal_to_loops(seed, _all_deals())


def test_every_kind_of_declaration_was_drawn():
    drawn = [m for seed in SEEDS for m in _some_measures(seed, 60).values()]
    assert {entity for m in drawn for entity in m.entity} == set(ENTITIES)
    assert {m.f for m in drawn} == set(SHAPES)
    assert {m.grain for m in drawn} == set(GRAINS)
    assert all(isinstance(m, Measure) for m in drawn)
    assert all(isinstance(m, Moment) for m in _all_moments().values())
    assert all(isinstance(m, Deals) for m in _all_deals().values())
