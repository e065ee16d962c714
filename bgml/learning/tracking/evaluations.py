"""An evaluation as runs: one for the race, which the list of runs can be sorted by, below it one per model, below that one per fold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bgml.data.kept.documents import EVALUATION, keep
from bgml.learning.tracking.offline import Delivered, deliver
from bgml.learning.tracking.run import FILES, Input, Run, source, texts
from bgml.learning.tracking.run import numbers as finite
from bgml.project import Project

DOCUMENT = "evaluation.json"
DIGITS = 6
"""Decimals of a metric, as many as a column of MLflow's list shows; evaluation.json has them all."""


def log_evaluation(project: Project, document: Mapping[str, Any], files: Mapping[str, bytes], seconds: float = 0.0) -> Delivered:
    """Keep an evaluation for the page, and tell MLflow of it, or keep it for MLflow where that cannot be told.

    document: what `Evaluation.document` gives, kept as evaluation.json; files: name (with folders) -> content, kept beside it.
    """

    def fill(folder: Path) -> None:
        for name, content in {DOCUMENT: json.dumps(document, indent=2, default=str).encode(), **files}.items():
            path = folder / FILES / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    keep(project, EVALUATION, document)
    return deliver(project, evaluation_run(project, document, seconds), fill)


def evaluation_run(project: Project, document: Mapping[str, Any], seconds: float = 0.0) -> Run:
    """The runs of an evaluation. The race carries the metrics of its best model, a model its own."""
    leader, rival, headline = _leader(document), document.get("best_baseline"), document["headline"]
    until = str(document["data_until"])
    return Run(
        name=f"evaluation until {until}",
        tags={"kind": "evaluation", "as_of": until, **_tags(document, leader, rival)},
        params=texts({key: value for key, value in document.items() if isinstance(value, str | int | float)}),
        metrics=_race_metrics(document, leader, rival, headline),
        note=note(document),
        inputs=tuple(_inputs(project, document)),
        children=tuple(_model(document, name) for name in document["models"]),
        seconds=seconds,
    )


def note(document: Mapping[str, Any]) -> str:
    """The page's description: what to read first, then the race as a table."""
    said = "\n".join(f"- {line}" for line in document.get("summary", []))
    headline, rival = document["headline"], document.get("best_baseline")
    rows = [f"| model | {headline.replace('_at_', '@')} | against {rival or 'nobody'} |", "| --- | ---: | ---: |"]
    for name in document["order"]:
        model = document["models"][name]
        more = _interval(model.get("to_best_baseline", {}).get(headline), signed=True)
        rows.append(f"| {name}{' (baseline)' if model['role'] == 'baseline' else ''} | {_interval(model['metrics'][headline])} | {more} |")
    report = "All tables and pictures: **report.html** under *Artifacts*. Each model is a run below this one."
    return "\n\n".join(part for part in (said, "\n".join(rows), report) if part)


def _interval(found: Mapping[str, Any] | None, *, signed: bool = False) -> str:
    """A value and its interval in a cell."""
    if not found or found["value"] is None:
        return ""
    sign = "+" if signed else ""
    ends = f" [{found['low']:{sign}.3f}, {found['high']:{sign}.3f}]" if found.get("low") is not None else ""
    return f"{found['value']:{sign}.3f}{ends}"


def _leader(document: Mapping[str, Any]) -> str | None:
    """The best model that learns, or without one the best of all."""
    order = document["order"]
    return next((name for name in order if document["models"][name]["role"] == "model"), next(iter(order), None))


def _tags(document: Mapping[str, Any], leader: str | None, rival: str | None) -> dict[str, str]:
    """What the list of runs is searched and grouped by."""
    read, days = document.get("inputs", {}), [row["as_of"] for row in document.get("dates", [])]
    given = {
        "bgml_version": version("bgml"), "data_until": document["data_until"], "fingerprint": read.get("fingerprint"),
        "features": read.get("columns"), "features_fingerprint": read.get("columns_fingerprint"),
        "target": document.get("target"), "horizon": document.get("horizon"), "match": document.get("match"),
        "first_date": min(days, default=None), "last_date": max(days, default=None),
        "models": ", ".join(document["order"]), "best_model": leader, "best_baseline": rival, "verdict": _verdict(document, leader),
    }  # fmt: skip
    return {key: str(value) for key, value in given.items() if value not in (None, "")}


def _verdict(document: Mapping[str, Any], leader: str | None) -> str:
    """Whether the best model is above the best baseline with confidence."""
    more = document["models"].get(leader, {}).get("to_best_baseline", {}).get(document["headline"]) or {}
    if more.get("low") is None:
        return ""
    return "better" if more["low"] > 0 else "worse" if more["high"] < 0 else "cannot be told apart"


def _race_metrics(document: Mapping[str, Any], leader: str | None, rival: str | None, headline: str) -> dict[str, float]:
    """What the race is sorted by: the best model's headline metric first, then what it is to be held against."""
    found = document["models"].get(leader, {})
    values = dict(_with_interval(headline, found.get("metrics", {}).get(headline)))
    values |= dict(_with_interval("difference", found.get("to_best_baseline", {}).get(headline)))
    values |= dict(_with_interval("share_of_truth", found.get("share_of_truth")))
    if rival is not None:
        values[f"baseline_{headline}"] = document["models"][rival]["metrics"][headline]["value"]
    counts, reach = document.get("counts", {}), document.get("reach", {})
    values |= {"wins": counts.get("won_opportunities"), "candidates": counts.get("candidates"), "dates": counts.get("dates")}
    values["reach"] = reach["in_reach"] / reach["wins"] if reach.get("wins") else None
    return numbers(values)


def _inputs(project: Project, document: Mapping[str, Any]) -> Iterator[Input]:
    """The candidates that the race was run on."""
    if read := document.get("inputs"):
        profile = {"rows": read["rows"], "features": read["columns"], "candidates": document["counts"]["candidates"]}
        yield Input(document["project"], read["fingerprint"], source(project), "evaluation", profile)


def _model(document: Mapping[str, Any], name: str) -> Run:
    """A model's run in the race, with its folds below."""
    found = document["models"][name]
    values = {key: value for metric, estimate in found["metrics"].items() for key, value in _with_interval(metric, estimate)}
    values |= dict(_with_interval("predicted_over_observed", found.get("predicted_over_observed")))
    values |= dict(_with_interval("difference", found.get("to_best_baseline", {}).get(document["headline"])))
    tags = {"kind": "model", "model": name, "role": found["role"], "data_until": str(document["data_until"])}
    folds = tuple(_fold(name, fold) for fold in document.get("folds", []) if fold["model"] == name)
    return Run(name, tags, {"model": name, "role": found["role"]}, numbers(values), children=folds)


def _fold(name: str, fold: Mapping[str, Any]) -> Run:
    tags = {"kind": "fold", "model": name, "fold": str(fold["number"])}
    return Run(f"{name} fold {fold['number']}", tags, metrics=numbers(fold["metrics"]))


def numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """The finite numbers among the values, as the list of runs shows them."""
    return {key: round(value, DIGITS) for key, value in finite(values).items()}


def _with_interval(metric: str, found: Mapping[str, Any] | None) -> Iterator[tuple[str, Any]]:
    """A metric and the ends of its interval, each a metric of MLflow."""
    for part, ending in (("value", ""), ("low", "_low"), ("high", "_high")):
        yield metric + ending, (found or {}).get(part)
