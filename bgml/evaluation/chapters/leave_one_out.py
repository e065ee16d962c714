"""Leave one out: what each category of signals, knowing people and knowing roles are worth to the best model.

The model is fitted again in every fold without it and tested on the same candidates; only features are computed anew. A category left
out is hidden from every feature, as if its signals had never been recorded; people or roles left out means the columns that tell of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bgml.data.tables import CATEGORIES
from bgml.engine.columns.algebra import Attribute, Measure, Moment
from bgml.engine.columns.catalog import BaseColumn, Catalog, load_catalog
from bgml.errors import ModelError
from bgml.evaluation.chapters.chapter import Chapter, Table
from bgml.evaluation.chapters.tested import Tested, on_dates
from bgml.evaluation.evaluation import Evaluation
from bgml.evaluation.race.intervals import Estimate, Race, race
from bgml.evaluation.race.metrics import HEADLINE, shown
from bgml.evaluation.race.scored import Floats
from bgml.evaluation.report.markdown import PER, interval
from bgml.learning.examples import Examples, collect
from bgml.learning.fitting.fit import fit
from bgml.scoring.definition import Model, select

ROLES = frozenset({"department", "seniority", "role", "required"})
PEOPLE = frozenset({"person", "visitor", "either"}) | ROLES
METRICS = (HEADLINE, "recall_at_50", "ap", "auc")
WHOLE = "everything"


@dataclass(frozen=True)
class Part:
    """Something a model can do without: its name, the categories hidden and the columns taken away."""

    name: str
    unseen: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


def leave_one_out(evaluation: Evaluation, tested: Tested) -> Chapter | None:
    """The best trained model without each part, paired with itself; None without a trained model or a part to leave out."""
    if not evaluation.trained:
        return None
    name = evaluation.trained[0]
    model = tested.models[name]
    catalog = load_catalog(tested.project, tested.dataset)
    columns = select(model, tested.examples.features.columns, name)
    scores = {WHOLE: tested.scored.scores[name]}
    left_out = list(_parts(tested, catalog, columns))
    for number, part in enumerate(left_out):
        tested.progress("leave one out", number, len(left_out))
        without = _scores(tested, model, name, columns, part)
        if without is not None:
            scores[part.name] = without
    if len(scores) == 1:
        return None
    scored = replace(tested.scored, scores=scores, propensities={})
    found = race(scored, draws=tested.draws, seed=tested.seed, threads=tested.project.threads())
    return _chapter(name, found, left_out)


def _parts(tested: Tested, catalog: Catalog, columns: Sequence[str]) -> Iterator[Part]:
    """Every category that has signals, then people and roles where columns tell of them."""
    signals = tested.dataset.table("signals")
    present = set(tested.dataset.arrow(signals.select("category").distinct()).column("category").to_pylist())
    if len(present) > 1:
        yield from (Part(category, unseen=(category,)) for category in CATEGORIES if category in present)
    for name, entities in (("people", PEOPLE), ("roles", ROLES)):
        telling = telling_of(catalog, entities)
        gone = tuple(column for column in columns if column in telling)
        if gone and len(gone) < len(columns):
            yield Part(name, columns=gone)


def telling_of(catalog: Catalog, entities: frozenset[str]) -> frozenset[str]:
    """The columns that count or are limited by any of the entities, and the derived ones that read such a column."""
    found = {name for name, column in catalog.base.items() if _reads(column, entities)}
    for derived in catalog.derived:
        if found & set(derived.reads):
            found.add(derived.name)
    return frozenset(found)


def _reads(column: BaseColumn, entities: frozenset[str]) -> bool:
    match column.declaration:
        case Measure(entity=counted, where=where):
            return bool(entities & {*counted, *(key for key, _ in where)})
        case Moment(what=what, entity=entity):
            return isinstance(what, int) and entity in entities
        case Attribute(table="topics"):
            return "required" in entities
    return False


def _scores(tested: Tested, model: Model, name: str, columns: Sequence[str], part: Part) -> Floats | None:
    """What the model says of the test candidates when it does without a part; None where it cannot be trained so."""
    examples = tested.examples
    if part.unseen:
        examples = _hidden(tested, columns, part)
    if part.columns:
        model = replace(model, features=[*model.features, *(f"-{column}" for column in part.columns)])
    said, settings = [], tested.project.settings
    for fold in tested.folds:
        try:
            scorer = fit(model, on_dates(examples, fold.train), settings, threads=tested.project.threads(), name=name, calibrated=False)
        except ModelError:
            return None
        said.append(scorer.score(on_dates(examples, fold.test).frame()))
    return np.concatenate(said)


def _hidden(tested: Tested, columns: Sequence[str], part: Part) -> Examples:
    """The examples with the features they would have if the part's categories had never been recorded."""
    dates = sorted({day for fold in tested.folds for day in (*fold.train, *fold.test)})
    found = collect(tested.project, tested.dataset, dates, columns=columns, unseen=part.unseen)
    rows = np.isin(tested.examples.as_of.astype("datetime64[D]"), np.array(dates, "datetime64[D]"))
    same = tested.examples.take(rows)
    assert np.array_equal(found.account, same.account), "hidden signals must not change the candidates"
    assert np.array_equal(found.topic, same.topic), "hidden signals must not change the candidates"
    return replace(same, features=found.features)


def _chapter(name: str, found: Race, parts: Sequence[Part]) -> Chapter:
    """What each part adds: the metrics without it, and the difference it makes."""
    there = [part for part in parts if part.name in found.models]
    lost = {part.name: found.difference(WHOLE, part.name, HEADLINE) for part in there}
    order = sorted(there, key=lambda part: -lost[part.name].value)
    rows = [
        (_told(part), *(interval(found.estimate(part.name, metric)) for metric in METRICS), interval(lost[part.name], signed=True))
        for part in order
    ]
    whole = ("nothing", *(interval(found.estimate(WHOLE, metric)) for metric in METRICS), "")
    columns = ("left out", *(shown(metric) for metric in METRICS), f"{shown(HEADLINE)} it adds")
    data = {part.name: _plain(found, part.name) for part in there}
    return Chapter(
        "leave_one_out",
        "Leave one out",
        tuple(_sentence(name, part, lost[part.name]) for part in order),
        (Table(columns, (whole, *map(tuple, rows)), f"{name} without each part, refitted in every fold, on the same candidates"),),
        {"model": name, "whole": _plain(found, WHOLE), "without": data},
    )


def _told(part: Part) -> str:
    return f"signals of category {part.name}" if part.unseen else f"features of {part.name} ({len(part.columns)} columns)"


def _sentence(name: str, part: Part, lost: Estimate) -> str:
    value, low, high = (PER * number for number in (lost.value, lost.low, lost.high))
    if lost.excludes_zero and value > 0:
        return f"Without {_told(part)}, {name} finds {value:.1f} fewer wins per {PER} groups, 95% interval {low:.1f} to {high:.1f}."
    if lost.excludes_zero:
        return (
            f"Without {_told(part)}, {name} finds {-value:.1f} more wins per {PER} groups, 95% interval {-high:.1f} to {-low:.1f}: "
            "they do harm here."
        )
    gap = f"{0 - value:+.1f} wins per {PER} groups, {0 - high:+.1f} to {0 - low:+.1f}"
    return f"Without {_told(part)}, {name} does as well, as far as can be told ({gap})."


def _plain(found: Race, entry: str) -> dict[str, dict[str, float | None]]:
    """The metrics of an entry, and what is lost against everything at the headline, as JSON values."""
    estimates = {metric: found.estimate(entry, metric) for metric in METRICS}
    if entry != WHOLE:
        estimates["lost"] = found.difference(WHOLE, entry, HEADLINE)
    return {key: estimate.plain() for key, estimate in estimates.items()}
