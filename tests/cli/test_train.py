"""`bgml train`."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import Result

from tests.small_project import BEGIN, SETTINGS, small_project, tables

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_project(tmp_path_factory.mktemp("train") / "small").root


def test_training_tells_dates_rows_wins_and_time(bgml: Run, root: Path) -> None:
    result = bgml("train", "people_count", "--as-of", "2025-06-02", "--project", root)
    assert result.exit_code == 0, result.stderr
    assert "As of 2025-06-02, from 9 dates, 2024-07-08 to 2025-02-17" in result.stdout
    assert "people_count:" in result.stdout
    assert "bgml score --model people_count:" in result.stdout.replace("`", "")
    assert result.stderr == ""


def test_training_as_json(bgml: Run, root: Path) -> None:
    result = bgml("--json", "train", "people_count", "--project", root)
    document = json.loads(result.stdout)
    assert document["skipped"] == []
    (made,) = document["trained"]
    assert made.keys() == {"model", "version", "as_of", "mlflow_run", "dates", "rows", "wins", "seconds", "warnings", "tuned", "kept"}
    assert made["tuned"] is None
    assert (made["model"], made["as_of"], made["dates"][-1]) == ("people_count", "2025-06-30", "2025-03-17")


def test_what_a_model_warns_of_is_told(bgml: Run, tmp_path: Path) -> None:
    root = small_project(tmp_path / "small", settings=SETTINGS.replace("min_won = 8", "min_won = 500")).root
    result = bgml("train", "people_count", "--project", root)
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: people_count: no propensities:")


WEEKLY = SETTINGS.replace("min_won = 8", "min_won = 3").replace("every = 28", "every = 7").replace("horizon = 90", "horizon = 60")
FEW = "the model propensity cannot be tuned: its 10 training dates, 2024-07-08 to 2025-03-17, are too few"
KILL = """
import os, signal, sys
from bgml.cli.main import run
from bgml.evaluation.tuning.search import Search

real = Search._tried

def tried(self, trials):
    if len(trials) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(self, trials)

Search._tried = tried
sys.argv = ["bgml", "train", "propensity", "--tune", "3", "--project", sys.argv[1]]
run()
"""


def won_at_all_times() -> dict[str, pd.DataFrame]:
    """The small project's tables with a deal won every eight days."""
    frames = tables()
    deals = frames["opportunities"]
    created = pd.Series(BEGIN + pd.to_timedelta([8 * number + 20 for number in range(len(deals))], "D"))
    spread = deals.assign(created_at=created, closed_at=created + pd.Timedelta(days=20), outcome="won")
    return {**frames, "opportunities": spread}


def test_a_search_that_is_killed_goes_on_with_resume_and_is_told(bgml: Run, tmp_path: Path) -> None:
    root = small_project(tmp_path / "small", settings=WEEKLY, frames=won_at_all_times()).root
    killed = subprocess.run([sys.executable, "-c", KILL, str(root)], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    (journal,) = (root / ".bgml" / "tune").iterdir()
    before = journal.read_text()
    assert before.count("\n") == 2
    result = bgml("train", "propensity", "--tune", "3", "--resume", "--project", root)
    assert result.exit_code == 0, result.stderr
    assert journal.read_text().startswith(before)
    assert "propensity: 3 sets of parameters tried" in result.stdout
    document = json.loads(bgml("--json", "train", "propensity", "--tune", "3", "--resume", "--project", root).stdout)
    tuned = document["trained"][0]["tuned"]
    assert [trial["number"] for trial in tuned["trials"]] == [0, 1, 2, 3]
    assert " ".join(tuned["sentence"].split()) in " ".join(result.stdout.split())


def test_a_model_skipped_is_told(bgml: Run, root: Path) -> None:
    result = bgml("train", "value", "people_count", "--project", root)
    assert result.exit_code == 0
    assert " ".join(result.stderr.split()).startswith("warning: the model value cannot be trained: 0 won deals with an amount")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("propensty",), 1, 'did you mean "propensity"'),
        (("propensity", "--resume"), 2, "needs --tune N"),
        (("propensity", "--tune", "2"), 1, FEW),
        (("--as-of", "2025-02-30"), 2, '"2025-02-30" is not a date'),
        (("people_count", "--as-of", "2024-05-06"), 1, "the newest mature as-of date is 2024-02-06"),
    ],
)
def test_stated_problems(bgml: Run, root: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = bgml("train", *arguments, "--project", root)
    assert result.exit_code == code
    assert said in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_what_mlflow_cannot_take_is_kept_and_said(bgml: Run, tmp_path: Path) -> None:
    root = small_project(tmp_path / "small", settings=SETTINGS + '[tracking]\nuri = "http://127.0.0.1:9"\n').root
    result = bgml("train", "people_count", "--project", root)
    assert result.exit_code == 0
    assert "people_count (not sent)" in result.stdout
    assert "bgml score" not in result.stdout
    assert result.stderr.startswith("warning: people_count is trained, but the MLflow server at http://127.0.0.1:9 does not answer")
    assert "`bgml log training-people_count-2025-06-30-" in result.stderr
