"""Learning in two steps: of the groups that got an opportunity how likely it was won, then who will get one and win it.

Whether one opportunity was won is mostly luck, and lost ones outnumber the won. So the outcome of a group with an opportunity is
replaced by the chance that groups like it win theirs, which the lost ones tell of as well.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bgml.learning.fitting.estimators import TrainingSet, train
from bgml.scoring.calibration import sigmoid
from bgml.scoring.columns import Columns
from bgml.scoring.definition import Model

OWN = 0.25
"""How much of its own outcome a row with an opportunity keeps: where few rows tell chances apart, who won still counts."""


def staged(model: Model, data: TrainingSet, created: npt.NDArray[np.bool_], columns: Columns, threads: int) -> TrainingSet:
    """The training set with chances for outcomes on the rows where an opportunity was created (`created`, one per row).

    The model is fitted on these rows alone first. Each of them then stands there twice: as won, weighing the chance that it was, and at
    the end as not won, weighing the rest; so any classifier can learn from it. Unchanged where all of them won, or none.
    """
    rows = np.flatnonzero(created)
    matrix, won, weight = data.matrix[rows], data.won[rows], data.weight[rows]
    if won.all() or not won.any():
        return data
    first = train(model, TrainingSet(matrix, won, weight), columns, threads=threads)
    chance = OWN * won + (1 - OWN) * sigmoid(first.margins(matrix, threads))
    outcome, all_weights = data.won.copy(), data.weight.copy()
    outcome[rows], all_weights[rows] = True, weight * chance
    return TrainingSet(
        np.concatenate([data.matrix, matrix]),
        np.concatenate([outcome, np.zeros(len(rows), np.bool_)]),
        np.concatenate([all_weights, weight * (1 - chance)]),
    )
