"""All pictures that an evaluation's document has the numbers for."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from matplotlib import rc_context

from bgml.evaluation.report.plots.calibration import calibration
from bgml.evaluation.report.plots.curves import capacity, gains, precision
from bgml.evaluation.report.plots.dates import dates
from bgml.evaluation.report.plots.slices import slices
from bgml.evaluation.report.plots.style import SETTINGS, Drawing, Picture, finished

PICTURES: Mapping[str, Callable[[Mapping[str, Any]], Drawing | None]] = {
    "precision_at_k": precision,
    "gains": gains,
    "capacity": capacity,
    "dates": dates,
    "slices": slices,
    "calibration": calibration,
}
"""File name without ending -> what draws it, in the order in which they are read."""


def pictures(document: Mapping[str, Any]) -> list[Picture]:
    """Every picture of a document (evaluation.json as a dictionary); what a chapter that is not there would show is left out."""
    drawn = []
    with rc_context(SETTINGS), warnings.catch_warnings():
        # Names of topics may be in a script that matplotlib's own font lacks: boxes then, and no noise.
        warnings.filterwarnings("ignore", "Glyph .* missing")
        for name, draw in PICTURES.items():
            if (drawing := draw(document)) is not None:
                drawn.append(finished(name, drawing))
    return drawn
