"""The weekly job ends in one ranking, whatever happened before: done twice, killed half-way, or refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bgml.data.dataset import Dataset, open_dataset
from bgml.errors import DataError, ModelError, ProjectError
from bgml.evaluation import promotion
from bgml.learning.tracking import registry
from bgml.project import Project
from bgml.ranking import refresh as module
from bgml.ranking.archive import store
from bgml.ranking.refresh import CHALLENGER, Refreshed, refresh
from tests.rivals import rivals_project
from tests.small_project import reopened


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which nothing was trained."""
    return rivals_project(tmp_path_factory.mktemp("fresh")).root


@pytest.fixture(scope="module")
def refreshed(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Refreshed]:
    """The same after one undisturbed week."""
    root = tmp_path_factory.mktemp("refreshed") / "project"
    shutil.copytree(fresh, root)
    project = reopened(root)
    return root, refresh(project, open_dataset(project))


@pytest.fixture
def week(refreshed: tuple[Path, Refreshed], tmp_path: Path) -> Iterator[tuple[Project, Dataset]]:
    """A copy of the project after its week."""
    shutil.copytree(refreshed[0], tmp_path / "project")
    project = reopened(tmp_path / "project")
    yield project, open_dataset(project)


def said(done: Refreshed) -> dict[str, str]:
    return {step.name: step.said for step in done.steps}


def test_a_first_week_makes_a_champion_and_a_ranking(refreshed: tuple[Path, Refreshed]) -> None:
    root, done = refreshed
    project = reopened(root)
    assert [step.name for step in done.steps] == ["check", "challenger", "promote", "score", "drift"]
    assert not done.failures
    champion = registry.resolve(project, "@champion")
    assert str(champion) == "propensity:1"
    assert registry.resolve(project, f"@{CHALLENGER}").version == 1
    assert done.scored.version.version == 1
    current = store.current(project.rankings, done.as_of)
    assert current is not None
    assert current.ranking_id == done.scored.stored.ranking_id
    assert done.drift is not None
    assert said(done)["drift"].startswith(done.drift.level)


def test_a_second_run_changes_nothing(week: tuple[Project, Dataset], refreshed: tuple[Path, Refreshed]) -> None:
    again = refresh(*week)
    assert said(again)["challenger"] == "propensity:1 was trained on these data already."
    assert said(again)["promote"] == "propensity:1 is the champion already; nothing was changed."
    assert len(registry.versions(week[0])) == 1
    assert again.scored.stored.ranking_id == refreshed[1].scored.stored.ranking_id


@pytest.mark.parametrize("step", ["train_one", "promote", "score"])
def test_a_run_killed_after_any_step_is_completed_by_the_next(
    step: str, fresh: Path, refreshed: tuple[Path, Refreshed], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(fresh, tmp_path / "project")
    project = reopened(tmp_path / "project")
    dataset = open_dataset(project)
    home = promotion if step == "promote" else module
    real = getattr(home, step)

    def killed(*arguments: object, **options: object) -> None:
        real(*arguments, **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(home, step, killed)
        with pytest.raises(KeyboardInterrupt):
            refresh(project, dataset)
    done = refresh(project, dataset)
    assert len(registry.versions(project)) == 1
    assert registry.resolve(project, "@champion").version == 1
    found, expected = (table.drop_columns(["mlflow_run", "ranking_id"]) for table in (done.scored.table, refreshed[1].scored.table))
    assert found == expected


def test_a_challenger_that_is_worse_does_not_take_over_and_is_compared_once(
    week: tuple[Project, Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, dataset = week
    text = (project.root / "models" / "propensity.py").read_text()
    worse = text.replace('features=["people_*", "actions_*", "days_since_last", "industry"]', 'features=["topic_*"]')
    (project.root / "models" / "propensity.py").write_text(worse)
    done = refresh(project, dataset)
    assert "propensity:2 was not promoted, because it is worse than propensity:1" in said(done)["promote"]
    assert done.scored.version.version == 1
    monkeypatch.setattr(promotion, "promote", None)
    again = refresh(project, dataset)
    assert said(again)["promote"] == "propensity:2 was compared with propensity:1 before and is worse; nothing was changed."
    assert len(registry.versions(project)) == 2


def test_what_was_rolled_back_is_not_promoted_again(week: tuple[Project, Dataset]) -> None:
    project, dataset = week
    path = project.root / "models" / "propensity.py"
    path.write_text(path.read_text().replace("20,", "21,"))
    assert refresh(project, dataset).scored.version.version == 2
    promotion.rollback(project)
    again = refresh(project, dataset)
    assert said(again)["promote"] == "propensity:2 was rolled back to propensity:1, which stays champion."
    assert again.scored.version.version == 1


def test_a_challenger_that_cannot_be_trained_does_not_keep_the_list(week: tuple[Project, Dataset]) -> None:
    project, dataset = week
    (project.root / "models" / "propensity.py").write_text("raise ValueError('half-written')\n")
    done = refresh(project, dataset)
    assert [step.name for step in done.failures] == ["challenger"]
    assert "half-written" in done.failures[0].said
    assert done.scored.version.version == 1


def test_without_any_version_what_is_wrong_is_an_error(fresh: Path, tmp_path: Path) -> None:
    shutil.copytree(fresh, tmp_path / "project")
    project = reopened(tmp_path / "project", check={"min_won": 10_000})
    with pytest.raises(ModelError, match="at least 10000 are needed"):
        refresh(project, open_dataset(project))
    project = reopened(tmp_path / "project", outcome={"horizon": 2000})
    with pytest.raises(DataError, match="newest mature as-of date"):
        refresh(project, open_dataset(project))


def test_one_refresh_at_a_time(week: tuple[Project, Dataset]) -> None:
    with week[0].lock("refresh"), pytest.raises(ProjectError, match="another bgml refresh is running"):
        refresh(*week)
