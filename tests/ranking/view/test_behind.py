"""The rows behind a number add up to the number, on the groups of a ranking."""

from __future__ import annotations

import numpy as np
import pytest

from bgml.data.dataset import Dataset
from bgml.engine.columns.catalog import load_catalog
from bgml.engine.evidence import recounted
from bgml.errors import FeatureError
from bgml.project import Project
from bgml.ranking.view import find
from bgml.ranking.view.behind import behind


def groups(project: Project, n: int = 6) -> list[dict[str, object]]:
    table = find.stored_for(project, None).table()
    chosen = np.random.default_rng(0).choice(len(table), min(n, len(table)), replace=False)
    return [table.slice(int(place), 1).to_pylist()[0] for place in chosen]


def test_people_and_visitors_are_who_the_rows_name(shown: Project, shown_data: Dataset) -> None:
    stored = find.stored_for(shown, None)
    for row in groups(shown):
        people = behind(shown, shown_data, stored, row["account_id"], row["topic"], "people")
        assert people.value == row["people"] == people.rows["member"].nunique()
        visitors = behind(shown, shown_data, stored, row["account_id"], row["topic"], "visitors")
        assert visitors.value == row["visitors"] == visitors.rows["visitor_id"].nunique()


def test_coverage_is_what_the_roles_of_the_rows_cover(shown: Project, shown_data: Dataset) -> None:
    stored, required = find.stored_for(shown, None), ("decision_maker", "champion", "practitioner", "finance")
    for row in groups(shown):
        found = behind(shown, shown_data, stored, row["account_id"], row["topic"], "coverage")
        assert found.value == row["coverage"] == len({*found.rows["role"]} & {*required}) / 4


@pytest.mark.parametrize("column", ["people_28d", "actions_91d", "days_since_last"])
def test_a_feature_is_what_its_rows_add_up_to(shown: Project, shown_data: Dataset, column: str) -> None:
    stored, catalog = find.stored_for(shown, None), load_catalog(shown, shown_data)
    for row in groups(shown, 3):
        found = behind(shown, shown_data, stored, row["account_id"], row["topic"], column)
        assert recounted(catalog.base[column], found.rows, stored.as_of) == found.value


def test_a_score_is_what_its_features_add(shown: Project, shown_data: Dataset) -> None:
    row = groups(shown, 1)[0]
    found = behind(shown, shown_data, find.stored_for(shown, None), row["account_id"], row["topic"], "propensity")
    assert found.value == row["propensity"]
    assert found.reads
    assert all(" adds " in told for told in found.reads.values())


def test_what_follows_from_the_order_has_no_rows(shown: Project, shown_data: Dataset) -> None:
    row = groups(shown, 1)[0]
    stored = find.stored_for(shown, None)
    with pytest.raises(FeatureError, match='"rank" has no rows behind it: 1 is best'):
        behind(shown, shown_data, stored, row["account_id"], row["topic"], "rank")
    with pytest.raises(FeatureError, match='no rows behind "people_28": there is no such column; did you mean "people_28d"'):
        behind(shown, shown_data, stored, row["account_id"], row["topic"], "people_28")
