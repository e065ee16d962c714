"""A fitted model at work: raw scores, propensities, contributions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.errors import ModelError
from bgml.scoring.amounts import IF_WON, Amounts
from bgml.scoring.calibration import Calibration
from bgml.scoring.columns import Columns, Matrix
from bgml.scoring.rule import RuleEstimator

Floats = npt.NDArray[np.float64]
CHUNK = 200_000
"""Rows scored at once, so that memory does not follow the size of the frame."""


class Estimator(Protocol):
    """What was fitted: a matrix goes in, raw scores come out."""

    kind: str

    def margins(self, matrix: Matrix, threads: int) -> Floats:
        """One raw score per row, higher is better."""

    def contributions(self, matrix: Matrix, threads: int) -> Floats | None:
        """What each column adds to each row's raw score, rows x columns; None where the estimator cannot tell."""

    def files(self) -> dict[str, bytes]:
        """The estimator as files: name -> content."""


@dataclass(frozen=True)
class Judged:
    """What a model says of each row: the raw score that ranks, the propensity, the amount to expect; NaN where it cannot tell."""

    raw: Floats
    propensity: Floats
    expected_amount: Floats


class Scorer:
    """A model that can score: a fitted estimator or a rule, its columns, its calibration and what a win brings.

    name: the model's; features: the feature columns its estimator reads; keys: those of as_of, account_id and topic that a rule reads
    besides; info: plain JSON values: training dates, rows, wins, sampling, calibration, fingerprints, recipe, warnings.
    amounts: the amount to expect of a win, None where it is not known. chance: of a model that ranks by value, the curve from the
    estimator's score to the propensity; its raw score is then the logarithm of propensity x amount, and `calibration` that score's own
    curve. `threads` may be set at any time; scores do not depend on it.
    """

    def __init__(
        self,
        name: str,
        columns: Columns,
        estimator: Estimator | RuleEstimator,
        calibration: Calibration | None,
        info: dict[str, Any],
        threads: int = 1,
        *,
        amounts: Amounts | None = None,
        chance: Calibration | None = None,
    ) -> None:
        """Put the parts together; `learning.fit.fit` and `scoring.artifact.load` do that."""
        self.name = name
        self.columns = columns
        self.estimator = estimator
        self.calibration = calibration
        self.info = info
        self.threads = threads
        self.amounts = amounts
        self.chance = chance

    @property
    def features(self) -> tuple[str, ...]:
        """The feature columns it reads, in order."""
        return self.columns.names

    @property
    def keys(self) -> tuple[str, ...]:
        """The key columns it reads."""
        return self.estimator.keys if isinstance(self.estimator, RuleEstimator) else ()

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns, keys among them, that its amounts read besides; only a model that ranks by value cannot do without."""
        known = {*self.features, *self.keys}
        return tuple(name for name in self.amounts.columns if name not in known) if self.amounts else ()

    @property
    def who(self) -> str:
        """How messages name it."""
        return f"the model {self.name}"

    def score(self, frame: pd.DataFrame) -> Floats:
        """The raw score of each row; ranking sorts by it. `frame` holds at least `features`, `keys` and `needed`, in any order.

        Examples.frame() and the engine's frames have them. ModelError for columns that are missing or of another kind.
        """
        margins = self._margins(frame)
        return margins if self.chance is None else self.chance.log_propensity(margins) + np.log(self.if_won(frame))

    def judge(self, frame: pd.DataFrame) -> Judged:
        """Raw score, propensity and expected amount of each row: what `score` takes, scored once.

        The propensity is that of the whole row, also for a model that ranks by value, whose raw score alone tells less of it.
        """
        margins, amount = self._margins(frame), self.if_won(frame)
        if self.chance is None:
            propensity = self.propensity(margins)
            return Judged(margins, propensity, propensity * amount)
        propensity = self.chance.propensity(margins)
        return Judged(self.chance.log_propensity(margins) + np.log(amount), propensity, propensity * amount)

    def if_won(self, frame: pd.DataFrame) -> Floats:
        """The amount to expect of each row if it reaches the outcome; NaN where amounts, or a column they read, are not there."""
        missing = [name for name in self.amounts.columns if name not in frame.columns] if self.amounts else []
        if missing and self.chance is not None:
            lacks = f"{self.who} was trained on columns that these rows lack: {', '.join(missing)}"
            raise ModelError(f"{lacks}; bring the features back or train again")
        return self.amounts.if_won(frame) if self.amounts and not missing else np.full(len(frame), np.nan)

    def _margins(self, frame: pd.DataFrame) -> Floats:
        """What the estimator or rule says of each row."""
        scores = np.empty(len(frame), np.float64)
        if isinstance(self.estimator, RuleEstimator):
            matrix = self.columns.matrix(frame, self.who)
            scores[:] = self.estimator.apply(frame, self.columns, matrix, self.who)
            return scores
        self.columns.check(frame, self.who)
        for start in range(0, len(frame), CHUNK):
            part = frame.iloc[start : start + CHUNK]
            scores[start : start + CHUNK] = self.estimator.margins(self.columns.matrix(part, self.who), self.threads)
        return scores

    def propensity(self, raw: npt.ArrayLike) -> Floats:
        """The calibrated probability of the outcome for raw scores; NaN where there were too few wins to calibrate a rule.

        `judge` knows more than the raw score of a model that ranks by value.
        """
        if self.calibration is None:
            return np.full(np.shape(raw), np.nan)
        return self.calibration.propensity(raw)

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame | None:
        """What each feature adds to the raw score: one row per row of `frame`, one column per feature; None for a rule.

        A model that ranks by value has one more column, "amount_if_won". About 60 rows per CPU second for a large tree model: meant
        for the top of the list.
        """
        if isinstance(self.estimator, RuleEstimator):
            return None
        matrix = self.columns.matrix(frame, self.who)
        added = self.estimator.contributions(matrix, self.threads)
        if added is None:
            return None
        if self.chance is None:
            return pd.DataFrame(added, index=frame.index, columns=list(self.features))
        assert self.amounts is not None
        margins = self.estimator.margins(matrix, self.threads)
        parts = added * self.chance.slope_of_log(margins - added.sum(axis=1), margins)[:, None]
        amount = np.log(self.if_won(frame) / self.amounts.usual)
        return pd.DataFrame(np.column_stack([parts, amount]), index=frame.index, columns=[*self.features, IF_WON])
