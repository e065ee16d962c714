"""The audit's cheap checks, for every training: what may be a leak is said before anyone believes the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bgml.engine.columns.catalog import load_catalog
from bgml.errors import ModelError
from bgml.evaluation.audit.columns import alone, undated
from bgml.evaluation.audit.finding import Finding
from bgml.evaluation.audit.history import rebuild
from bgml.learning.examples import Examples
from bgml.learning.fitting.calibrate import account_folds, newest
from bgml.learning.fitting.sample import spread
from bgml.project import Project
from bgml.scoring.definition import Model

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

SIGNALS = 1_000_000
"""With more signals than this no date is rebuilt: a guard must not slow training down. `bgml evaluate --audit` does it."""
ROWS = 100_000
"""Rows that columns are tried on: those of every account with a winner, and of as many others as fit."""
LEARN = 3
"""Of five parts of the accounts, those learned from; the others are tested on."""


def guard(project: Project, dataset: Dataset, models: Sequence[Model], examples: Examples) -> tuple[str, ...]:
    """Warnings, one sentence or two each, on what these models are about to be, or were, trained on; none in an honest project.

    Undated columns nobody declared or that follow from buying; a column that alone ranks better than the first learning model without
    it; values of the newest training date that change when the future is deleted. The full audit is `bgml evaluate --audit`.
    """
    found = _undated(project, dataset, examples)
    if learning := [model for model in models if model.rule is None]:
        found += _alone(project, learning[0], examples)
    found += _rebuilt(project, dataset, examples)
    return tuple(finding.message for finding in found if finding.severity != "note")


def _undated(project: Project, dataset: Dataset, examples: Examples) -> list[Finding]:
    """Undated columns, as the audit finds them; one that nobody declared was given to no model, and is named by `bgml features --list`."""
    catalog = load_catalog(project, dataset)
    return [*undated.undeclared(project, dataset, catalog), *undated.followers(project, dataset, examples, catalog)]


def _alone(project: Project, model: Model, examples: Examples) -> list[Finding]:
    """The best column alone against the model without it, on accounts not learned from and the newest dates."""
    some = examples.take(_sampled(examples))
    learned, recent = account_folds(some, model.seed)[some.account] < LEARN, newest(some)
    train, test = some.take(learned), some.take(~learned & recent)
    if not 0 < (test.won == 1).sum() < len(test):
        return []
    try:
        aucs = alone.ranked([(train, test)])
        suspects = alone.suspects(train, aucs, tried=1)
        compared = [alone.against(lambda: [(train, test)], model, column, copies, project) for column, copies in suspects]
    except ModelError:
        return []
    return [finding for part in compared for finding in alone.findings(part, model.name)]


def _sampled(examples: Examples) -> np.ndarray:
    """Which rows are tried: whole accounts, all of those with a winner."""
    winner = np.zeros(len(examples.accounts), bool)
    winner[examples.account[examples.won == 1]] = True
    kept = winner | (spread(examples.accounts, 0) < ROWS / max(len(examples), 1))
    return np.asarray(kept[examples.account] & ~np.isnan(examples.won), bool)


def _rebuilt(project: Project, dataset: Dataset, examples: Examples) -> list[Finding]:
    """The newest training date rebuilt without the future, where the tables are files here and small enough.

    Rows of a warehouse stay in it: a rebuild would have to copy its signals one by one.
    """
    signals = next((table.kept for table in dataset.report.tables if table.name == "signals"), 0)
    if not len(examples) or signals > SIGNALS or not dataset.local:
        return []
    day = examples.as_of.max().astype("datetime64[D]").item()
    return rebuild.summary(rebuild.rebuild(project, dataset, examples, day))
