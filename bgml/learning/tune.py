"""What a search for parameters came to: its trials, the model to train, and what it gained where it could not look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bgml.learning.examples import Examples
from bgml.project import Progress
from bgml.scoring.definition import Model


@dataclass(frozen=True)
class Trial:
    """One set of parameters tried. `values`: the metric of each inner fold, in order; a pruned trial has not all of them, a failed none.

    parameters: those searched for; of trial 0, the model file's own, those of them that the file gives.
    """

    number: int
    parameters: Mapping[str, Any]
    values: tuple[float, ...]
    state: str

    @property
    def value(self) -> float:
        """The mean over the inner folds it was tried on; NaN where it failed."""
        return sum(self.values) / len(self.values) if self.values else float("nan")


@dataclass(frozen=True)
class Tuned:
    """A finished search. model: what to train, with the parameters found or, where they proved no better, the file's own.

    best: the parameters found; metric: what was searched for; gained, low, high: what they gained in it on dates the search did not
    see, with the 95% interval; sentence: the same for people; snippet: `parameters=...` to paste into the model's file.
    """

    model: Model
    metric: str
    trials: tuple[Trial, ...]
    best: Mapping[str, Any]
    gained: float
    low: float
    high: float
    taken: bool
    sentence: str
    snippet: str


Tune = Callable[[Model, Examples, str, Progress], Tuned]
"""Searches for a model on its training examples, whose fingerprint is given."""
