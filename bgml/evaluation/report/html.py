"""The report as one page of HTML that needs nothing else: no network, no script, light and dark, narrow and wide, on paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bgml.evaluation.chapters.chapter import Chapter
from bgml.evaluation.race.metrics import HEADLINE, shown
from bgml.evaluation.report.markdown import PER, interval, sections, summary
from bgml.evaluation.report.page import Page, Section
from bgml.evaluation.report.plots.style import Picture

if TYPE_CHECKING:
    from bgml.evaluation.evaluation import Evaluation

HOMES: Mapping[str, Sequence[str]] = {
    "precision_at_k": ("top", "race"),
    "dates": ("folds", "race"),
    "gains": ("gains", "top", "race"),
    "capacity": ("capacity", "top", "race"),
    "slices": ("slices", "race"),
    "calibration": ("calibration", "probabilities", "race"),
}
"""In which section a picture stands: the first of these that there is."""


def html(evaluation: Evaluation, pictures: Sequence[Picture]) -> str:
    """The whole page; names from the data are escaped, the pictures stand in it as SVG."""
    outcome, best = evaluation.outcome, evaluation.trained[0] if evaluation.trained else None
    said = summary(evaluation)
    verdict = next((line for line in said if best and line.startswith(f"{best} ")), "")
    about = (
        f"{outcome['target']} within {outcome['horizon']} days, matched by {outcome['match']} · {evaluation.counts.dates:,} as-of dates, "
        f"{evaluation.race.dates[0].astype('datetime64[D]')} to {evaluation.race.dates[-1].astype('datetime64[D]')} · data before "
        f"{evaluation.until}"
    )
    return Page(
        title=f"Evaluation of {evaluation.project}",
        about=about,
        verdict=verdict,
        figures=tuple(_figures(evaluation, best)),
        sections=tuple(_sections([Chapter("summary", "Summary", tuple(said)), *sections(evaluation), *evaluation.chapters], pictures)),
        footer="Intervals are 95%, by a bootstrap of accounts; the fitted models stay as they are. Ids only: no names of people.",
        best=best,
    ).html()


def _figures(evaluation: Evaluation, best: str | None) -> Iterator[tuple[str, str, str]]:
    """What stands large at the head: a name, a number, and what it is of."""
    race, rival, counts = evaluation.race, evaluation.best_baseline, evaluation.counts
    if leader := best or rival:
        yield f"{shown(HEADLINE)} of {leader}", *_apart(interval(race.estimate(leader, HEADLINE)))
    if best and rival:
        more = race.difference(best, rival, HEADLINE)
        told = f"95% interval {PER * more.low:+.1f} to {PER * more.high:+.1f}" if more.low == more.low else "no interval"
        yield f"wins per {PER} groups, against {rival}", f"{PER * more.value:+.1f}", told
    if evaluation.reach.wins:
        yield "reach", f"{evaluation.reach.in_reach / evaluation.reach.wins:.0%}", f"of {evaluation.reach.wins:,} wins were on the list"
    yield "distinct wins behind it", f"{counts.won_opportunities:,}", f"among {counts.candidates:,} candidates"


def _apart(told: str) -> tuple[str, str]:
    """A value and its interval, which stand together in a table."""
    value, _, rest = told.partition(" ")
    return value, f"95% interval {rest.strip('[]').replace(',', ' to', 1)}" if rest else "no interval"


def _sections(chapters: Sequence[Chapter], pictures: Sequence[Picture]) -> list[Section]:
    """Chapters with the pictures that belong to them."""
    names = [chapter.name for chapter in chapters]
    home = {picture.name: next(name for name in (*HOMES.get(picture.name, ()), *names) if name in names) for picture in pictures}
    sections = []
    for place, chapter in enumerate(chapters):
        own = tuple(picture for picture in pictures if home[picture.name] == chapter.name)
        sections.append(Section(f"section-{place}", chapter.title, chapter.sentences, own, chapter.tables))
    return sections


def kept(evaluation: Evaluation, document: Mapping[str, Any]) -> dict[str, bytes]:
    """The report as files, by name: report.html, report.md and the pictures under plots/."""
    from bgml.evaluation.report.plots.draw import pictures

    drawn = pictures(document)
    texts = {"report.html": html(evaluation, drawn), "report.md": evaluation.markdown()}
    return {name: text.encode() for name, text in texts.items()} | {f"plots/{picture.name}.png": picture.png for picture in drawn}
