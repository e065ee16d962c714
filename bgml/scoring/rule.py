"""A rule at work: a function of the project's own, from a frame of named columns to scores."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.errors import ModelError
from bgml.scoring.columns import Columns, Matrix

if TYPE_CHECKING:
    from bgml.scoring.definition import Rule

Floats = npt.NDArray[np.float64]


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
