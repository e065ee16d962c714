"""Which chapters an evaluation has, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bgml.evaluation.chapters.amounts import amounts
from bgml.evaluation.chapters.breadth import breadth
from bgml.evaluation.chapters.calibration import calibration
from bgml.evaluation.chapters.chapter import Chapter
from bgml.evaluation.chapters.exposure import exposure
from bgml.evaluation.chapters.gains import gains
from bgml.evaluation.chapters.leave_one_out import leave_one_out
from bgml.evaluation.chapters.slices import slices
from bgml.evaluation.chapters.tested import Tested
from bgml.evaluation.chapters.verdicts import verdicts
from bgml.evaluation.chapters.weekly.capacity import capacity
from bgml.evaluation.chapters.weekly.churn import churn
from bgml.evaluation.chapters.weekly.lead_time import lead_time
from bgml.evaluation.chapters.weekly.owners import owners
from bgml.evaluation.chapters.weekly.without_mql import without_mql
from bgml.evaluation.evaluation import Evaluation

CHAPTERS: tuple[Callable[[Evaluation, Tested], Chapter | None], ...] = (
    gains,
    calibration,
    capacity,
    owners,
    amounts,
    without_mql,
    lead_time,
    churn,
    slices,
    breadth,
    leave_one_out,
    exposure,
    verdicts,
)
"""Each looks at the race so far and what it was run on; None where the data cannot answer its question."""


def with_chapters(evaluation: Evaluation, tested: Tested) -> Evaluation:
    """The evaluation with every chapter that the data has an answer for."""
    written = []
    for number, write in enumerate(CHAPTERS, start=1):
        chapter = write(evaluation, tested)
        written += [chapter] if chapter is not None else []
        tested.progress("chapters", number, len(CHAPTERS))
    return replace(evaluation, chapters=tuple(written))
