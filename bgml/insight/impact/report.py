"""The impact as one page of HTML, and as the document that is kept in the project."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bgml.data.kept import documents
from bgml.errors import ProjectError
from bgml.evaluation.report.page import Page, Section
from bgml.insight.impact.contrasts import strata_told
from bgml.insight.impact.impact import NOT_CAUSE
from bgml.insight.impact.plots import pictures
from bgml.insight.impact.wording import contrast_table, ladder_tables, sentences, times, trial_sentences
from bgml.insight.ratios import LEAST, interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bgml.evaluation.chapters.chapter import Table
    from bgml.evaluation.report.plots.style import Picture
    from bgml.insight.impact.impact import Impact
    from bgml.project import Project

"""Where the newest document stands under the project's state folder."""
FIGURES = {"conversion": "opportunity conversion", "win_rate": "win rate", "amount_mean": "won amount, mean", "cycle_won": "days to won"}


def html(found: Impact, document: Mapping[str, Any]) -> str:
    """The whole page, without names of people."""
    drawn = {picture.name: picture for picture in pictures(document)}
    span = f"since {found.since} · " if found.since else ""
    return Page(
        title=f"Impact of buying groups in {found.project}",
        about=f"{span}data before {found.until} · {found.definition}",
        verdict=_verdict(found),
        figures=tuple(_figures(found)),
        sections=tuple(_sections(found, drawn)),
        footer="Intervals are 95%, by a bootstrap of accounts. The same mix: direct standardisation to the mix of both sides.",
    ).html()


def _verdict(found: Impact) -> str:
    """The first finding that can be told, and that it is no cause."""
    for measure, ratio in found.headline:
        if not ratio.too_few:
            begin = (
                "Engaged groups had an opportunity opened, against single people," if measure.pairs
                else f"{measure.title[0].upper()}{measure.title[1:]} with an engaged group, against deals without one:"
            )  # fmt: skip
            mix = f" at the same mix of {strata_told(ratio)}" if ratio.best is ratio.adjusted else ""
            return f"{begin} {ratio.told(adjusted=True)}{mix}. They went together; that is no cause."
    return f"Too few opportunities to tell: no measure has {LEAST} on both sides."


def _figures(found: Impact) -> Iterator[tuple[str, str, str]]:
    for measure, ratio in found.headline:
        if measure.key in FIGURES and not ratio.too_few:
            same = "at the same mix, " if ratio.best is ratio.adjusted else ""
            yield FIGURES[measure.key], f"{times(ratio.best).partition(' ')[0]}×", f"{same}{interval(ratio.best)}"


def _sections(found: Impact, drawn: Mapping[str, Picture]) -> Iterator[Section]:
    """The parts of the page that there is something for."""
    steps = "A row is a deal, or for opportunity conversion a group at a date; the step of reference has no ratio."
    whole = [contrast_table(found.headline, "Deals with and without an engaged group")] if found.headline else []
    staffed = "Only deals with a known person, on topics that require roles."
    parts: list[tuple[str, tuple[str, ...], str, tuple[Table, ...]]] = [
        ("With and without an engaged group", tuple(sentences(found)), "ratios", tuple(whole)),
        ("By breadth", (steps,), "breadth", tuple(ladder_tables(found.breadth, "people"))),
        ("By roles", (staffed, steps), "roles", tuple(ladder_tables(found.roles, "roles"))),
    ]
    if found.trial is not None:
        after = f"since {found.since}" if found.since else "over all the data"
        tables = [contrast_table(found.trial.since, f"Pilot against control, {after}")] if found.trial.since else []
        tables += [contrast_table(found.trial.before, f"Pilot against control, before {found.since}")] if found.trial.before else []
        parts.append(("Pilot against control", (*trial_sentences(found), NOT_CAUSE), "pilot", tuple(tables)))
    for place, (title, told, picture, tables_of) in enumerate(parts):
        if tables_of or (told and title.startswith(("With", "Pilot"))):
            yield Section(f"section-{place}", title, told, (drawn[picture],) if picture in drawn else (), tables_of)


def keep(project: Project, document: Mapping[str, Any]) -> Path:
    """Store the document (plain JSON values) as `.bgml/insight/impact.json`, whole or not at all."""
    return documents.keep(project, documents.IMPACT, document)


def write(path: Path, text: str) -> None:
    """The text as a file, whole or not at all; ProjectError when it cannot be written."""
    try:
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise ProjectError(f"{path} cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).replace(path)
    except OSError as error:
        raise ProjectError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        Path(aside).unlink(missing_ok=True)
