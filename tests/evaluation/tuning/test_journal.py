from __future__ import annotations

from pathlib import Path

import pytest

from bgml.config import settings_from
from bgml.errors import ProjectError
from bgml.evaluation.tuning.journal import Journal
from bgml.learning.tune import Trial
from bgml.project import Project

TRIALS = [
    Trial(0, {"C": 0.1}, (0.5, 0.25), "done"),
    Trial(1, {"C": 1e-05, "p": None}, (0.1,), "pruned"),
    Trial(2, {"C": 2.0}, (), "failed"),
]
OTHER = '{"number": 7, "parameters": {}, "values": [], "state": "done"}\n'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(root=tmp_path, settings=settings_from({"project": {"name": "t"}}, "test"))


def written(project: Project) -> Journal:
    journal = Journal(project, "logistic", ["data", {"C": (1, 2)}])
    journal.start([])
    for trial in TRIALS:
        journal.add(trial)
    return journal


def test_trials_come_back_as_they_were(project: Project) -> None:
    assert written(project).trials() == TRIALS
    assert Journal(project, "logistic", ["data", {"C": (1, 2)}]).trials() == TRIALS
    assert project.state in written(project).path.parents


def test_another_search_has_a_journal_of_its_own(project: Project) -> None:
    written(project)
    for name, searched in (("logistic", ["other data", {"C": (1, 2)}]), ("logistic", ["data", {"C": (1, 3)}]), ("wood", ["data"])):
        assert Journal(project, name, searched).trials() == []


@pytest.mark.parametrize("end", ['{"number": 3, "param', OTHER, "\n", "null\n"])
def test_what_a_kill_left_half_written_is_not_there(project: Project, end: str) -> None:
    journal = written(project)
    with journal.path.open("a") as file:
        file.write(end)
    assert journal.trials() == TRIALS
    journal.start(journal.trials())
    journal.add(Trial(3, {}, (1.0,), "done"))
    assert [trial.number for trial in journal.trials()] == [0, 1, 2, 3]


def test_a_place_that_cannot_be_written_is_a_sentence(project: Project) -> None:
    (project.state / "tune").write_text("in the way")
    with pytest.raises(ProjectError, match="cannot be written: .*; a search keeps its trials there"):
        Journal(project, "logistic", []).start([])


def test_the_mean_of_a_trial() -> None:
    assert TRIALS[0].value == 0.375
    assert TRIALS[2].value != TRIALS[2].value
