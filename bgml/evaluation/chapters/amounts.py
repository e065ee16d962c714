"""What was promised in money and what came: expected against realised amounts, and who finds the most of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bgml.evaluation.chapters.chapter import Chapter, Table
from bgml.evaluation.chapters.tested import Tested, on_dates
from bgml.evaluation.race.intervals import Estimate, Race
from bgml.evaluation.race.metrics import KS
from bgml.evaluation.race.scored import Floats
from bgml.evaluation.report.markdown import interval, number
from bgml.learning.fitting.amounts import NoAmounts, fit_amounts

if TYPE_CHECKING:
    from bgml.evaluation.evaluation import Evaluation

TOP = 50
METRIC = f"amount_at_{TOP}"
DECILES = 10


@dataclass(frozen=True)
class _Foretold:
    """What the folds' amounts say of every test row; NaN in folds where no amount could be learned, which `left_out` names.

    if_won: the amount to expect of a win; median: its median, by the regression; plain: the one median of all training deals.
    """

    if_won: Floats
    median: Floats
    plain: Floats
    left_out: tuple[str, ...]
    currency: str


def amounts(evaluation: Evaluation, tested: Tested) -> Chapter | None:
    """Expected against realised won amount, overall, at the top and by decile; won amount at K of the value model against the others."""
    if not evaluation.has_amounts or not evaluation.trained:
        return None
    sentences: list[str] = []
    tables: list[Table] = []
    data: dict[str, Any] = {}
    for part in (_found(evaluation, tested), _promised(evaluation, tested)):
        sentences += part[0]
        tables += part[1]
        data |= part[2]
    return Chapter("amounts", "Amounts", tuple(sentences), tuple(tables), data)


Part = tuple[list[str], list[Table], dict[str, Any]]


def _found(evaluation: Evaluation, tested: Tested) -> Part:
    """Who finds the most won amount."""
    race, best = evaluation.race, evaluation.trained[0]
    richest = max(evaluation.trained, key=lambda model: race.estimate(model, METRIC).value)
    shown = number(race.estimate(richest, METRIC).value)
    lines = [f"Best by won amount is {richest}: the groups in its top {TOP} bring {shown} per list."]
    valued = [name for name in evaluation.trained if name in tested.models and tested.models[name].objective == "value"]
    rivals = [name for name in evaluation.trained if name not in valued]
    lines += [_against(race, name, rivals[0]) for name in valued if rivals]
    if richest != best:
        lines.append(f"{best} finds the most wins and {richest} the most won amount: which one should rank is a choice between the two.")
    entries = list(dict.fromkeys([richest, best, *valued]))
    rows = [(name, *(interval(race.estimate(name, f"amount_at_{k}")) for k in KS)) for name in entries]
    for name in valued if rivals else []:
        differences = (race.difference(name, rivals[0], f"amount_at_{k}") for k in KS)
        rows.append((f"{name} - {rivals[0]}", *(interval(found, signed=True) for found in differences)))
    at = {name: {str(k): _estimate(race.estimate(name, f"amount_at_{k}")) for k in KS} for name in entries}
    table = Table(("won amount", *(f"@{k}" for k in KS)), tuple(rows), "Won amount per list, with the difference")
    return lines, [table], {"best": richest, "best_by_wins": best, "value_models": valued, "amount_at_k": at}


def _against(race: Race, model: str, rival: str) -> str:
    """One model against another in won amount."""
    found = race.difference(model, rival, METRIC)
    share = race.ratio(model, rival, METRIC)
    gap = f"{number(found.value, signed=True)} ({share.value - 1:+.0%}) against {rival}"
    ends = f", 95% interval {number(found.low, signed=True)} to {number(found.high, signed=True)}" if np.isfinite(found.low) else ""
    verdict = "" if found.excludes_zero or not np.isfinite(found.low) else ": they cannot be told apart"
    return f"Won amount in the top {TOP} of {model}: {gap}{ends}{verdict}."


def _promised(evaluation: Evaluation, tested: Tested) -> Part:
    """What was expected against what came."""
    model = next((name for name in evaluation.trained if name in tested.scored.propensities), None)
    foretold = _foretold(tested)
    lines = list(foretold.left_out)
    known = np.isfinite(foretold.if_won)
    if model is None or not (known & tested.scored.won).any():
        return lines, [], {"left_out": lines}
    noted = float(np.isfinite(tested.scored.amount[known & tested.scored.won]).mean())
    expected = tested.scored.propensities[model] * foretold.if_won * noted
    realised = np.nan_to_num(tested.scored.amount)
    parts = dict(_parts(tested, model, expected, known))
    ratios = {name: _ratio(tested, expected, realised, rows) for name, rows in parts.items()}
    unit = f" {foretold.currency}" if foretold.currency else ""
    overall = ratios["all"]
    promise = f"{model} expects {_said(overall['expected'], overall['realised'])} of the won amount over all candidates{_ends(overall)}"
    lines.append(f"{promise}, {_said(ratios['top']['expected'], ratios['top']['realised'])} in its top {TOP}{_ends(ratios['top'])}.")
    if noted < 1:
        lines.append(f"The amount of {1 - noted:.0%} of the winning groups is unknown; what is expected was lowered by as much.")
    errors = _errors(tested, foretold)
    if errors["deals"]:
        lines.append(
            f"Of the {errors['deals']:,} won deals the amount was missed by a factor of {np.exp(errors['log_error']):.2f} "
            f"(mean error of the logarithm {errors['log_error']:.2f}); one median for all misses it by {np.exp(errors['plain']):.2f} "
            f"({errors['plain']:.2f}). Their sum was foretold to {errors['predicted_over_realised']:.2f} of what came."
        )
    names = {"all": "all candidates", "top": f"top {TOP} by score"}
    cells = [(names.get(name, name), *_row(found)) for name, found in ratios.items()]
    columns = ("groups", "rows", f"expected{unit}", f"realised{unit}", "expected / realised")
    table = Table(columns, tuple(cells), f"Expected and realised won amount of {model}; decile 1 has the highest expected amounts")
    return lines, [table], {"model": model, "currency": foretold.currency or None, "parts": ratios, "if_won": errors, "noted": noted}


def _foretold(tested: Tested) -> _Foretold:
    """Amounts fitted fold by fold as training does, said of the fold's test rows."""
    rows = len(tested.scored)
    made = {name: np.full(rows, np.nan) for name in ("if_won", "median", "plain")}
    left_out, currency = [], ""
    for fold in tested.folds:
        mine = np.flatnonzero(tested.scored.fold == fold.number)
        try:
            fitted = fit_amounts(on_dates(tested.examples, fold.train), tested.project.settings)
        except NoAmounts as problem:
            left_out.append(f"No amount can be expected in fold {fold.number}: {problem}.")
            continue
        frame = tested.candidates.take(mine).frame()
        made["if_won"][mine], made["median"][mine] = fitted.if_won(frame), fitted.logarithm(frame)
        made["plain"][mine] = np.log(fitted.typical)
        currency = str(fitted.currency or "")
    return _Foretold(made["if_won"], made["median"], made["plain"], tuple(left_out), currency)


def _parts(tested: Tested, model: str, expected: Floats, known: npt.NDArray[np.bool_]) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """The rows that are looked at together: all, the top of every date, and tenths by expected amount."""
    scored = tested.scored
    yield "all", known
    top = np.zeros(len(scored), bool)
    for low, high in zip(scored.starts[:-1].tolist(), scored.starts[1:].tolist(), strict=True):
        top[low + np.argsort(-scored.scores[model][low:high], kind="stable")[:TOP]] = True
    yield "top", top & known
    rows = np.flatnonzero(known)
    highest_first = rows[np.argsort(-expected[rows], kind="stable")]
    for number_of, part in enumerate(np.array_split(highest_first, DECILES), start=1):
        inside = np.zeros(len(scored), bool)
        inside[part] = True
        yield f"decile {number_of}", inside


def _ratio(tested: Tested, expected: Floats, realised: Floats, rows: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Sums and their ratio, with the interval over accounts drawn with replacement; the rows stay who they are."""
    _, account = np.unique(tested.scored.account, return_inverse=True)
    accounts = int(account.max()) + 1
    sums = np.stack([np.bincount(account[rows], part[rows], accounts) for part in (expected, realised)])
    chance = np.random.default_rng(tested.seed)
    drawn = [sums @ np.bincount(chance.integers(0, accounts, accounts), minlength=accounts) for _ in range(tested.draws)]
    ratios = [one[0] / one[1] for one in drawn if one[1] > 0]
    low, high = np.percentile(ratios, (2.5, 97.5)).tolist() if ratios else (None, None)
    total = sums.sum(axis=1).tolist()
    ratio = total[0] / total[1] if total[1] > 0 else None
    return {"rows": int(rows.sum()), "expected": total[0], "realised": total[1], "ratio": ratio, "low": low, "high": high}


def _errors(tested: Tested, foretold: _Foretold) -> dict[str, Any]:
    """How far the amount of a won deal was missed, each at its last row before it was created."""
    deals = tested.scored.deals
    deals = deals[(deals["amount"] > 0) & np.isfinite(foretold.median[deals["row"].to_numpy(np.int64)])]
    deals = deals.sort_values("row", kind="stable").drop_duplicates("opportunity_id", keep="last")
    if deals.empty:
        return {"deals": 0, "log_error": None, "plain": None, "predicted_over_realised": None}
    row, amount = deals["row"].to_numpy(np.int64), deals["amount"].to_numpy(np.float64)
    missed, plainly = (float(np.abs(np.log(amount) - said[row]).mean()) for said in (foretold.median, foretold.plain))
    ratio = float(foretold.if_won[row].sum() / amount.sum())
    return {"deals": len(deals), "log_error": missed, "plain": plainly, "predicted_over_realised": ratio}


def _said(expected: float, realised: float) -> str:
    return f"{expected / realised:.0%}" if realised > 0 else "an amount where nothing came"


def _ends(found: dict[str, Any]) -> str:
    return "" if found["low"] is None else f" (95% interval {found['low']:.0%} to {found['high']:.0%})"


def _row(found: dict[str, Any]) -> tuple[str, ...]:
    ratio, low, high = (np.nan if found[part] is None else found[part] for part in ("ratio", "low", "high"))
    return f"{found['rows']:,}", number(found["expected"]), number(found["realised"]), interval(Estimate(ratio, low, high))


def _estimate(found: Estimate) -> dict[str, float | None]:
    parts = {"value": found.value, "low": found.low, "high": found.high}
    return {name: part if np.isfinite(part) else None for name, part in parts.items()}
