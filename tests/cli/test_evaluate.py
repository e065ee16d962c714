from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bgml.data.dataset
import bgml.evaluation.backtest
import bgml.learning.tracking.evaluations
from bgml.evaluation.chapters.chapter import Chapter
from bgml.evaluation.evaluation import Counts, Evaluation, FoldSummary
from bgml.evaluation.race.intervals import race
from bgml.evaluation.race.scored import Scored
from bgml.evaluation.reach import Reach
from bgml.learning.tracking.offline import Delivered
from bgml.learning.tracking.send import Sent

DAY = date(2024, 1, 1)
Run = Callable[..., Any]


def audit_of(*findings: dict[str, str]) -> Chapter:
    """An audit chapter with these findings."""
    said = ("The audit found something.", *(f"{finding['severity']}: {finding['found']}" for finding in findings))
    return Chapter("audit", "Audit", said, (), {"findings": list(findings)})


def an_evaluation() -> Evaluation:
    rng = np.random.default_rng(0)
    latent = rng.normal(size=600)
    won = rng.random(600) < 1 / (1 + np.exp(2 - 2 * latent))
    scored = Scored(
        as_of=np.repeat(np.array(["2024-01-01", "2024-01-08"], dtype="datetime64[D]"), 300),
        account=np.tile(np.arange(300), 2).astype(np.int32),
        topic=np.zeros(600, np.int32),
        won=won,
        amount=np.full(600, np.nan),
        scores={"propensity": latent, "random": rng.normal(size=600)},
    )
    return Evaluation(
        project="acme",
        outcome={"target": "won", "horizon": 180, "match": "pair"},
        until=date(2025, 1, 6),
        folds=(FoldSummary(1, *[DAY] * 4, 2, 100, 50, 600, int(won.sum()), 30),),
        left_out=(),
        baselines=("random",),
        reach=Reach(40, 30, 2, 3, 5),
        counts=Counts.of(scored),
        race=race(scored, draws=50),
    )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, dict[str, Any]]:
    """A project whose data, race and tracking are stood in for; what they were called with is kept."""
    (tmp_path / "bgml.toml").write_text('[project]\nname = "acme"\n[data]\nurl = "data"\n')
    called: dict[str, Any] = {}

    def raced(project: Any, dataset: Any, names: Any, folds: int, **options: Any) -> Evaluation:
        called.update(names=list(names), folds=folds, audited=options["audited"], worked=options["worked"])
        return replace(an_evaluation(), chapters=(audit_of(*called.get("findings", [])),) if options["audited"] else ())

    def logged(project: Any, document: Any, files: Any, seconds: float) -> Delivered:
        called.update(document=document, files=files, seconds=seconds)
        return called.get("delivered") or Delivered(tmp_path / "kept", Sent("run-7", "/runs/7"))

    monkeypatch.setattr(bgml.data.dataset, "open_dataset", lambda project, progress: None)
    monkeypatch.setattr(bgml.evaluation.backtest, "evaluate", raced)
    monkeypatch.setattr(bgml.learning.tracking.evaluations, "log_evaluation", logged)
    return tmp_path, called


def test_the_race_is_shown_and_kept(bgml: Run, project: tuple[Path, dict[str, Any]]) -> None:
    folder, called = project
    result = bgml("evaluate", "propensity", "--folds", 3, "--project", folder)
    assert result.exit_code == 0, result.stderr
    assert called["names"] == ["propensity"]
    assert called["folds"] == 3
    assert result.stdout.index("propensity") < result.stdout.index("random (baseline)")
    assert "precision@50 [95%]" in result.stdout
    assert "propensity finds " in result.stdout
    assert "Reach: of 40 won deals" in result.stdout
    assert "run-7" in result.stdout
    assert called["files"]["report.md"].startswith(b"# Evaluation of acme")
    assert called["files"]["report.html"].startswith(b"<!doctype html>")
    assert {"plots/precision_at_k.png", "plots/dates.png"} <= set(called["files"])
    assert called["seconds"] > 0
    assert "Report: /runs/7/report.html" in result.stdout
    assert called["document"]["models"]["propensity"]["metrics"]["auc"]["value"] > 0.7


def test_json_is_one_document(bgml: Run, project: tuple[Path, dict[str, Any]]) -> None:
    document = json.loads(bgml("evaluate", "--json", "--project", project[0]).stdout)
    assert document["run"] == "run-7"
    assert document["report"] == "/runs/7/report.html"
    assert document["order"] == ["propensity", "random"]


def test_without_names_all_models_race_over_five_folds(bgml: Run, project: tuple[Path, dict[str, Any]]) -> None:
    bgml("evaluate", "--quiet", "--project", project[0])
    assert project[1]["names"] == []
    assert project[1]["folds"] == 5


def test_no_folds_is_wrong_usage(bgml: Run, project: tuple[Path, dict[str, Any]]) -> None:
    assert bgml("evaluate", "--folds", 0, "--project", project[0]).exit_code == 2


def test_a_race_that_mlflow_cannot_be_told_of_is_kept_and_said(bgml: Run, project: tuple[Path, dict[str, Any]]) -> None:
    folder, called = project
    called["delivered"] = Delivered(folder / "kept-9", None, "MLflow is away")
    result = bgml("evaluate", "--project", folder)
    assert result.exit_code == 0
    assert result.stderr == "warning: MLflow is away: the run is kept, `bgml log kept-9` sends it\n"
    assert f"Report: {folder}/kept-9/files/report.html" in result.stdout


def test_what_was_exported_reaches_the_race_and_gaps_are_warned_of(bgml: Run, project: tuple[Path, dict[str, Any]]) -> None:
    bgml("evaluate", "--quiet", "--project", project[0])
    assert project[1]["worked"] is None
    (project[0] / ".bgml").mkdir(exist_ok=True)
    line = {"as_of": "2024-01-01", "ranking_id": "0" * 16, "at": "2024-01-01T00:00:00+00:00", "file": "r.csv", "rows": 1}
    (project[0] / ".bgml" / "exports.jsonl").write_text(json.dumps(line) + "\n")
    result = bgml("evaluate", "--quiet", "--project", project[0])
    assert result.exit_code == 0
    assert len(project[1]["worked"]) == 0
    assert result.stderr.startswith("warning: an exported ranking is left out: ")


def finding(severity: str, found: str) -> dict[str, str]:
    return {"check": "rebuild", "severity": severity, "found": found, "means": "", "way_out": ""}


def test_without_audit_none_is_made(bgml: Run, project: tuple[Path, dict[str, Any]]) -> None:
    assert "audit" not in bgml("evaluate", "--project", project[0]).stdout.lower()
    assert project[1]["audited"] is False


def test_a_fault_ends_with_exit_1_after_the_report_is_kept(bgml: Run, project: tuple[Path, dict[str, Any]]) -> None:
    folder, called = project
    called["findings"] = [finding("fault", "people_7d changes."), finding("warning", "beware")]
    result = bgml("evaluate", "--audit", "--project", folder)
    assert result.exit_code == 1
    assert "warning: beware" in result.stdout
    assert "run-7" in result.stdout
    assert called["document"]["audit"]["findings"][0]["found"] == "people_7d changes."
    (line,) = result.stderr.strip().splitlines()
    assert line.endswith("the audit found a fault: people_7d changes. The report is kept: /runs/7/report.html")


def test_warnings_and_notes_are_no_failure(bgml: Run, project: tuple[Path, dict[str, Any]]) -> None:
    project[1]["findings"] = [finding("warning", "beware"), finding("note", "known")]
    assert bgml("evaluate", "--audit", "--project", project[0]).exit_code == 0


def test_json_with_a_fault_is_still_one_document(bgml: Run, project: tuple[Path, dict[str, Any]]) -> None:
    project[1]["findings"] = [finding("fault", "one."), finding("fault", "two.")]
    result = bgml("evaluate", "--audit", "--json", "--project", project[0])
    assert result.exit_code == 1
    assert len(json.loads(result.stdout)["audit"]["findings"]) == 2
    assert "the audit found 2 faults, the first: one. The report" in result.stderr
