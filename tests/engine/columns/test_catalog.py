"""The columns a project declares: their names, order and kinds, and what is wrong with them in one sentence."""

from __future__ import annotations

import pandas as pd
import pytest

from bgml.engine.build import build
from bgml.engine.columns.algebra import attribute, deals, measure, moment
from bgml.engine.columns.catalog import catalog_from, load_catalog
from bgml.errors import FeatureError
from tests.engine.world import DATES, world
from tests.engine_fixtures import catalog_of, features_of, module_of, opened, project_of
from tests.reference import COLUMNS

STATIC = {"data": {"static": ["industry", "employees", "department", "seniority", "role"]}}


@pytest.fixture(scope="module")
def starter():
    return load_catalog(project_of())


def _loaded(root, **sections):
    return load_catalog(project_of(root, **sections))


def test_the_starter_has_all_fixed_columns(starter):
    assert set(COLUMNS) <= set(starter.names)
    assert len(set(starter.names)) == len(starter.names)


def test_columns_are_named_by_variable_and_window_and_stand_in_order_of_file():
    files = {
        "b": module_of("b", acts=measure(windows=(30, 7)), ever=measure("day", windows=None)),
        "a": module_of("a", last=moment("last")),
    }
    catalog = catalog_from(files, project_of().settings)
    assert catalog.names == ("last", "acts_30d", "acts_7d", "ever")
    assert [(column.family, column.days) for column in catalog.columns] == [("a", None), ("b", 30), ("b", 7), ("b", None)]


def test_what_is_told_where_there_is_no_value_stands_beside_the_sentence():
    files = {"a": module_of("a", third=moment(3, missing="no third person so far"), size=attribute("employees", missing="size unknown"))}
    columns = catalog_from(files, project_of(data={"static": ["employees"]}).settings).columns
    assert [column.missing for column in columns] == ["no third person so far", "size unknown"]


def test_private_names_and_imported_ones_are_no_columns(tmp_path):
    features_of(
        tmp_path,
        mine='"""Mine."""\nfrom math import sqrt\nfrom bgml import measure\n_hidden = measure()\nNUMBER = 3\n\n'
        'def _half(x):\n    return x / 2\n\ndef halved(m):\n    """Half."""\n    return _half(m.actions_7d)\n',
    )
    mine = [column.name for column in _loaded(tmp_path).columns if column.family == "mine"]
    assert mine == ["halved"]


@pytest.mark.parametrize(
    ("declaration", "kind"),
    [
        (measure(windows=None), "integer"),
        (measure(of="weight", f="all", windows=None), "number"),
        (measure("person", of="weight", windows=None), "integer"),
        (measure("person", f="square", windows=None), "integer"),
        (measure("person", f="square", of="weight", windows=None), "number"),
        (measure("person", f="root", windows=None), "number"),
        (measure("person", f="concentration", windows=None), "number"),
        (moment("last"), "integer"),
        (moment("first", where="named"), "number"),
        (moment(2), "number"),
        (deals("won"), "integer"),
        (attribute("industry"), "category"),
        (attribute("employees"), "number"),
        (attribute("required_roles", table="topics"), "integer"),
    ],
)
def test_kinds(declaration, kind):
    assert catalog_of(column=declaration).columns[0].kind == kind


def test_only_and_without_take_names_and_globs(starter):
    assert starter.only(["won_*", "people_28d"]).names == ("people_28d", "won_before")
    less = starter.without(["people_*", "momentum"])
    assert not {"people_7d", "people_named_7d", "momentum"} & set(less.names)
    assert len(less.names) < len(starter.names)


def test_what_derived_columns_read_is_computed_but_not_shown(starter):
    catalog = starter.only(["momentum_against_topic"])
    assert catalog.names == ("momentum_against_topic",)
    assert set(catalog.base) == {"actions_28d", "actions_91d", "topic_actions_28d", "topic_actions_182d"}
    assert [column.name for column in catalog.derived] == ["momentum", "topic_momentum", "momentum_against_topic"]
    less = starter.without(["actions_*"])
    assert "momentum" in less.names
    assert "actions_28d" in less.base


@pytest.mark.parametrize("method", ["only", "without"])
def test_a_name_that_matches_nothing_gets_the_nearest(starter, method):
    with pytest.raises(FeatureError, match='no feature is called "peple_28d"; did you mean "people_28d"?'):
        getattr(starter, method)(["people_7d", "peple_28d"])
    with pytest.raises(FeatureError, match="bgml features --list"):
        getattr(starter, method)(["peeple*"])


def test_settings_take_columns_away(tmp_path):
    catalog = _loaded(tmp_path, features={"without": ["people_*", "surge"]})
    assert not [name for name in catalog.names if name.startswith("people_") and name.endswith("d")]
    assert "surge" not in catalog.names
    with pytest.raises(FeatureError, match='no feature is called "sruge"; did you mean "surge"'):
        _loaded(tmp_path, features={"without": ["sruge"]})


def test_attributes_not_named_as_static_are_left_out_with_the_reason(tmp_path):
    features_of(
        tmp_path,
        firm='"""Firm."""\nfrom bgml import attribute\ntier = attribute("tier")\n\n'
        'def is_big(m):\n    """Big."""\n    return (m.tier == "big").astype("int64")\n\n'
        'def is_small(m):\n    """Small."""\n    return 1 - m.is_big\n',
    )
    catalog = _loaded(tmp_path)
    assert not {"tier", "is_big", "is_small"} & set(catalog.names)
    assert "accounts.tier" in catalog.left_out["tier"]
    assert "[data] static" in catalog.left_out["tier"]
    assert catalog.left_out["is_big"].startswith('it reads "tier": accounts.tier')
    assert catalog.left_out["is_small"].startswith('it reads "is_big": ')
    with pytest.raises(FeatureError, match='feature "tier" is not available on this data: accounts.tier'):
        catalog.only(["tier"])
    assert {"tier", "is_big", "is_small"} <= set(_loaded(tmp_path, data={"static": ["tier"]}).names)


def test_columns_the_tables_do_not_have_are_left_out():
    frames = world(0)
    dataset = opened(frames, **STATIC)
    catalog = load_catalog(project_of(**STATIC), dataset)
    assert {"industry", "employees"} <= set(catalog.names)
    nothing = opened({**frames, "accounts": frames["accounts"].assign(industry=None)[["account_id", "industry"]]}, **STATIC)
    catalog = load_catalog(project_of(**STATIC), nothing)
    assert not {"industry", "employees"} & set(catalog.names)
    assert "accounts.industry" in catalog.left_out["industry"]
    assert "accounts.employees" in catalog.left_out["employees"]


def test_columns_the_tables_do_not_have_can_still_be_taken_away():
    sections = {**STATIC, "features": {"without": ["revenue", "surge"]}}
    catalog = load_catalog(project_of(**sections), opened(world(0), **sections))
    assert "surge" not in catalog.names
    assert "actions_7d" in catalog.names


def test_undated_people_tell_nothing_of_the_past_unless_said_to_be_static():
    frames = world(0)
    undated = {**frames, "people": frames["people"].drop_duplicates("person_id").drop(columns=["valid_from", "valid_to"])}
    sections = {"data": {"static": ["industry"]}}
    catalog = load_catalog(project_of(**sections), opened(undated, **sections))
    assert "departments_91d" not in catalog.names
    assert "people.department" in catalog.left_out["departments_91d"]
    assert "departments_91d" in load_catalog(project_of(**STATIC), opened(undated, **STATIC)).names
    assert "departments_91d" in load_catalog(project_of(**sections), opened(frames, **sections)).names


def test_an_attribute_of_a_column_beyond_the_contract_has_its_kind():
    accounts = world(0)["accounts"].assign(tier=[1, 2, 3, 1, 2, 3, 1], listed=[True, False, True, True, False, True, None])
    sections = {"data": {"static": ["tier", "listed"]}}
    dataset = opened({**world(0), "accounts": accounts}, **sections)
    catalog = catalog_of(dataset, sections=sections, tier=attribute("tier"), listed=attribute("listed"))
    assert [column.kind for column in catalog.columns] == ["number", "category"]
    frame = build(project_of(**sections), dataset, DATES[2:3], catalog=catalog, cached=False).frame(DATES[2])
    assert frame["tier"].dtype == "float64"
    assert set(frame["listed"].dropna().unique()) <= {"True", "False"}
    assert isinstance(frame["listed"].dtype, pd.CategoricalDtype)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"one": "acts_7d = moment('last')\nacts = measure(windows=(7,))"},
            'two features are called "acts_7d" (features/one.py); rename one of them',
        ),
        ({"one": "acts = measure()", "two": "acts = measure()"}, 'two features are called "acts_7d" (features/one.py and features/two.py)'),
        ({"one": "twice = measure(windows=(7, 7))"}, 'two features are called "twice_7d"'),
        ({"zz": "people = measure('person')"}, 'two features are called "people_7d" (features/breadth.py and features/zz.py)'),
        (
            {"zz": "def momentum(m):\n    'Mine.'\n    return m.actions_7d"},
            'two features are called "momentum" (features/momentum.py and features/zz.py)',
        ),
        ({"one": "topic = moment('last')"}, 'one.py: a feature cannot be called "topic", which is a column of every matrix'),
        ({"one": "def won(m):\n    'Won.'\n    return m.actions_7d"}, 'one.py: a feature cannot be called "won"'),
    ],
)
def test_names_are_had_once(tmp_path, files, told):
    features_of(tmp_path, **{name: f'"""Some."""\nfrom bgml import measure, moment\n{text}\n' for name, text in files.items()})
    with pytest.raises(FeatureError) as error:
        _loaded(tmp_path)
    assert told in str(error.value)


def test_a_declaration_that_is_refused_names_its_file_and_line(tmp_path):
    features_of(tmp_path, mine='"""Mine."""\nfrom bgml import measure\n\nacts = measure("persn")\n')
    with pytest.raises(Exception, match="mine.py") as error:
        _loaded(tmp_path)
    assert "features/mine.py, line 4: measure counts" in str(error.value)
    assert 'did you mean "person"?' in str(error.value)


def test_fingerprints_of_code_follow_the_declarations_alone():
    plain = catalog_of(acts=measure(windows=(7,)))
    assert plain.code_fingerprint() == catalog_of(acts=measure(windows=(7,))).code_fingerprint()
    others = [
        catalog_of(acts=measure(windows=(8,))), catalog_of(deeds=measure(windows=(7,))),
        catalog_of(acts=measure(where="named", windows=(7,))),
        catalog_of(acts=measure("day", windows=(7,))), catalog_of(acts=measure(windows=(7,), grain="account")),
    ]  # fmt: skip
    assert len({catalog.code_fingerprint() for catalog in [plain, *others]}) == 6
