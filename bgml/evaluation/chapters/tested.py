"""What the race leaves for its chapters: the candidates of the test dates, what was said of them, and how to ask again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bgml.evaluation.chapters.weekly.lists import Lists, lists_of
from bgml.evaluation.race.scored import Scored
from bgml.groups.dates import Fold
from bgml.learning.examples import Examples
from bgml.project import Progress, Project, quiet
from bgml.scoring.definition import Model

if TYPE_CHECKING:
    import pandas as pd

    from bgml.data.dataset import Dataset


@dataclass(frozen=True)
class Tested:
    """A finished race, to be looked into.

    folds: those that count, in order; examples: every candidate of their training and test dates, with features and outcomes;
    scored: what each entry said of the candidates of the test dates, with the facts that slice them; models: those still in the race;
    worked: the groups that exported rankings had selected, None where nothing was exported.
    """

    project: Project
    dataset: Dataset
    folds: tuple[Fold, ...]
    examples: Examples
    scored: Scored
    models: Mapping[str, Model]
    draws: int
    seed: int
    progress: Progress = quiet
    worked: pd.DataFrame | None = None

    @cached_property
    def candidates(self) -> Examples:
        """The examples of the test dates, row for row those of `scored`."""
        return on_dates(self.examples, [day for fold in self.folds for day in fold.test])

    @cached_property
    def lists(self) -> Lists:
        """Every entry's list of every test date, in one fixed order."""
        return lists_of(self.scored, self.examples.accounts, self.examples.topics)


def on_dates(examples: Examples, dates: list[object] | tuple[object, ...]) -> Examples:
    """The examples of these as-of dates, in their order."""
    days: npt.NDArray[np.datetime64] = np.array(dates, dtype="datetime64[D]")
    return examples.take(np.isin(examples.as_of.astype("datetime64[D]"), days))
