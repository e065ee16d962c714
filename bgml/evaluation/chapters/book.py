"""Which chapters an evaluation has, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bgml.evaluation.chapters.amounts import amounts
from bgml.evaluation.chapters.chapter import Chapter
from bgml.evaluation.chapters.tested import Tested
from bgml.evaluation.evaluation import Evaluation

CHAPTERS: tuple[Callable[[Evaluation, Tested], Chapter | None], ...] = (amounts,)
"""Each looks at the race so far and what it was run on; None where the data cannot answer its question."""


def with_chapters(evaluation: Evaluation, tested: Tested) -> Evaluation:
    """The evaluation with every chapter that the data has an answer for."""
    written = []
    for number, write in enumerate(CHAPTERS, start=1):
        chapter = write(evaluation, tested)
        written += [chapter] if chapter is not None else []
        tested.progress("chapters", number, len(CHAPTERS))
    return replace(evaluation, chapters=tuple(written))
