"""The business effect on the user's own data: what went with engaged groups, by how much, and how sure that is."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bgml.data.roles import load_roles
from bgml.data.topics import load_topics
from bgml.errors import DataError
from bgml.insight.impact.cohort import Cohort, cohort
from bgml.insight.impact.contrasts import PEOPLE, ROLES, Ladder, between, headline, ladders
from bgml.insight.impact.conversion import Conversion, conversion, within
from bgml.insight.impact.deals import Deals, deals
from bgml.insight.impact.measures import Measure, engaged_share, measures
from bgml.project import Progress, Project, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bgml.data.dataset import Dataset
    from bgml.insight.ratios import Ratio

Pairs = tuple[tuple[Measure, "Ratio"], ...]
NOT_CAUSE = (
    "This is association, not cause: deals that were going to be won also draw more people, and sales may have brought them in. Only a "
    "pilot whose accounts were drawn at random could tell what engaging a group adds."
)


@dataclass(frozen=True)
class Trial:
    """Pilot against control: since the date asked for, and before it as a check of what differed already (empty without a date)."""

    cohort: Cohort
    since: Pairs
    before: Pairs


@dataclass(frozen=True)
class Impact:
    """Everything `bgml impact` found; `about` says what was counted, `missing` what could not be."""

    project: str
    until: datetime.date
    since: datetime.date | None
    definition: str
    headline: Pairs
    breadth: tuple[Ladder, ...]
    roles: tuple[Ladder, ...]
    trial: Trial | None
    about: tuple[str, ...]
    missing: tuple[str, ...]


def impact(project: Project, dataset: Dataset, since: datetime.date | None = None, progress: Progress = quiet) -> Impact:
    """Deals created, and groups looked at, on or after `since` (default: as far back as the signals allow).

    DataError where nothing can be compared, SettingsError for a pilot column that is not there.
    """
    settings = project.settings
    if since is not None and since >= dataset.until:
        raise DataError(f"nothing can be known since {since}: the data ends before {dataset.until}; name an earlier date with --since")
    who = cohort(dataset, settings.impact.pilot)
    found = deals(dataset, settings, load_roles(project.roles_file), load_topics(project.topics_file), None if who else since)
    grown = conversion(dataset, settings, progress)
    own, missing = _measured(found, grown, since, None, settings.outcome.horizon)
    head = tuple(headline(own))
    trial = None if who is None else _trial(who, found, grown, since, settings.outcome.horizon)
    if not head and not (trial and trial.since):
        raise DataError(_nothing(dataset, found, since))
    named = [measure for measure in own if "roles" in measure.sample.rows]
    return Impact(
        settings.project.name, dataset.until, since, _definition(project), head, tuple(ladders(own, "people", PEOPLE, "1")),
        tuple(ladders(list(_with_roles(named)), "roles", ROLES, "1")), trial, tuple(_about(found, own, since)),
        (*missing, *_lacking(dataset, found, head, trial)),
    )  # fmt: skip


def _measured(
    found: Deals, grown: Conversion, first: datetime.date | None, last: datetime.date | None, horizon: int
) -> tuple[tuple[Measure, ...], tuple[str, ...]]:
    """The measures over deals and groups between two dates: created (and closed) and looked at (and known) within them."""
    rows, sample = _between(found.rows, first, last), grown.sample
    made = measures(rows, found.currency, sample.where(within(sample.rows, first, last, horizon)))
    return made.found, made.missing


def _between(rows: pd.DataFrame, first: datetime.date | None, last: datetime.date | None) -> pd.DataFrame:
    kept = np.ones(len(rows), bool)
    if first is not None:
        kept &= (rows["created_at"] >= pd.Timestamp(first)).to_numpy()
    if last is not None:
        kept &= (rows["created_at"] < pd.Timestamp(last)).to_numpy() & ~(rows["closed_at"] >= pd.Timestamp(last)).to_numpy()
    return rows[kept].reset_index(drop=True)


def _with_roles(measured: Sequence[Measure]) -> Iterator[Measure]:
    """The measures over deals that had a known person and whose topic requires roles."""
    for one in measured:
        kept = ((one.sample.rows["people"] > 0) & (one.sample.rows["required"] > 0)).to_numpy()
        if kept.any():
            yield Measure(one.key, one.title, one.statistic, one.sample.where(kept), one.strata, one.unit)


def _trial(who: Cohort, found: Deals, grown: Conversion, since: datetime.date | None, horizon: int) -> Trial:
    spans: list[Pairs] = []
    for first, last in ((since, None), (None, since)):
        if not who.usable or (last is None and first is None and spans):
            spans.append(())
            continue
        own, _ = _measured(found, grown, first, last, horizon)
        created = _between(found.rows, first, last)
        share = (engaged_share(created),) if len(created) else ()
        spans.append(tuple(between((*share, *own), who.in_pilot)))
    return Trial(who, spans[0], spans[1])


def _definition(project: Project) -> str:
    rule = project.settings.impact
    return (
        f"An engaged group: at least {rule.min_people} known people of the account with at least {rule.min_actions} signals on the topic "
        f"in the {rule.days} days before the opportunity was created, all known by then."
    )


def _about(found: Deals, own: Sequence[Measure], since: datetime.date | None) -> Iterator[str]:
    rows = _between(found.rows, since, None)
    outcomes = ", ".join(f"{(rows['outcome'] == name).sum():,} {name}" for name in ("won", "lost", "open"))
    none = int((rows["people"] == 0).sum())
    yield (
        f"{len(rows):,} opportunities{f' created since {since}' if since else ''}: {outcomes}; {int(rows['engaged'].sum()):,} with an "
        f"engaged group before them, {none:,} without any known person."
    )
    for groups in (measure.sample.rows for measure in own if measure.pairs):
        dates, pairs = groups["as_of"].nunique(), len(groups.drop_duplicates(["account_id", "topic"]))
        yield f"Opportunity conversion is counted on {pairs:,} pairs of account and topic at {dates:,} dates, four weeks apart."


def _lacking(dataset: Dataset, found: Deals, head: Pairs, trial: Trial | None) -> Iterator[str]:
    if found.early:
        yield f"{found.early:,} opportunities were created before the signals reach back far enough; they are left out."
    if found.excluded:
        yield f"{found.excluded:,} opportunities of accounts in [groups] exclude_accounts are left out."
    if not dataset.has("people"):
        yield "No people table: which roles were engaged cannot be told."
    elif not found.rows["roles"].any():
        yield "Nobody who was active before a deal holds a required role by title or CRM; see roles.toml and topics.toml."
    if not dataset.has_column("accounts", "segment"):
        yield "No accounts.segment: nothing is held equal but, where it helps, the amount."
    if any(measure.key == "win_rate" for measure, _ in head) and not found.rows["band"].notna().any():
        yield "Too few won or lost opportunities have an amount: win rate and cycle times are not told at the same mix of amounts."
    if trial is not None and not trial.cohort.usable:
        yield f"No pilot against control: every account is read as {'pilot' if trial.cohort.in_pilot.all() else 'control'}."


def _nothing(dataset: Dataset, found: Deals, since: datetime.date | None) -> str:
    if not dataset.has_column("signals", "person_id"):
        return "signals: no row names a person (person_id), and an engaged group is counted in known people; fill it in where it is known"
    if found.early and found.rows.empty:
        return (
            f"all {found.early:,} opportunities were created before the signals reach back [impact] days, no group has a known outcome; "
            "bring older signals or lower [impact] days"
        )
    span = f" since {since}" if since else ""
    return (
        f"nothing to compare{span}: no measure has opportunities both with and without an engaged group; lower [impact] min_people or "
        "min_actions, or name an earlier date"
    )


def document(found: Impact, sentences: Sequence[str]) -> dict[str, Any]:
    """The impact as one JSON document."""
    trial = found.trial
    return {
        "project": found.project, "until": found.until, "since": found.since, "definition": found.definition, "association": NOT_CAUSE,
        "sentences": list(sentences), "about": list(found.about), "missing": list(found.missing), "headline": _told(found.headline),
        "breadth": [ladder.document() for ladder in found.breadth], "roles": [ladder.document() for ladder in found.roles],
        "pilot": None if trial is None else {
            "column": trial.cohort.column, "read": trial.cohort.told, "accounts": int(trial.cohort.in_pilot.sum()),
            "control_accounts": int((~trial.cohort.in_pilot).sum()), "since": _told(trial.since), "before": _told(trial.before),
        },
    }  # fmt: skip


def _told(pairs: Pairs) -> list[dict[str, Any]]:
    return [{"title": measure.title, **ratio.document()} for measure, ratio in pairs]
