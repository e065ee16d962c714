"""Plans: which columns read the same tiles, and where each one stands in the kernel's outputs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bgml.engine.build import build
from bgml.engine.columns.algebra import attribute, deals, measure, moment
from bgml.engine.program import ALWAYS, compile_program, condition_bits, window_arrays
from tests.engine_fixtures import catalog_of, opened, project_of

DATE = pd.Timestamp("2024-06-03")


def _program(**declared):
    return compile_program(catalog_of(**declared).base)


def test_every_column_has_one_place():
    program = _program(
        acts=measure(windows=(7, 28)), root=measure("either", f="root", windows=(7,)), square=measure("either", f="square", windows=None),
        last=moment("last"), topic=measure(grain="topic", windows=(7,)), before=deals("won"),
        need=attribute("required_roles", table="topics"),
    )  # fmt: skip
    assert dict(program.integers) == {"acts_7d": 0, "acts_28d": 1}
    assert dict(program.numbers) == {"root_7d": 0, "square": 1, "last": 2}
    assert program.whole == {"square", "last"}
    assert [name for name, *_ in program.topic_sums] == ["topic_7d"]
    assert [name for name, *_ in program.deals] == ["before"]
    assert [name for name, _ in program.attributes] == ["need"]
    assert [name for name, _ in program.moments["group"]] == ["last"]


def test_counters_are_shared_by_windows_and_shapes():
    (plan,) = _program(any=measure("person"), root=measure("person", f="root"), named=measure("person", where="named")).window_plans
    assert len(plan.counters) == 2
    assert len(plan.outputs) == 12
    assert plan.entities == [("person",)]


def test_plans_differ_by_grain_and_by_what_people_are():
    program = _program(
        acts=measure(),
        people=measure("person"),
        account=measure(grain="account"),
        roles=measure("role"),
        of_role=measure(where={"role": "champion"}),
    )
    assert [(plan.grain, plan.dynamic) for plan in program.window_plans] == [("group", False), ("account", False), ("group", True)]


def test_only_what_is_needed_is_read():
    plain = _program(acts=measure())
    assert not (plain.needs_weights or plain.needs_people or plain.reads("action"))
    assert _program(weight=measure(of="weight", f="all")).needs_weights
    assert _program(weight=measure(grain="topic", of="weight", f="all")).needs_weights
    assert _program(roles=measure("role")).needs_people
    assert _program(required=measure("person", where={"required": True})).needs_people
    for declared in (
        measure("action"), measure(("person", "action")), measure(where={"action": "call"}), moment("last", where={"action": "call"}),
        measure(grain="topic", where={"action": "call"}),
    ):  # fmt: skip
        assert _program(column=declared).reads("action")


def test_conditions_become_bits():
    named, call = (("category", ("named",)),), (("action", ("call",)),)
    assert condition_bits([named, (), call, named]) == {(): ALWAYS, named: 0, call: 1}


def test_arrays_point_at_the_outputs():
    program = _program(acts=measure(windows=(28, 7)), ever=measure("person", windows=None), root=measure("person", f="root", windows=(7,)))
    arrays = window_arrays(program.window_plans[0], program)
    assert arrays.days.tolist() == [0, 7, 28]
    assert arrays.whole_ptr.tolist() == [0, 1, 2, 3]
    names = {place: name for name, place in program.integers.items()}
    assert [names[place] for place in arrays.whole_place.tolist()] == ["ever", "acts_7d", "acts_28d"]
    assert arrays.real_ptr.tolist() == [0, 0, 1, 1]


def _signals(actions):
    """One signal of each action, the k-th k + 1 days before the date."""
    return pd.DataFrame({
        "signal_id": actions, "account_id": "a", "topic": "x", "person_id": "p", "category": "named", "action": actions,
        "occurred_at": [DATE - pd.Timedelta(days=k + 1) for k in range(len(actions))],
    }).astype({"occurred_at": "datetime64[us]"})  # fmt: skip


def _row(declared, number=80):
    opportunities = pd.DataFrame({
        "opportunity_id": ["o"], "account_id": ["a"], "topic": ["x"], "created_at": [DATE], "closed_at": [DATE], "outcome": ["won"],
    }).astype({"created_at": "datetime64[us]", "closed_at": "datetime64[us]"})  # fmt: skip
    signals = _signals([f"act{k}" for k in range(number)])
    dataset = opened({"accounts": pd.DataFrame({"account_id": ["a"]}), "signals": signals, "opportunities": opportunities})
    frame = build(project_of(), dataset, [DATE.date()], catalog=catalog_of(dataset, **declared), cached=False).frame(DATE.date())
    return frame.drop(columns=["as_of", "account_id", "topic"]).iloc[0].tolist()


def test_there_may_be_any_number_of_conditions_on_measures():
    declared = {f"m{k}": measure("person", f="all", where={"action": f"act{k}"}, windows=(1 + k,)) for k in range(80)}
    assert _row(declared) == [1] * 80
    declared = {f"m{k}": measure("person", f="all", where={"action": f"act{k}"}, windows=(max(1, k),)) for k in range(80)}
    assert _row(declared) == [1] + [0] * 79


def test_there_may_be_any_number_of_conditions_on_moments():
    np.testing.assert_array_equal(_row({f"t{k}": moment("last", where={"action": f"act{k}"}) for k in range(80)}), np.arange(1, 81))


def test_there_may_be_any_number_of_conditions_on_topics():
    assert _row({f"s{k}": measure(grain="topic", where={"action": f"act{k}"}, windows=(1 + k,)) for k in range(80)}) == [1] * 80
