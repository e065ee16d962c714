"""How `bgml features --try` tells what was found of a column."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bgml.cli import evidence, terminal

if TYPE_CHECKING:
    from bgml.evaluation.trial import Trial
    from bgml.project import Project


def tell(project: Project, name: str) -> None:
    """Try a column and say what was found."""
    from bgml.data.dataset import open_dataset
    from bgml.evaluation.trial import try_column

    with terminal.progress() as progress:
        trial = try_column(project, open_dataset(project, progress), name, progress=progress)
    for line in _lines(trial):
        terminal.say(line)
    for each in trial.behind:
        terminal.say()
        evidence.tell(each.evidence, each.won)
    terminal.emit(_document(trial))


def _lines(trial: Trial) -> list[str]:
    """The column in sentences."""
    column = trial.column
    span = f"{trial.dates[0]} to {trial.dates[-1]}" if len(trial.dates) > 1 else str(trial.dates[0])
    lines = [
        f"{column.name}: {column.meaning} (features/{column.family}.py)",
        f"Tried on {trial.groups:,} groups, {trial.winners:,} of which won, at {len(trial.dates)} dates from {span}: {trial.rows:,} rows.",
        f"Missing in {trial.share_missing:.1%} of all candidates, zero in {trial.share_zero:.1%}.",
    ]
    if trial.quartiles:
        least, lower, median, upper, most = (f"{value:.4g}" for value in trial.quartiles)
        lines.append(f"Least {least}, lower quartile {lower}, median {median}, upper quartile {upper}, most {most}.")
    lines += [f"{value}: {share:.1%} of candidates, {won:.1%} of them won." for value, share, won in trial.values]
    return [*lines, *_alone(trial)]


def _alone(trial: Trial) -> list[str]:
    """What it tells alone, and what it repeats."""
    auc, lines = trial.auc, []
    if auc is not None and math.isfinite(auc.value):
        way = "winners have more of it" if auc.low > 0.5 else "winners have less of it" if auc.high < 0.5 else "it tells nothing for sure"
        least = ", a missing value counting as the least" if trial.share_missing else ""
        lines.append(f"Alone: AUC {auc.value:.3f}, 95% interval {auc.low:.3f} to {auc.high:.3f}: {way}{least}.")
        lines.append(f"On average {trial.winners_mean:.4g} among groups that won, {trial.others_mean:.4g} among the others.")
    elif auc is not None:
        lines.append("None of the groups won, so what it tells of winning is not known.")
    if trial.nearest:
        other, correlation = trial.nearest
        lines.append(f"Nearest column: {other}, rank correlation {correlation:.2f}.")
    return lines


def _document(trial: Trial) -> dict[str, Any]:
    """The trial as JSON values."""
    auc = trial.auc
    return {
        "column": trial.column.name, "family": trial.column.family, "kind": trial.column.kind, "meaning": trial.column.meaning,
        "dates": list(trial.dates), "groups": trial.groups, "rows": trial.rows, "winners": trial.winners,
        "share_missing": trial.share_missing, "share_zero": trial.share_zero,
        "quartiles": dict(zip(("least", "lower", "median", "upper", "most"), trial.quartiles, strict=False)),
        "values": [{"value": value, "share": share, "won": won} for value, share, won in trial.values],
        "auc": None if auc is None else {"value": auc.value, "low": auc.low, "high": auc.high},
        "mean_among_winners": trial.winners_mean, "mean_among_others": trial.others_mean,
        "nearest": None if trial.nearest is None else {"column": trial.nearest[0], "rank_correlation": trial.nearest[1]},
        "behind": [evidence.document(each.evidence, each.won) for each in trial.behind],
    }  # fmt: skip
