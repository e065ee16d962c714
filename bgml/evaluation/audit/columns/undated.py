"""Columns without dates: today's values stand in for those of every past date, so they must be ones that never change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.engine.columns.algebra import Attribute, Measure
from bgml.engine.columns.catalog import TOLD_BY, Catalog, load_catalog
from bgml.evaluation.audit.columns.single import date_aucs, single_scores
from bgml.evaluation.audit.finding import Checked, Finding
from bgml.evaluation.chapters.chapter import Table
from bgml.learning.examples import Examples
from bgml.learning.fitting.sample import spread
from bgml.project import Project
from bgml.scoring.columns import kind_of, numbers, texts

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

NAME = "undated"
PARTS = 5
BUYERS = 20
"""Fewer accounts that bought, or that did not, say nothing."""
FOLLOWS = 0.85
LIKELY = 0.78
"""AUC of a column against having ever bought: above the first it follows from buying, above the second it may."""
LEFT_OUT = re.compile(r"(accounts|people)\.(\S+) has no dates")


def undeclared(project: Project, dataset: Dataset, catalog: Catalog) -> list[Finding]:
    """Undated columns of accounts and people that feature files ask for and `data.static` does not name; the engine leaves them out."""
    asked, taken = dict[tuple[str, str], list[str]](), project.settings.features.without
    for name, why in catalog.left_out.items():
        found = LEFT_OUT.search(why)
        if found and dataset.has_column(found[1], found[2]) and not any(fnmatch(name, entry) for entry in taken):
            asked.setdefault((found[1], found[2]), []).append(name)
    return [_undeclared(f"{table}.{column}", column, names) for (table, column), names in asked.items()]


def _undeclared(where: str, column: str, names: list[str]) -> Finding:
    found = f"The features ask for {where} ({', '.join(names)}), which has no dates and is not declared in [data] static."
    means = "What it says today is not what it said at a past date, so no model was given it."
    way_out = f'take it away ([features] without), date it, or add "{column}" to [data] static if it never changes'
    return Finding(NAME, "fault", found, means, way_out)


def in_use(project: Project, dataset: Dataset, catalog: Catalog) -> dict[str, list[str]]:
    """The undated columns that features read because `data.static` names them, as table.column, and the features that do."""
    static, used = project.settings.data.static, dict[str, list[str]]()
    dated = dataset.has_column("people", "valid_from") or dataset.has_column("people", "valid_to")
    for name, column in catalog.base.items():
        match column.declaration:
            case Attribute(table="accounts", column=source):
                used.setdefault(f"accounts.{source}", []).append(name)
            case Measure(entity=entity, where=where) if not dated:
                for read in {*entity, *(key for key, _ in where)} & TOLD_BY.keys():
                    for source in TOLD_BY[read]:
                        if source in static and dataset.has_column("people", source):
                            used.setdefault(f"people.{source}", []).append(name)
    return used


def following(dataset: Dataset, examples: Examples, columns: list[str], seed: int = 0) -> dict[str, float]:
    """How well each column of accounts tells the accounts that ever bought from those that did not: AUC, out of sample by account.

    The accounts are those of the examples. A column that is written when a customer is won tells them apart, whatever the date; one
    that never changes can only know who is likely to buy. Empty where too few bought, or too few did not.
    """
    accounts = dataset.frame("accounts").set_index("account_id").reindex(pd.Index(examples.accounts))
    deals = dataset.frame("opportunities")
    bought = np.asarray(accounts.index.isin(deals.loc[deals["outcome"] == "won", "account_id"]), bool)
    if min(bought.sum(), (~bought).sum()) < BUYERS:
        return {}
    part = (spread(examples.accounts, seed) * PARTS).astype(np.int64)
    return {column: _out_of_sample(accounts[column], bought, part) for column in columns}


def _out_of_sample(values: pd.Series[Any], bought: npt.NDArray[np.bool_], part: npt.NDArray[np.int64]) -> float:
    """The mean AUC over the parts, the shares of buyers of each learned on the others."""
    told = pd.Series(numbers(values)) if kind_of(values) == "number" else texts(values.reset_index(drop=True))
    scores = np.zeros(len(told))
    for number in range(PARTS):
        held = part == number
        scores[held] = single_scores(told[~held], bought[~held], told[held])
    aucs = date_aucs(scores, bought, part)
    return float(aucs[np.isfinite(aucs)].mean())


def followers(project: Project, dataset: Dataset, examples: Examples, catalog: Catalog) -> list[Finding]:
    """Faults and warnings for the undated columns in use that follow from buying, or may."""
    used = in_use(project, dataset, catalog)
    return _followers(following(dataset, examples, _of_accounts(used)), used)


def _followers(aucs: Mapping[str, float], used: Mapping[str, list[str]]) -> list[Finding]:
    return [_follows(column, auc, used[f"accounts.{column}"]) for column, auc in aucs.items() if auc >= LIKELY]


def _of_accounts(used: Mapping[str, list[str]]) -> list[str]:
    return [name.removeprefix("accounts.") for name in used if name.startswith("accounts.")]


def check(project: Project, dataset: Dataset, examples: Examples) -> Checked:
    """Undated columns: asked for and not declared (faults), declared and in use (notes), and those that follow from buying."""
    catalog = load_catalog(project, dataset)
    used = in_use(project, dataset, catalog)
    aucs = following(dataset, examples, _of_accounts(used))
    findings = [*undeclared(project, dataset, catalog), *_followers(aucs, used)]
    if used:
        found = f"Taken as never changing ([data] static): {', '.join(sorted(used))}."
        findings.append(Finding(NAME, "note", found, "Their values of today stand for every past date."))
    did = f"Looked for undated columns of accounts and people among the features: {len(used)} are in use, declared in [data] static."
    rows = tuple((f"accounts.{column}", f"{auc:.3f}", ", ".join(used[f"accounts.{column}"])) for column, auc in aucs.items())
    table = Table(("undated column", "AUC against having ever bought", "features"), rows, "Do undated columns follow from buying?")
    return Checked(NAME, did, tuple(findings), (table,) if rows else (), {"static": used, "ever_bought_auc": aucs})


def _follows(column: str, auc: float, names: list[str]) -> Finding:
    found = f"accounts.{column} (feature {', '.join(names)}) tells accounts that ever bought from the others with an AUC of {auc:.3f}."
    surely = auc >= FOLLOWS
    means = (
        "It has no dates, so what is written on an account once it has bought stands on all its earlier dates as well."
        if surely
        else "It has no dates: if it is changed when an account buys, it knows the outcome on all earlier dates."
    )
    way_out = f'take "{column}" out of [data] static unless it is certain that buying never changes it'
    return Finding(NAME, "fault" if surely else "warning", found, means, way_out)
