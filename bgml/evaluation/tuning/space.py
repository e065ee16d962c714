"""What a search may try: ranges and choices per estimator, in one place, and how optuna names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from bgml.errors import ModelError
from bgml.scoring.definition import Model

SPACES: dict[str, dict[str, Sequence[Any]]] = {
    "lightgbm.": {
        "n_estimators": (40, 300),
        "learning_rate": (0.02, 0.2, "log"),
        "num_leaves": (4, 63, "log"),
        "min_child_samples": (20, 1500, "log"),
        "colsample_bytree": (0.05, 0.8),
        "subsample": (0.5, 1.0),
        "reg_lambda": (0.1, 100.0, "log"),
    },
    "sklearn.linear_model.LogisticRegression": {"C": (1e-5, 10.0, "log")},
    "sklearn.ensemble.HistGradientBoostingClassifier": {
        "max_iter": (40, 300),
        "learning_rate": (0.02, 0.2, "log"),
        "max_leaf_nodes": (4, 63, "log"),
        "min_samples_leaf": (20, 1500, "log"),
        "l2_regularization": (0.1, 100.0, "log"),
    },
}
"""Estimator, or how its path begins -> parameter -> (low, high), (low, high, "log") or a list of values. Whole ends: whole values."""


def space(model: Model) -> dict[str, Sequence[Any]]:
    """What is searched for a model: its own `search`, else its estimator's, widened where the file's value lies outside.

    ModelError for a rule and for an estimator of which nothing is known.
    """
    if model.rule is not None:
        raise ModelError(f"the model {model.name} is a rule: it has no parameters to search for")
    known = [tried for start, tried in SPACES.items() if model.estimator.startswith(start)]
    found = model.search or (known[0] if known else {})
    if not found:
        way_out = f'say what to try in models/{model.name}.py: Model(search={{"alpha": (0.001, 10.0, "log")}}, ...)'
        raise ModelError(f"nothing is known to search for in {model.estimator}; {way_out}")
    return {name: _widened(tried, model.parameters.get(name)) for name, tried in found.items()}


def _widened(tried: Sequence[Any], own: Any) -> Sequence[Any]:  # noqa: ANN401 - a parameter's value
    """The range or list with the file's own value in it."""
    if isinstance(tried, list):
        return tried if own is None or own in tried else [*tried, own]
    low, high, *log = tried
    number = isinstance(own, int | float) and not isinstance(own, bool) and (own > 0 or not log)
    return (min(low, own), max(high, own), *log) if number else tuple(tried)


def distributions(tried: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """The space as optuna's distributions."""
    return {name: _distribution(one) for name, one in tried.items()}


def _distribution(tried: Sequence[Any]) -> Any:  # noqa: ANN401 - one of optuna's classes
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(tried, list):
        return CategoricalDistribution(tried)
    low, high, *log = tried
    kind = IntDistribution if isinstance(low, int) and isinstance(high, int) else FloatDistribution
    return kind(low, high, log=bool(log))


def optuna() -> ModuleType:
    """The library, its own messages kept off the terminal; ModelError with the remedy where it is not installed."""
    try:
        import optuna as library
    except ImportError:
        raise ModelError("--tune needs optuna, which is not installed: pip install 'bgml[tune]'") from None
    library.logging.set_verbosity(library.logging.ERROR)
    return library
