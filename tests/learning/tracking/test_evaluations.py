"""An evaluation in the list of runs: what it can be sorted and searched by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bgml.data.kept.documents import EVALUATION, read
from bgml.learning.tracking import store, track
from bgml.learning.tracking.evaluations import evaluation_run, log_evaluation, note
from bgml.project import Project
from tests.evaluation.documents import a_document
from tests.learning.tracking.runs import project_in


def test_the_race_carries_its_best_model_and_what_that_is_held_against(tmp_path: Path) -> None:
    run = evaluation_run(project_in(tmp_path), a_document())
    metrics = {key: round(value, 4) for key, value in run.metrics.items()}
    assert metrics == {
        "precision_at_50": 0.44, "precision_at_50_low": 0.4, "precision_at_50_high": 0.48, "baseline_precision_at_50": 0.31,
        "difference": 0.13, "difference_low": 0.08, "difference_high": 0.18, "share_of_truth": 0.7586, "share_of_truth_low": 0.7086,
        "share_of_truth_high": 0.8086, "reach": 0.75, "wins": 97, "candidates": 31200, "dates": 26,
    }  # fmt: skip


def test_every_model_and_fold_is_a_run_below(tmp_path: Path) -> None:
    run = evaluation_run(project_in(tmp_path), a_document())
    assert [child.name for child in run.children] == ["truth", "propensity", "lambdarank", "points", "random"]
    model = run.children[1]
    assert model.tags.items() >= {"kind": "model", "model": "propensity", "role": "model"}.items()
    assert model.metrics["precision_at_50"] == pytest.approx(0.44)
    assert model.metrics["difference_low"] == pytest.approx(0.08)
    assert model.metrics["predicted_over_observed"] == pytest.approx(0.95)
    assert [fold.name for fold in model.children] == ["propensity fold 1", "propensity fold 2"]
    assert model.children[1].metrics == {"precision_at_50": 0.44}
    assert "difference" not in run.children[3].metrics, "the best baseline is not held against itself"


def test_tags_by_which_runs_are_searched(tmp_path: Path) -> None:
    tags = evaluation_run(project_in(tmp_path), a_document()).tags
    assert tags.items() >= {
        "kind": "evaluation", "as_of": "2025-06-30", "data_until": "2025-06-30", "fingerprint": "f" * 64, "features": "148",
        "features_fingerprint": "c" * 64, "target": "won", "horizon": "180", "match": "pair", "first_date": "2024-01-01",
        "last_date": "2024-06-24", "best_model": "propensity", "best_baseline": "points", "verdict": "better",
        "models": "propensity, lambdarank, points, random",
    }.items()  # fmt: skip
    assert "bgml_version" in tags


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [(-0.1, 0.2, "cannot be told apart"), (-0.3, -0.1, "worse"), (0.1, 0.2, "better"), (None, None, None)]
)
def test_the_verdict(tmp_path: Path, low: float | None, high: float | None, verdict: str | None) -> None:
    document = a_document()
    document["models"]["propensity"]["to_best_baseline"]["precision_at_50"] |= {"low": low, "high": high}
    assert evaluation_run(project_in(tmp_path), document).tags.get("verdict") == verdict


def test_the_note_says_who_won(tmp_path: Path) -> None:
    text = note({**a_document(), "summary": ["Reach: 75%.", "propensity finds 6.5 more wins."]})
    assert text.startswith("- Reach: 75%.\n- propensity finds 6.5 more wins.")
    assert "| propensity | 0.440 [0.400, 0.480] | +0.130 [+0.080, +0.180] |" in text
    assert "| points (baseline) | 0.310 [0.270, 0.350] |  |" in text


def test_a_race_of_baselines_and_one_without_numbers(tmp_path: Path) -> None:
    document = a_document()
    alone = {**document, "order": ["points", "random"], "models": {name: document["models"][name] for name in ("points", "random")}}
    alone["models"]["points"]["metrics"]["precision_at_50"] = {"value": None, "low": None, "high": None}
    run = evaluation_run(project_in(tmp_path), {**alone, "reach": {"wins": 0, "in_reach": 0}, "inputs": {}})
    assert "precision_at_50" not in run.metrics
    assert "reach" not in run.metrics
    assert run.inputs == ()
    assert run.tags["best_model"] == "points"


def test_files_are_kept_beside_the_document(local: Project) -> None:
    project = local
    document = {**a_document(), "folds": [], "dates": []}
    delivered = log_evaluation(project, document, {"report.html": b"<p>", "plots/gains.png": b"picture"}, seconds=12.0)
    assert Path(delivered.place("plots/gains.png")).read_bytes() == b"picture"
    assert json.loads(Path(delivered.place("evaluation.json")).read_text()) == document
    with track.connected(project) as connection:
        run = connection.client.get_run(delivered.run_id)
        (read,) = run.inputs.dataset_inputs
    assert run.data.metrics["precision_at_50"] == pytest.approx(0.44)
    assert (read.dataset.name, read.dataset.digest) == ("acme", "f" * 32)
    assert run.info.run_name == "evaluation until 2025-06-30"
    assert run.info.end_time - run.info.start_time == 12_000


def test_the_last_one_is_kept_for_the_page_also_when_mlflow_cannot_take_it(local: Project) -> None:
    log_evaluation(local, {**a_document(), "folds": []}, {})
    assert (read(local, EVALUATION) or {})["summary"] == ["propensity is ahead."]
    store.database(local).write_bytes(b"no database at all\n" * 100)
    later = {**a_document(), "folds": [], "summary": ["points is ahead."]}
    assert log_evaluation(local, later, {}).problem
    assert read(local, EVALUATION) == later
