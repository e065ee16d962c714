"""A new feature file works as it is, and never replaces anything."""

from __future__ import annotations

import pytest

from bgml.engine.columns.catalog import load_catalog
from bgml.engine.columns.template import new_family
from bgml.errors import FeatureError
from tests.engine_fixtures import features_of, project_of


def test_the_columns_it_names_are_there_with_their_meaning(tmp_path):
    before = set(load_catalog(project_of(tmp_path)).names)
    path, columns = new_family(project_of(tmp_path), "webinars")
    assert path == tmp_path / "features" / "webinars.py"
    assert columns == ["webinars_28d", "webinars_91d", "webinars_rise"]
    catalog = load_catalog(project_of(tmp_path))
    assert set(catalog.names) - before == set(columns)
    infos = {info.name: info for info in catalog.columns}
    assert infos["webinars_28d"].meaning == "distinct people x days in the last 28 days"
    assert infos["webinars_rise"].says == "person-days are {value:.1f} times their thirteen-week normal"
    assert "# A measure is counted by the engine" in path.read_text()
    assert max(len(line) for line in path.read_text().splitlines()) <= 140
    assert [child.name for child in path.parent.iterdir()] == ["webinars.py"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Webinars", "cannot name features: use a small letter"),
        ("2fast", "cannot name features"),
        ("no-dash", "cannot name features"),
        ("class", "cannot name features"),
        ("_private", "cannot name features"),
        ("../outside", "cannot name features"),
        ("", "cannot name features"),
        ("n" * 49, "cannot name features"),
        ("breadth", 'would replace the package\'s family "breadth"'),
        ("people_7d", 'there is a column "people_7d" already'),
        ("days", 'there is a column "days_28d" already'),
        ("topic", 'there is a column "topic" already'),
    ],
)
def test_names_that_clash_or_are_none_are_refused_and_nothing_is_written(tmp_path, name, told):
    with pytest.raises(FeatureError, match=told):
        new_family(project_of(tmp_path), name)
    assert not (tmp_path / "features").exists()


def test_a_file_that_is_there_stays_as_it_is(tmp_path):
    features_of(tmp_path, webinars='"""Mine."""\n')
    with pytest.raises(FeatureError, match=r"features/webinars.py is there already and was left as it is"):
        new_family(project_of(tmp_path), "webinars")
    assert (tmp_path / "features" / "webinars.py").read_text() == '"""Mine."""\n'
