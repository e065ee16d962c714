"""What is left out is gone from the features, and only from them; what it was worth is paired with the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from bgml.data.dataset import Dataset, open_dataset
from bgml.engine.columns.catalog import load_catalog
from bgml.evaluation.backtest import evaluate
from bgml.evaluation.chapters import book
from bgml.evaluation.chapters.chapter import Chapter
from bgml.evaluation.chapters.leave_one_out import PEOPLE, ROLES, leave_one_out, telling_of
from bgml.project import Project
from tests.small_project import small_project, tables

QUICK = {"outcome": {"horizon": 50}, "dates": {"every": 14}, "check": {"min_won": 4}}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Dataset]:
    made = small_project(tmp_path_factory.mktemp("leave"), **QUICK)
    return made, open_dataset(made)


@pytest.fixture(scope="module")
def chapter(project: tuple[Project, Dataset]) -> Chapter:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(book, "CHAPTERS", (leave_one_out,))
        (found,) = evaluate(*project, ["propensity"], folds=2, draws=40).chapters
    return found


def test_every_part_is_left_out_once(chapter: Chapter) -> None:
    assert chapter.data["model"] == "propensity"
    assert set(chapter.data["without"]) == {"named", "anonymous", "qualified_lead", "people"}
    assert len(chapter.sentences) == 4
    assert all(line.startswith("Without ") for line in chapter.sentences)


def test_what_is_lost_is_the_whole_less_the_rest(chapter: Chapter) -> None:
    whole = chapter.data["whole"]["precision_at_50"]["value"]
    for without in chapter.data["without"].values():
        assert without["lost"]["value"] == pytest.approx(whole - without["precision_at_50"]["value"])
        assert without["lost"]["low"] <= without["lost"]["value"] + 1e-9
    assert any(without["auc"]["value"] != chapter.data["whole"]["auc"]["value"] for without in chapter.data["without"].values())


def test_columns_that_tell_of_people_and_roles_are_found_through_functions(project: tuple[Project, Dataset]) -> None:
    catalog = load_catalog(*project)
    people, roles = telling_of(catalog, PEOPLE), telling_of(catalog, ROLES)
    assert roles < people
    assert {"people_28d", "visitors_7d", "breadth_91d", "everyone_28d", "breadth_momentum"} <= people
    assert "coverage" in roles
    assert not people & {"actions_28d", "momentum", "days_since_last", "won_before", "industry", "actions_named_91d"}


def test_a_category_that_is_all_there_is_cannot_be_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = tables()
    project = small_project(tmp_path, frames=frames | {"signals": frames["signals"].assign(category="named")}, **QUICK)
    monkeypatch.setattr(book, "CHAPTERS", (leave_one_out,))
    (chapter,) = evaluate(project, open_dataset(project), ["propensity"], folds=1, draws=10).chapters
    assert set(chapter.data["without"]) == {"people"}
