"""Learning in two steps: of the groups that got an opportunity how likely it was won, then who will get one and win it.

Whether one opportunity was won is mostly luck, and lost ones outnumber the won. So the outcome of a group with an opportunity is
replaced by the chance that groups like it win theirs, which the lost ones tell of as well.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from bgml.learning.fitting.estimators import TrainingSet, train
from bgml.scoring.calibration import sigmoid
from bgml.scoring.columns import Columns
from bgml.scoring.definition import Model

OWN = 0.1
"""How much of its own outcome a row with an opportunity keeps: where few rows tell chances apart, who won still counts."""


def staged(model: Model, data: TrainingSet, created: npt.NDArray[np.bool_], columns: Columns, threads: int) -> TrainingSet:
    """The training set with chances for outcomes on the rows where an opportunity was created (`created`, one per row).

    The model is fitted on these rows alone first; the others keep 0, as nothing can be won there. Unchanged where all opportunities
    were won, or none.
    """
    rows = np.flatnonzero(created)
    matrix, won = data.matrix[rows], data.won[rows]
    if won.all() or not won.any():
        return data
    first = train(model, TrainingSet(matrix, won, data.weight[rows]), columns, threads=threads)
    chance = data.won.astype(np.float64)
    chance[rows] = OWN * won + (1 - OWN) * sigmoid(first.margins(matrix, threads))
    return replace(data, chance=chance)
