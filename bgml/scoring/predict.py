"""A fitted model at work: raw scores, propensities, contributions."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.errors import ModelError
from bgml.scoring.calibration import Calibration
from bgml.scoring.columns import Columns, Matrix

if TYPE_CHECKING:
    from bgml.scoring.definition import Rule

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


class Scorer:
    """A model that can score: a fitted estimator or a rule, its columns and its calibration.

    name: the model's; features: the feature columns it reads (what the engine has to build); keys: those of as_of, account_id and
    topic that a rule reads besides; info: plain JSON values: training dates, rows, wins, sampling, calibration, fingerprints,
    recipe, warnings. `threads` may be set at any time; scores do not depend on it.
    """

    def __init__(
        self, name: str, columns: Columns, estimator: Estimator, calibration: Calibration | None, info: dict[str, Any], threads: int = 1
    ) -> None:
        """Put the parts together; `learning.fit.fit` and `scoring.artifact.load` do that."""
        self.name = name
        self.columns = columns
        self.estimator = estimator
        self.calibration = calibration
        self.info = info
        self.threads = threads

    @property
    def features(self) -> tuple[str, ...]:
        """The feature columns it reads, in order."""
        return self.columns.names

    @property
    def keys(self) -> tuple[str, ...]:
        """The key columns it reads."""
        return tuple(getattr(self.estimator, "keys", ()))

    @property
    def who(self) -> str:
        """How messages name it."""
        return f"the model {self.name}"

    def score(self, frame: pd.DataFrame) -> Floats:
        """The raw score of each row; ranking sorts by it. `frame` holds at least `features` and `keys`, in any order.

        Examples.frame() and the engine's frames have both. ModelError for columns that are missing or of another kind.
        """
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
        """The calibrated probability of the outcome for raw scores; NaN where there were too few wins to calibrate a rule."""
        if self.calibration is None:
            return np.full(np.shape(raw), np.nan)
        return self.calibration.propensity(raw)

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame | None:
        """What each feature adds to the raw score: one row per row of `frame`, one column per feature; None for a rule.

        About 60 rows per CPU second for a large tree model: meant for the top of the list.
        """
        matrix = self.columns.matrix(frame, self.who)
        added = self.estimator.contributions(matrix, self.threads)
        return None if added is None else pd.DataFrame(added, index=frame.index, columns=list(self.features))


class RuleEstimator:
    """A written-down rule: a function from a frame of named columns to scores."""

    kind = "rule"

    def __init__(self, rule: Rule, keys: tuple[str, ...], source: str) -> None:
        """`source` is the text of its file: a rule is stored as its name and that text's fingerprint."""
        self.rule = rule
        self.keys = keys
        self.source = source

    def apply(self, frame: pd.DataFrame, columns: Columns, matrix: Matrix, who: str) -> Floats:
        """The rule's scores; numbers reach it as float64 of float32, whatever the frame held, so that equal rows score equal."""
        missing = [key for key in self.keys if key not in frame.columns]
        if missing:
            raise ModelError(f"{who} reads {', '.join(missing)}, which these rows lack; give it frames with their keys")
        given = {key: frame[key] for key in self.keys}
        for place, column in enumerate(columns.columns):
            exact = pd.Series(matrix[:, place].astype(np.float64), frame.index)
            given[column.name] = exact if column.kind == "number" else frame[column.name]
        try:
            scores = self.rule(pd.DataFrame(given, index=frame.index))
        except Exception as error:
            raise ModelError(f"{who}: its rule raises {type(error).__name__}: {error}{_line(error)}") from error
        return _checked(scores, frame, who)

    def margins(self, matrix: Matrix, threads: int) -> Floats:
        """A rule needs the frame; `apply` has it."""
        raise NotImplementedError

    def contributions(self, matrix: Matrix, threads: int) -> Floats | None:
        """None: a rule has no parts."""
        return None

    def files(self) -> dict[str, bytes]:
        """None: a rule lives in its file in models/."""
        return {}


def _line(error: Exception) -> str:
    """Where in the project's file the rule went wrong."""
    lines = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    return next((f" (models/{path.name}, line {line})" for path, line in reversed(lines) if path.parent.name == "models"), "")


def _checked(scores: object, frame: pd.DataFrame, who: str) -> Floats:
    """The rule's answer as numbers; ModelError unless it is one finite number per row."""
    if not isinstance(scores, pd.Series) or not scores.index.equals(frame.index):
        raise ModelError(f"{who}: its rule must give a Series with one score per row of the frame, not {type(scores).__name__}")
    if not pd.api.types.is_numeric_dtype(scores.dtype):
        raise ModelError(f"{who}: its rule must give numbers, not {scores.dtype}")
    values = scores.to_numpy(np.float64, na_value=np.nan)
    bad = int((~np.isfinite(values)).sum())
    if bad:
        raise ModelError(f"{who}: its rule gave {bad:,} of {len(values):,} rows a score that is no finite number; mind missing values")
    return values
