"""Fitting one estimator on one matrix, the same bits on any number of threads."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bgml.errors import ModelError, nearest
from bgml.scoring.columns import Columns, Matrix
from bgml.scoring.definition import Model
from bgml.scoring.pipeline import Pipeline, one_blas_thread, wide
from bgml.scoring.predict import Estimator
from bgml.scoring.trees import Trees, lightgbm

# Column by column a histogram is summed by one thread, in row order, so its bits cannot depend on how many threads there are. On
# 73,000 rows x 148 columns the trees equal those of force_row_wise byte for byte, at two thirds of the time.
DETERMINISTIC = {"deterministic": True, "force_col_wise": True, "verbosity": -1}


@dataclass(frozen=True)
class TrainingSet:
    """What an estimator is fitted on: rows of the matrix, their outcome and weight, and for ranking the queries' sizes in row order.

    chance: learned from in place of the outcome where it is given, from 0 to 1; for LightGBM's classifier only.
    """

    matrix: Matrix
    won: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.float64]
    queries: npt.NDArray[np.int64] | None = None
    chance: npt.NDArray[np.float64] | None = None


def train(model: Model, data: TrainingSet, columns: Columns, *, threads: int, truncation: int = 0) -> Estimator:
    """The model's estimator, fitted. `truncation`: the least lambdarank truncation level. ModelError for what the estimator refuses."""
    kind = estimator_class(model)
    try:
        if model.estimator.startswith("lightgbm."):
            return _train_trees(kind, model, data, columns, threads, truncation)
        return _train_pipeline(kind, model, data, columns)
    except ModelError:
        raise
    except Exception as error:
        said = " ".join(str(error).split())
        raise ModelError(f"the model {model.name}: {model.estimator} cannot be fitted with its parameters: {said}") from error


def estimator_class(model: Model) -> type[Any]:
    """The class `estimator` names; ModelError where it cannot be imported."""
    module_name, _, class_name = model.estimator.rpartition(".")
    if module_name.split(".")[0] == "lightgbm":
        lightgbm()
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise ModelError(f"the model {model.name} names the estimator {model.estimator}, which cannot be imported: {error}") from error
    found = getattr(module, class_name, None)
    if not isinstance(found, type):
        hint = nearest(class_name, dir(module))
        raise ModelError(f"the model {model.name} names the estimator {model.estimator}, but {module_name} has no {class_name}{hint}")
    return found


def _train_trees(kind: type[Any], model: Model, data: TrainingSet, columns: Columns, threads: int, truncation: int) -> Trees:
    given = dict(model.parameters) | DETERMINISTIC | {"random_state": model.seed, "n_jobs": threads}
    fitting: dict[str, Any] = {"feature_name": _safe(columns.names), "categorical_feature": columns.category_places}
    if model.objective == "lambdarank":
        given["lambdarank_truncation_level"] = max(truncation, int(given.get("lambdarank_truncation_level", 0)))
        fitting["group"] = data.queries
    else:
        fitting["sample_weight"] = data.weight
    target: npt.NDArray[Any] = data.won.astype(np.int32)
    if data.chance is not None:  # the classifier takes classes only; its loss for chances goes by another name
        kind, target = lightgbm().LGBMRegressor, data.chance
        given["objective"] = "cross_entropy"
    estimator = kind(**given)
    estimator.fit(data.matrix, target, **fitting)
    return Trees.of(estimator.booster_.model_to_string())


def _safe(names: tuple[str, ...]) -> list[str]:
    """Names LightGBM can write into its text; numbered ones where any has a character it refuses."""
    plain = all(re.fullmatch(r"[\w.-]+", name) for name in names)
    return list(names) if plain else [f"column_{place}" for place in range(len(names))]


def _train_pipeline(kind: type[Any], model: Model, data: TrainingSet, columns: Columns) -> Pipeline:
    import inspect

    import sklearn.pipeline

    given = dict(model.parameters)
    if "random_state" in inspect.signature(kind).parameters:
        given.setdefault("random_state", model.seed)
    pipeline = sklearn.pipeline.Pipeline([("prepare", _preparation(columns)), ("estimate", kind(**given))])
    with one_blas_thread():
        values = wide(data.matrix)
        prepared = pipeline["prepare"].fit_transform(values)
        pipeline["estimate"].fit(prepared, data.won.astype(np.int32), sample_weight=data.weight)
    return Pipeline(pipeline, _owners(pipeline["prepare"], columns), tuple(prepared.mean(axis=0).tolist()))


def _preparation(columns: Columns) -> Any:  # noqa: ANN401 - scikit-learn has no types
    """Numbers: median for missing, signed logarithm (arcsinh), standardised. Categories: one column each."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    categories = columns.category_places
    numbers = [place for place in range(len(columns.columns)) if place not in categories]
    scaled = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), FunctionTransformer(np.arcsinh), StandardScaler())
    single = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return ColumnTransformer([("numbers", scaled, numbers), ("categories", single, categories)])


def _owners(preparation: Any, columns: Columns) -> tuple[int, ...]:  # noqa: ANN401 - scikit-learn has no types
    """For each prepared column, the place of the feature it is made of."""
    categories = columns.category_places
    numbers = [place for place in range(len(columns.columns)) if place not in categories]
    made = [len(found) for found in preparation.named_transformers_["categories"].categories_] if categories else []
    return (*numbers, *(place for place, count in zip(categories, made, strict=True) for _ in range(count)))
