"""The audit of an evaluation: every check on what the models of the race were given, as a chapter of the report."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from bgml.evaluation.audit import permuted, spanning
from bgml.evaluation.audit.columns import alone, undated
from bgml.evaluation.audit.finding import ORDER, Checked, Finding, Severity, worst_first
from bgml.evaluation.audit.history import rebuild, source, timing
from bgml.evaluation.chapters.chapter import Chapter, Table
from bgml.evaluation.chapters.tested import Tested, on_dates
from bgml.evaluation.evaluation import Evaluation

NAME = "audit"


def audit(evaluation: Evaluation, tested: Tested) -> Chapter:
    """Look for what no model could have known, in the data, the features and the fitting; findings from the worst to the least."""
    checks = list(_checks(evaluation, tested))
    findings = worst_first([finding for check in checks for finding in check.findings])
    counts = {severity: sum(finding.severity == severity for finding in findings) for severity in ORDER}
    return Chapter(
        NAME,
        "Audit: does anything know the future?",
        (verdict(counts), *(f"{finding.severity.capitalize()}: {finding.message}" for finding in findings)),
        (_checked(checks), *(table for check in checks for table in check.tables if table.rows)),
        {
            "counts": {f"{severity}s": counts[severity] for severity in ORDER},
            "findings": [finding.document() for finding in findings],
            "checks": {check.name: check.document() for check in checks},
        },
    )


def verdict(counts: Mapping[Severity, int]) -> str:
    """The audit in one sentence.

    >>> verdict({"fault": 0, "warning": 0, "note": 3})
    'The audit found no leak.'
    >>> verdict({"fault": 1, "warning": 2, "note": 0})
    'The audit found 1 fault and 2 warnings: until they are explained, believe no number of this report.'
    """
    said = [f"{counts[name]} {name}{'s' if counts[name] > 1 else ''}" for name in ORDER[:-1] if counts[name]]
    if not said:
        return "The audit found no leak."
    trust = "believe no number of this report" if counts["fault"] else "mind them when you read this report"
    return f"The audit found {' and '.join(said)}: until they are explained, {trust}."


def _checks(evaluation: Evaluation, tested: Tested) -> list[Checked]:
    project, dataset, examples = tested.project, tested.dataset, tested.examples
    steps: list[Callable[[], Checked]] = [
        lambda: rebuild.check(project, dataset, examples, sampled_dates(tested)),
        lambda: source.check(project),
        lambda: undated.check(project, dataset, examples),
        lambda: timing.check(dataset, tested.seed),
    ]
    if evaluation.trained:
        best = evaluation.trained[0]
        whole = evaluation.race.estimate(best, "auc").value
        models = {name: tested.models[name] for name in evaluation.trained}
        steps += [
            lambda: alone.check(
                partial(_splits, tested), tested.models[best], project, whole, draws=min(tested.draws, alone.DRAWS), seed=tested.seed
            ),
            lambda: permuted.check(tested, models, seed=tested.seed),
            lambda: spanning.check(tested, best, draws=min(tested.draws, spanning.DRAWS)),
        ]
    done = []
    for number, step in enumerate(steps):
        tested.progress(NAME, number, len(steps))
        done.append(step())
    tested.progress(NAME, len(steps), len(steps))
    return done


def _splits(tested: Tested) -> Iterator[alone.Split]:
    """Training and test of each fold, one fold in memory at a time."""
    return ((on_dates(tested.examples, fold.train), on_dates(tested.examples, fold.test)) for fold in tested.folds)


def sampled_dates(tested: Tested) -> list[datetime.date]:
    """The test dates that are rebuilt: the newest, the middle one and the first, of those that have candidates."""
    dates: Sequence[datetime.date] = tested.scored.dates.astype("datetime64[D]").tolist()
    return list(dict.fromkeys([dates[-1], dates[len(dates) // 2], dates[0]]))


def _checked(checks: Sequence[Checked]) -> Table:
    return Table(("check", "verdict", "what was done"), tuple((check.name, check.verdict, check.did) for check in checks), "Checks")


def faults(chapter: Chapter) -> list[Finding]:
    """The faults of an audit chapter."""
    return [Finding(**finding) for finding in chapter.data["findings"] if finding["severity"] == "fault"]
