"""Fitting a model: sample, score out of fold by account, calibrate, refit on everything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bgml.errors import ModelError, nearest
from bgml.learning.examples import Examples
from bgml.learning.fitting.amounts import NoAmounts, fit_amounts
from bgml.learning.fitting.calibrate import FOLDS, account_folds, fit_calibration, newest
from bgml.learning.fitting.estimators import TrainingSet, train
from bgml.learning.fitting.sample import Sample, draw, queries, spread
from bgml.learning.fitting.staged import staged
from bgml.project import Progress, quiet
from bgml.scoring.amounts import Amounts
from bgml.scoring.calibration import Calibration
from bgml.scoring.columns import Columns, Matrix
from bgml.scoring.definition import Model, idle, keys_read, select
from bgml.scoring.predict import Estimator, Scorer
from bgml.scoring.rule import RuleEstimator

if TYPE_CHECKING:
    from bgml.config import Settings

Rows = npt.NDArray[np.int64]
LARGEST_K = 100


def fit(
    model: Model,
    examples: Examples,
    settings: Settings,
    *,
    threads: int,
    name: str,
    files: Mapping[str, str] | None = None,
    known: Sequence[str] = (),
    calibrated: bool = True,
    progress: Progress = quiet,
) -> Scorer:
    """The model learned from the examples, its propensities calibrated; rows whose outcome is unknown are left out.

    files: the texts it is built from, kept in its recipe (see `learning.recipe`); known: every column there is, where the examples
    hold only some. Same model, examples and settings: same scorer, for any number of threads. A rule only has its propensities
    calibrated. Without `calibrated` there are no propensities, only the same raw scores in a sixth of the time (nearly the same ones of a
    model that ranks by value).
    Raises ModelError where there are too few wins to learn from, a named feature is not there, or no feature varies.
    """
    examples = examples if not np.isnan(examples.won).any() else examples.take(~np.isnan(examples.won))
    columns = Columns.of(examples.features, select(model, examples.features.columns, name))
    fitting = _Fitting(model, examples, settings, columns, threads, name, progress)
    fitting.files = dict(files or {f"models/{name}.py": model.rule_source})
    fitting.calibrated = calibrated
    fitting.warn_of_idle([*known] or list(examples.features.columns))
    return fitting.rule() if model.rule is not None else fitting.learned()


def require_wins(examples: Examples, settings: Settings, name: str) -> None:
    """ModelError unless at least `check.min_won` distinct opportunities were won and as many groups did not win."""
    least = settings.check.min_won
    won, lost = examples.won_opportunities(), examples.groups_not_won()
    if won >= least and lost >= least:
        return
    found = f"{won} distinct won opportunities" if won < least else f"{lost} groups that did not win"
    where = f"on {len(np.unique(examples.as_of))} as-of dates"
    way_out = '[outcome] target = "created" has more outcomes, [check] min_won lowers the bar'
    raise ModelError(f"the model {name} cannot be trained: {found} {where}, at least {least} are needed; {way_out}")


class _Fitting:
    """One call of `fit`: its inputs, and the steps on them."""

    def __init__(
        self, model: Model, examples: Examples, settings: Settings, columns: Columns, threads: int, name: str, progress: Progress
    ) -> None:
        self.model, self.examples, self.settings = model, examples, settings
        self.columns, self.threads, self.name, self.progress = columns, threads, name, progress
        self.outcomes = replace(examples, features=examples.features[[]])
        self.without_amounts: str | None = None
        self.won = examples.won == 1
        self.created = examples.created == 1 if model.staged and examples.created is not None else None
        self.files: dict[str, str] = {}
        self.calibrated = True
        self.warnings: list[str] = []

    def warn_of_idle(self, known: list[str]) -> None:
        """Note the names that the model takes away and that are no column."""
        misspelt = idle(self.model, known, self.settings.features.without)
        self.warnings += [f'"-{name}" takes no feature away{nearest(name, known)}' for name in misspelt]

    def rule(self) -> Scorer:
        """A rule: nothing to learn but what its scores are worth."""
        assert self.model.rule is not None
        estimator = RuleEstimator(self.model.rule, keys_read(self.model), self.model.rule_source)
        scorer = Scorer(self.name, self.columns, estimator, None, {}, self.threads)
        if self.calibrated:
            scorer.calibration = self._rule_calibration(scorer)
            scorer.amounts = self._amounts()
        scorer.info = self._info(scorer.calibration, None, None)
        return scorer

    def _rule_calibration(self, scorer: Scorer) -> Calibration | None:
        """What the rule's scores are worth; None, with a warning, where there are too few wins to tell."""
        try:
            require_wins(self.examples, self.settings, self.name)
        except ModelError as error:
            self.warnings.append(f"no propensities: {error}")
            return None
        rows = np.flatnonzero(newest(self.examples))
        read = replace(self.examples, features=self.examples.features[list(self.columns.names)])
        return self._calibrate(scorer.score(read.take(rows).frame()), rows)

    def learned(self) -> Scorer:
        """An estimator: calibrated out of fold, then fitted on every sampled row."""
        require_wins(self.examples, self.settings, self.name)
        amounts = self._amounts()
        sample = draw(self.examples, self.model.negatives, self.model.seed)
        matrix = self.columns.matrix(self.examples.features, self._who, sample.rows)
        self._refuse_constant(matrix)
        calibration, chance = self._curves(sample, matrix, amounts) if self.calibrated else (None, self._taken_for_chance())
        estimator = self._train(sample, matrix, np.arange(len(sample.rows)))
        self.progress(f"fit {self.name}", FOLDS + 1, FOLDS + 1)
        info = self._info(calibration, sample, matrix)
        return Scorer(self.name, self.columns, estimator, calibration, info, self.threads, amounts=amounts, chance=chance)

    def _amounts(self) -> Amounts | None:
        """What a win brings, None where too few deals tell; NoAmounts for a model that ranks by it."""
        try:
            return fit_amounts(self.examples, self.settings)
        except NoAmounts as problem:
            if self.model.objective == "value":
                raise NoAmounts(f"the model {self.name} cannot be trained: {problem}") from problem
            self.without_amounts = str(problem)
            return None

    def _curves(self, sample: Sample, matrix: Matrix, amounts: Amounts | None) -> tuple[Calibration, Calibration | None]:
        """What turns raw scores into propensities, and for a model of value what turns its margins into the chance within them."""
        rows = np.flatnonzero(newest(self.examples))
        margins = self._out_of_fold(sample, matrix, rows)
        calibration = self._calibrate(margins, rows)
        if self.model.objective != "value" or amounts is None:
            return calibration, None
        value = calibration.log_propensity(margins) + np.log(amounts.if_won(self.examples.take(rows).frame()))
        return self._calibrate(value, rows), calibration

    def _taken_for_chance(self) -> Calibration | None:
        """Without calibration a model of value takes its estimator's score for log-odds, so that it still ranks by value."""
        return Calibration("sigmoid", 0.0, 1.0, 0.0, (1.0,)) if self.model.objective == "value" else None

    @property
    def _who(self) -> str:
        return f"the model {self.name}"

    def _refuse_constant(self, matrix: Matrix) -> None:
        """ModelError where no column has two different values (missing being one)."""
        for place in range(matrix.shape[1]):
            values = matrix[:, place]
            if not ((values == values[0]) | (np.isnan(values) & np.isnan(values[0]))).all():
                return
        raise ModelError(f"the model {self.name} cannot be trained: none of its {matrix.shape[1]} features varies over the training rows")

    def _out_of_fold(self, sample: Sample, matrix: Matrix, rows: Rows) -> npt.NDArray[np.float64]:
        """Scores of `rows`, each from a model that was not fitted on any row of its account."""
        fold = account_folds(self.examples, self.model.seed)
        scores = np.empty(len(rows))
        for number in range(FOLDS):
            self.progress(f"fit {self.name}", number, FOLDS + 1)
            held = fold[self.examples.account[rows]] == number
            if held.any():
                estimator = self._train(sample, matrix, np.flatnonzero(fold[self.examples.account[sample.rows]] != number))
                held_out = self.columns.matrix(self.examples.features, self._who, rows[held])
                scores[held] = estimator.margins(held_out, self.threads)
        return scores

    def _train(self, sample: Sample, matrix: Matrix, chosen: Rows) -> Estimator:
        """The estimator fitted on the chosen rows of the sample."""
        sizes = None
        if self.model.objective == "lambdarank":
            rows = sample.rows[chosen]
            place = spread(self.examples.accounts, self.model.seed)[self.examples.account[rows]]
            order, sizes = queries(self.examples.as_of[rows], self.won[rows], place)
            chosen = chosen[order]
        everything = len(chosen) == len(matrix) and sizes is None
        data = TrainingSet(matrix if everything else matrix[chosen], self.won[sample.rows[chosen]], sample.weight[chosen], sizes)
        if self.created is not None:
            data = staged(self.model, data, self.created[sample.rows[chosen]], self.columns, self.threads)
        truncation = -(-3 * max(LARGEST_K, self.settings.ranking.capacity) // 2)
        return train(self.model, data, self.columns, threads=self.threads, truncation=truncation)

    def _calibrate(self, scores: npt.NDArray[np.float64], rows: Rows) -> Calibration:
        deals = self.outcomes.take(rows).won_opportunities()
        return fit_calibration(scores, self.won[rows], deals, self.model.calibration)

    def _info(self, calibration: Calibration | None, sample: Sample | None, matrix: Matrix | None) -> dict[str, Any]:
        """Where the model comes from, as plain JSON values."""
        recipe = {"model": self.model.describe(), "settings": self.settings.model_dump(mode="json"), "files": self.files}
        fingerprints = {"recipe": hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()}
        sampling = None
        if sample is not None and matrix is not None:
            created = None if self.created is None else self.created[sample.rows]
            fingerprints["rows"] = _rows_fingerprint(matrix, self.won[sample.rows], created)
            sampling = {"rate": sample.rate, "rows": len(sample.rows), "negatives": self.model.negatives}
        return {
            "name": self.name,
            "objective": self.model.objective,
            "training": _extent(self.examples),
            "sampling": sampling,
            "calibration": None if calibration is None else _extent(self.outcomes.take(newest(self.outcomes))),
            "fingerprints": fingerprints,
            "recipe": recipe,
            "without_amounts": self.without_amounts,
            "warnings": self.warnings,
        }


def _extent(examples: Examples) -> dict[str, Any]:
    """Dates, rows, groups and wins."""
    dates = [str(date) for date in np.unique(examples.as_of)]
    return {
        "dates": dates,
        "first": dates[0] if dates else None,
        "last": dates[-1] if dates else None,
        "rows": len(examples),
        "won_rows": int((examples.won == 1).sum()),
        "won_opportunities": examples.won_opportunities(),
        "groups_not_won": examples.groups_not_won(),
    }


def _rows_fingerprint(matrix: Matrix, won: npt.NDArray[np.bool_], created: npt.NDArray[np.bool_] | None) -> str:
    """SHA-256 of the rows fitted on: features, outcomes and, where they are learned from, created opportunities."""
    digest = hashlib.sha256(np.ascontiguousarray(matrix.T).data)
    digest.update(won.tobytes())
    digest.update(b"" if created is None else created.tobytes())
    return digest.hexdigest()
