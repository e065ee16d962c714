"""Outcomes dealt to other groups: nothing is left to learn, and whatever still finds something has seen the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.config import Settings
from bgml.errors import ModelError
from bgml.evaluation.audit.columns.single import date_aucs
from bgml.evaluation.audit.finding import Checked, Finding
from bgml.evaluation.audit.spanning import codes
from bgml.evaluation.chapters.chapter import Table
from bgml.evaluation.chapters.tested import Tested, on_dates
from bgml.groups.outcomes import got_opportunity, label
from bgml.learning.examples import Examples
from bgml.learning.fitting.fit import fit
from bgml.scoring.definition import Model

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

Floats = npt.NDArray[np.float64]
NAME = "permuted"
TIMES = 3
"""How often outcomes are dealt and every model is fitted again."""
NULL = 199
"""Deals of the test outcomes, nothing fitted again, that the interval is made of."""
WIDTH = 3.3
"""The interval reaches so many standard deviations to either side: one honest model in a thousand falls outside."""
TREES = 20
"""Trees are grown in this number at most: a leak shows with few of them."""


class Deck:
    """The outcomes of every group of some examples on every one of their dates, to be dealt to other groups."""

    def __init__(self, examples: Examples, dataset: Dataset, settings: Settings) -> None:
        """Ask once what became of each group on each date, also on those where it was no candidate."""
        self.examples = examples
        self.groups, self.place = np.unique(codes(examples), return_inverse=True)
        self.dates, self.date = np.unique(examples.as_of, return_inverse=True)
        group, date = np.repeat(self.groups, len(self.dates)), np.tile(self.dates, len(self.groups))
        depth = max(len(examples.topics), 1)
        every = Examples(
            pd.DataFrame(index=range(len(group))), date, (group // depth).astype(np.int32), (group % depth).astype(np.int32),
            examples.accounts, examples.topics, np.zeros(0, np.float32), np.zeros(0), examples.deals,
        )  # fmt: skip
        keys = every.keys()
        found = label(keys, dataset, settings)
        self.created = got_opportunity(keys, dataset, settings)
        self.won, self.amount = found["won"].to_numpy(np.float32), found["amount"].to_numpy(np.float64)
        self.deals: pd.DataFrame = found.attrs["deals"]

    def deal(self, random: np.random.Generator) -> Examples:
        """The examples with the outcomes of other groups: each group has, on all its dates, the outcomes of one other group.

        So an outcome lasts as long as it does, deals and all, and has nothing to do with the group that shows it.
        """
        cell = self._cells(random)
        row = np.full(len(self.won), -1, np.int64)
        row[cell] = np.arange(len(cell))
        deals = self.deals.assign(row=row[self.deals["row"].to_numpy(np.int64)])
        deals = deals[deals["row"] >= 0].sort_values(["row", "opportunity_id"], kind="stable", ignore_index=True)
        begun = None if self.created is None else self.created[cell]
        return replace(self.examples, won=self.won[cell], created=begun, amount=self.amount[cell], deals=deals)

    def won_elsewhere(self, random: np.random.Generator) -> npt.NDArray[np.bool_]:
        """Only which rows win in such a deal."""
        return np.asarray(self.won[self._cells(random)] == 1, bool)

    def _cells(self, random: np.random.Generator) -> npt.NDArray[np.int64]:
        other = random.permutation(len(self.groups))[self.place]
        return np.asarray(other * len(self.dates) + self.date, np.int64)


@dataclass(frozen=True)
class Permuted:
    """A model among dealt outcomes: its mean AUC on test over all times, and the interval about 0.5 in which it should lie."""

    model: str
    auc: float
    low: float
    high: float
    times: int

    @property
    def within(self) -> bool:
        """Whether the AUC is what nothing to learn gives."""
        return self.low <= self.auc <= self.high


def permute(tested: Tested, models: Mapping[str, Model], *, times: int = TIMES, seed: int = 0) -> tuple[list[Permuted], dict[str, str]]:
    """Fit the models on dealt outcomes of the last fold's training dates and test them on outcomes dealt anew; why others could not be.

    Fitting is that of the race, sampling and calibration included. Outcomes of training and of test are dealt apart from each other.
    """
    fold, settings = tested.folds[-1], _lenient(tested.project.settings)
    train, test = on_dates(tested.examples, fold.train), on_dates(tested.examples, fold.test)
    randoms = [np.random.default_rng(child) for child in np.random.SeedSequence([seed, 5]).spawn(times)]
    decks = [Deck(part, tested.dataset, settings) for part in (train, test)]
    dealt = [(decks[0].deal(random), decks[1].deal(random)) for random in randoms]
    unseen = np.random.default_rng([seed, 6])
    null = [decks[1].won_elsewhere(unseen) for _ in range(NULL)]
    results, refused = [], {}
    for name, model in models.items():
        try:
            scores = [_scores(_few_trees(model), *pair, tested, settings, name) for pair in dealt]
        except ModelError as error:
            refused[name] = str(error)
            continue
        results.append(_result(name, scores, [pair[1] for pair in dealt], null))
    return results, refused


def _scores(model: Model, train: Examples, test: Examples, tested: Tested, settings: Settings, name: str) -> Floats:
    scorer = fit(model, train, settings, threads=tested.project.threads(), name=name)
    return scorer.score(test.frame())


def _lenient(settings: Settings) -> Settings:
    """The settings with the least number of wins a fit can do with: dealt outcomes fall on dates of no candidate, too."""
    return settings.model_copy(update={"check": settings.check.model_copy(update={"min_won": 2})})


def _few_trees(model: Model) -> Model:
    trees = model.parameters.get("n_estimators", TREES)
    grown = {"n_estimators": min(TREES, int(trees))} if model.estimator.startswith("lightgbm.") else {}
    return replace(model, parameters={**model.parameters, **grown})


def _result(name: str, scores: list[Floats], tests: list[Examples], null: list[npt.NDArray[np.bool_]]) -> Permuted:
    """The mean AUC over all times, against the mean of as many AUCs of the same scores with outcomes dealt apart from them."""
    date = np.unique(tests[0].as_of, return_inverse=True)[1].astype(np.int64)
    auc = float(np.mean([_mean_auc(score, test.won == 1, date) for score, test in zip(scores, tests, strict=True)]))
    spread = [np.std([_mean_auc(score, won, date) for won in null], ddof=1) for score in scores]
    reach = WIDTH * float(np.sqrt(np.sum(np.square(spread)))) / len(spread)
    return Permuted(name, auc, 0.5 - reach, 0.5 + reach, len(scores))


def _mean_auc(scores: Floats, won: npt.NDArray[np.bool_], date: npt.NDArray[np.int64]) -> float:
    """The mean over the dates that have an AUC; 0.5 where none has."""
    aucs = date_aucs(scores, won, date)
    known = aucs[np.isfinite(aucs)]
    return float(known.mean()) if len(known) else 0.5


def check(tested: Tested, models: Mapping[str, Model], *, times: int = TIMES, seed: int = 0) -> Checked:
    """Deal outcomes among groups, fit every model again, and ask whether any still finds winners."""
    results, refused = permute(tested, models, times=times, seed=seed)
    findings = [_finding(result) for result in results if not result.within]
    findings += [_silent(result) for result in results if result.low == result.high]
    findings += [Finding(NAME, "note", f"{name} could not be fitted on permuted outcomes: {why}.") for name, why in refused.items()]
    fitted = ", ".join(part.model for part in results) or "no model"
    did = (
        f"Dealt the outcomes of the last fold to other groups {times} times and fitted {fitted} again, calibration included: nothing is "
        "left to find, and the AUC on test should be 0.5."
    )
    rows = tuple((part.model, f"{part.auc:.3f}", f"{part.low:.3f} to {part.high:.3f}", "yes" if part.within else "no") for part in results)
    columns = ("model", "AUC on permuted outcomes", f"expected (0.5 +- {WIDTH} standard deviations)", "within")
    table = Table(columns, rows, "Permuted outcomes")
    document: dict[str, Any] = {
        "times": times,
        "models": [{"model": part.model, "auc": part.auc, "low": part.low, "high": part.high, "within": part.within} for part in results],
    }
    return Checked(NAME, did, tuple(findings), (table,), document)


def _silent(part: Permuted) -> Finding:
    return Finding(NAME, "note", f"Too few outcomes of the last fold are known to permute them: nothing is said of {part.model}.")


def _finding(part: Permuted) -> Finding:
    ends = f"{part.low:.3f} to {part.high:.3f}"
    found = f"{part.model} has an AUC of {part.auc:.3f} on outcomes that were dealt to other groups, outside {ends}."
    means = "There is nothing to learn in them: an encoder, the calibration or the tuning of this model sees the rows it is tested on."
    return Finding(NAME, "fault", found, means, f"let models/{part.model}.py learn from the rows it is given and keep nothing between fits")
