"""A model as its file declares it: `models/NAME.py` holds one `MODEL = Model(...)`."""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bgml.errors import ModelError, nearest

if TYPE_CHECKING:
    import pandas as pd

    from bgml.project import Project

    Rule = Callable[[pd.DataFrame], "pd.Series[Any]"]

KEYS = ("as_of", "account_id", "topic")
OBJECTIVES = ("binary", "lambdarank", "value")
CALIBRATIONS = ("smooth", "sigmoid")


@dataclass(frozen=True)
class Model:
    """One competitor: an estimator that learns from outcomes, or a rule that is written down.

    estimator: import path of a scikit-learn compatible class, such as "lightgbm.LGBMClassifier"; its `parameters` go to the constructor.
    objective: "binary" (the chance to win), "lambdarank" (the order within an as-of date; LightGBM's ranker only) or "value" (the
    amount to expect: the chance to win, as with "binary", times the amount to expect of a win).
    features: names and globs of columns; "-name" or "-glob" takes away. A rule names every column it reads, of the keys (as_of,
    account_id, topic) too.
    calibration: how raw scores become propensities, "smooth" (monotone curve) or "sigmoid" (two numbers).
    negatives: at most so many rows that did not win are kept for each row that won (whole accounts at a time); None keeps all.
    staged: where the outcome is "won", learn first of the groups with an opportunity how likely it is won, and take that in place of the
    outcome (`learning.fitting.staged`); for LightGBM's classifier with the objective "binary".
    seed: fixes sampling, folds and the estimator.
    rule: a function from a frame of the named columns to a Series of scores, higher is better; instead of an estimator.
    search: what `bgml train --tune` tries, by parameter: (low, high), (low, high, "log") or a list of values; empty: the estimator's own.
    name, source: filled in by `load_models`: the file's name and its text.
    """

    estimator: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    objective: str = "binary"
    features: Sequence[str] = ("*",)
    calibration: str = "smooth"
    negatives: int | None = 100
    staged: bool = False
    seed: int = 0
    rule: Rule | None = None
    search: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    name: str = ""
    source: str = field(default="", repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse what cannot be a model, naming the field."""
        for problem in _problems(self):
            raise ModelError(f"Model{f' {self.name}' if self.name else ''}: {problem}")

    @property
    def rule_source(self) -> str:
        """The text a rule is identified by: its file, or without one the function."""
        return self.source or (inspect.getsource(self.rule) if self.rule else "")

    def describe(self) -> dict[str, Any]:
        """The definition as plain JSON values; `restore` reads it back."""
        described = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name not in ("rule", "search", "source", "name")}
        described |= {"parameters": dict(self.parameters), "features": list(self.features), "rule": self.rule is not None}
        return described

    @classmethod
    def restore(cls, described: Mapping[str, Any], *, name: str = "", source: str = "") -> Model:
        """The estimator definition that `describe` wrote down; a rule is code and is only ever read from its file."""
        if described.get("rule"):
            raise ModelError(f"the rule {name} cannot be rebuilt from its record; it needs the project's file models/{name}.py")
        known = {f.name for f in dataclasses.fields(cls)} - {"rule"}
        return cls(**{k: v for k, v in described.items() if k in known}, name=name, source=source)


def _problems(model: Model) -> Iterable[str]:
    if bool(model.estimator) == (model.rule is not None):
        yield "give either estimator, an import path, or rule, a function"
    if model.rule is not None and not callable(model.rule):
        yield f"rule must be a function from a frame to a Series, not {type(model.rule).__name__}"
    if model.estimator and not (isinstance(model.estimator, str) and "." in model.estimator.strip(".")):
        yield f'estimator must be an import path such as "lightgbm.LGBMClassifier", not {model.estimator!r}'
    yield from _choice("objective", model.objective, OBJECTIVES)
    yield from _choice("calibration", model.calibration, CALIBRATIONS)
    if model.objective == "lambdarank" and not model.estimator.startswith("lightgbm."):
        yield f'objective "lambdarank" needs lightgbm.LGBMRanker, not {model.estimator or "a rule"}'
    if not isinstance(model.staged, bool):
        yield f"staged must be True or False, not {model.staged!r}"
    elif model.staged and not (model.objective == "binary" and model.estimator.startswith("lightgbm.")):
        yield 'staged needs objective "binary" and lightgbm.LGBMClassifier'
    yield from _parameter_problems(model.parameters)
    yield from _search_problems(model.search)
    if isinstance(model.features, str) or not model.features or not all(isinstance(f, str) and f.strip("-") for f in model.features):
        yield f'features must be a list of column names and globs such as ["*", "-revenue"], not {model.features!r}'
    if model.negatives is not None and not (_whole(model.negatives) and model.negatives >= 1):
        yield f"negatives must be a whole number from 1, or None to keep every row, not {model.negatives!r}"
    if not (_whole(model.seed) and 0 <= model.seed < 2**31):
        yield f"seed must be a whole number from 0 to 2147483647, not {model.seed!r}"


def _choice(name: str, value: object, options: Sequence[str]) -> Iterable[str]:
    if value not in options:
        yield f"{name} must be {' or '.join(options)}, not {value!r}{nearest(str(value), options).rstrip('?')}"


def _parameter_problems(parameters: object) -> Iterable[str]:
    if not isinstance(parameters, Mapping) or not all(isinstance(key, str) for key in parameters):
        yield f"parameters must map names to values, not {parameters!r}"
        return
    try:
        json.dumps(dict(parameters))
    except (TypeError, ValueError):
        yield "parameters must hold plain values only (numbers, texts, true, false, None, lists), so that a version can record them"


def _search_problems(search: object) -> Iterable[str]:
    if not isinstance(search, Mapping):
        yield f"search must map parameters to what is tried, not {search!r}"
        return
    for name, tried in search.items():
        plain = isinstance(tried, list) and all(value is None or isinstance(value, bool | int | float | str) for value in tried)
        if plain and len(tried) > 1:
            continue
        if isinstance(tried, tuple) and tried[2:] in ((), ("log",)) and _range(*tried[:2], log=len(tried) == 3):
            continue
        yield f'search["{name}"] must be (low, high), (low, high, "log") or a list of plain values, not {tried!r}'


def _range(low: object = None, high: object = None, *, log: bool) -> bool:
    numbers = all(isinstance(end, int | float) and not isinstance(end, bool) for end in (low, high))
    return numbers and low < high and (low > 0 or not log)  # type: ignore[operator]


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def load_models(project: Project) -> dict[str, Model]:
    """Every model of the project by name: the starter's files and the project's own, without `models.without`.

    Raises ModelError where a file has no `MODEL`, and ProjectError where one cannot be run; both name the file.
    """
    from bgml.project import load_modules

    models = {}
    for name, module in load_modules(project, "models").items():
        file = Path(str(module.__file__))
        model = getattr(module, "MODEL", None)
        if not isinstance(model, Model):
            raise ModelError(f"{file} has no MODEL = Model(...); a file in models/ declares one model under that name")
        models[name] = dataclasses.replace(model, name=name, source=file.read_text(encoding="utf-8"))
    return models


def find_model(models: Mapping[str, Model], name: str) -> Model:
    """The model of that name; ModelError names the nearest."""
    if name not in models:
        raise ModelError(f'there is no model "{name}"; known are {", ".join(sorted(models))}{nearest(name, models)}')
    return models[name]


def select(model: Model, columns: Iterable[str], name: str = "") -> tuple[str, ...]:
    """The feature columns the model reads, of those there are, in their order; ModelError where it names one that is not there.

    >>> select(Model(estimator="lightgbm.LGBMClassifier", features=["people_*", "-people_7d"]), ["actions_7d", "people_7d", "people_28d"])
    ('people_28d',)
    """
    known = [column for column in columns if column not in KEYS]
    chosen: set[str] = set()
    for pattern in model.features:
        if pattern.startswith("-"):
            chosen.difference_update(c for c in known if fnmatchcase(c, pattern[1:]))
        elif matches := [c for c in known if fnmatchcase(c, pattern)]:
            chosen.update(matches)
        elif pattern not in KEYS or model.rule is None:
            raise ModelError(f'the model {name or model.name} reads "{pattern}", which is no feature column{nearest(pattern, known)}')
    return tuple(c for c in known if c in chosen)


def idle(model: Model, columns: Iterable[str], without: Iterable[str] = ()) -> list[str]:
    """Names the model takes away that are no column (nor left out by `features.without`): most likely misspelt."""
    known = list(columns)
    names = [pattern[1:] for pattern in model.features if pattern.startswith("-")]
    gone = [name for name in names if any(fnmatchcase(name, pattern) for pattern in without)]
    return [name for name in names if name not in gone and not any(fnmatchcase(column, name) for column in known)]


def keys_read(model: Model) -> tuple[str, ...]:
    """Those of as_of, account_id and topic that a rule reads."""
    return tuple(key for key in KEYS if model.rule is not None and key in model.features)


def columns_read(models: Iterable[Model], columns: Iterable[str]) -> tuple[str, ...]:
    """The feature columns that any of the models reads, in their order: what has to be built for a race of them."""
    known = list(columns)
    wanted = {column for model in models for column in select(model, known)}
    return tuple(column for column in known if column in wanted)
