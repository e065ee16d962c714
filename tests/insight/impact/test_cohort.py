"""Who was in the pilot: how values are read, and what a wrong column says."""

from __future__ import annotations

import pytest

from bgml.errors import SettingsError
from bgml.insight.impact.cohort import cohort
from tests.insight.worlds import World


def read(values, column="wave"):
    world = World()
    for number, value in enumerate(values):
        world.accounts[f"a{number}"] = {"wave": value}
    return cohort(world.dataset(), column)


@pytest.mark.parametrize(
    ("values", "pilot"),
    [
        (["Pilot", " pilot ", "control", None, ""], 2),
        (["yes", "no", "Y", "n"], 2),
        ([True, False, True], 2),
        ([1, 0, 0], 1),
        ([1.0, 0.0, None], 1),
        (["TRUE", "false"], 1),
    ],
)
def test_values(values, pilot):
    found = read(values)
    assert int(found.in_pilot.sum()) == pilot
    assert found.usable


def test_it_says_how_it_read_each_value():
    told = read(["pilot", "pilot", "control", "Wave 2", None]).told
    assert 'as pilot "pilot" (2)' in told
    assert '"Wave 2" (1)' in told
    assert "empty (2)" in told


def test_no_column_named_is_no_cohort():
    assert read(["pilot"], "") is None


def test_all_on_one_side_cannot_be_used():
    assert not read(["control", "no"]).usable


def test_a_column_that_is_not_there_names_the_nearest():
    with pytest.raises(SettingsError, match='did you mean "wave"'):
        read(["pilot"], "waves")
