"""Derived columns: public functions of a feature file, from the frame of one as-of date to one value per row.

A derived function may look at its own row only. At load each is run on a sample, on the sample's halves and on the
sample shuffled; a different value in any of them is an error. What needs other groups is a measure.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np
import pandas as pd

from bgml.errors import FeatureError, nearest

SAMPLE_ROWS = 64


@dataclass(frozen=True)
class DerivedColumn:
    """A derived function, what it reads and what it means."""

    name: str
    kind: Literal["integer", "number"]
    meaning: str
    family: str
    says: str | None
    reads: tuple[str, ...]
    function: Callable[[pd.DataFrame], pd.Series[Any]] = field(compare=False)
    place: str = ""
    missing: str | None = None

    def __call__(self, frame: pd.DataFrame) -> pd.Series[Any]:
        """The column on a frame that holds what it reads; FeatureError when the function fails on it."""
        return _run(self.function, self.name, self.place, frame).astype(np.int64 if self.kind == "integer" else np.float64)


def derived_columns(modules: Mapping[str, ModuleType], kinds: Mapping[str, str], left_out: dict[str, str]) -> list[DerivedColumn]:
    """The derived columns of the modules, each after those it reads; what reads a left-out column joins `left_out`."""
    pending = [(family, name, function) for family, module in sorted(modules.items()) for name, function in _functions(module)]
    sample = _Recorder(sample_frame(kinds))
    found: list[DerivedColumn] = []
    while pending:
        waiting = []
        names = {name for _, name, _ in pending}
        for family, name, function in pending:
            missing = _missing_column(function, sample)
            if missing is not None and missing in left_out:
                left_out[name] = f'it reads "{missing}": {left_out[missing]}'
            elif missing is not None and missing in names:
                waiting.append((family, name, function))
            else:
                column = _checked(family, name, function, sample, missing)
                sample[name] = column(sample)
                found.append(column)
        if len(waiting) == len(pending):
            raise FeatureError(f"{_place(waiting[0][2])}: derived features read one another in a circle: {', '.join(sorted(names))}")
        pending = waiting
    return found


def sample_frame(kinds: Mapping[str, str], rows: int = SAMPLE_ROWS) -> pd.DataFrame:
    """A seeded made-up frame of base columns, to try derived functions on: zeros, large values, missing numbers."""
    rng = np.random.default_rng(20_190_105)
    columns: dict[str, Any] = {}
    for name, kind in kinds.items():
        if kind == "category":
            columns[name] = pd.Categorical(rng.choice(["a", "b", "c"], rows))
        else:
            values = rng.poisson(rng.choice([0.3, 2.0, 15.0], rows)).astype(np.int64)
            columns[name] = values if kind == "integer" else np.where(rng.random(rows) < 0.1, np.nan, values * 1.37)
    return pd.DataFrame(columns, index=pd.RangeIndex(rows))


class _Recorder(pd.DataFrame):
    """A frame that notes, with its copies, which of its columns are read."""

    _metadata = ["reads"]

    @property
    def _constructor(self) -> Callable[..., pd.DataFrame]:
        return _Recorder

    def __getitem__(self, key: Any) -> Any:  # noqa: ANN401 - pandas' own signature
        self.__dict__.setdefault("reads", set()).update([key] if isinstance(key, str) else key if isinstance(key, list) else [])
        return super().__getitem__(key)


def _functions(module: ModuleType) -> list[tuple[str, Callable[[pd.DataFrame], Any]]]:
    found: list[tuple[str, Callable[[pd.DataFrame], Any]]] = []
    for name, value in vars(module).items():
        if name.startswith("_") or not inspect.isfunction(value) or value.__module__ != module.__name__:
            continue
        if len(inspect.signature(value).parameters) != 1:
            raise FeatureError(
                f"{_place(value)}: {name}() must take one argument, the frame of one date; name it _{name} if it is not a feature"
            )
        found.append((name, value))
    return found


def _missing_column(function: Callable[..., Any], sample: pd.DataFrame) -> str | None:
    """The name of a column the function asked for in vain, or None."""
    try:
        function(sample.copy(deep=False))
    except AttributeError as error:
        return str(error.name) if isinstance(error.obj, pd.DataFrame) else None
    except KeyError as error:
        return str(error.args[0]) if error.args else None
    except Exception:  # noqa: BLE001 - told with its place by _run
        return None
    return None


def _checked(family: str, name: str, function: Callable[..., Any], sample: _Recorder, missing: str | None) -> DerivedColumn:
    place = _place(function)
    if missing is not None:
        hint = nearest(missing, sample.columns)
        raise FeatureError(f'{place}: {name}() reads the column "{missing}", which no feature file declares{hint}')
    sample.__dict__["reads"] = set()
    whole = _run(function, name, place, sample)
    reads = tuple(column for column in sample.columns if column in sample.__dict__["reads"])
    plain = pd.DataFrame(sample)
    if not reads or not _same(whole, _attempt(function, plain[list(reads)])):
        reads = tuple(sample.columns)
    _check_row_wise(function, name, place, plain, whole)
    kind: Literal["integer", "number"] = "integer" if whole.dtype.kind in "iub" else "number"
    doc = inspect.getdoc(function)
    if not doc:
        raise FeatureError(f"{place}: {name}() has no docstring; its first line is the column's meaning")
    says, missing = getattr(function, "__says__", None), getattr(function, "__missing__", None)
    return DerivedColumn(name, kind, doc.splitlines()[0], family, says, reads, function, place, missing)


def _check_row_wise(function: Callable[..., Any], name: str, place: str, sample: pd.DataFrame, whole: pd.Series[Any]) -> None:
    half = len(sample) // 2
    shuffled = np.random.default_rng(7).permutation(len(sample))
    for rows in (np.arange(half), np.arange(half, len(sample)), shuffled):
        part = sample.iloc[rows].reset_index(drop=True)
        if not _same(whole.iloc[rows].reset_index(drop=True), _run(function, name, place, part)):
            raise FeatureError(
                f"{place}: {name}() looks at other rows: its values change when the frame is halved or shuffled; "
                "use each row's own columns, or declare a measure for what needs other groups"
            )


def _same(a: pd.Series[Any], b: pd.Series[Any] | None) -> bool:
    return b is not None and a.index.equals(b.index) and np.array_equal(a.to_numpy(float), b.to_numpy(float), equal_nan=True)


def _attempt(function: Callable[..., Any], frame: pd.DataFrame) -> pd.Series[Any] | None:
    try:
        result = function(frame.copy(deep=False))
    except Exception:  # noqa: BLE001 - a narrower frame is only a try
        return None
    return result if isinstance(result, pd.Series) and result.dtype.kind in "iubf" else None


def _run(function: Callable[..., Any], name: str, place: str, frame: pd.DataFrame) -> pd.Series[Any]:
    try:
        result = function(frame.copy(deep=False))
    except Exception as error:
        lines = [entry for entry in traceback.extract_tb(error.__traceback__) if entry.filename == function.__code__.co_filename]
        line = f"{_file(lines[-1].filename)}:{lines[-1].lineno}" if lines else place
        raise FeatureError(f"{line}: {name}() failed: {type(error).__name__}: {error}") from error
    if not isinstance(result, pd.Series) or not result.index.equals(frame.index) or result.dtype.kind not in "iubf":
        found = f"a Series of {result.dtype}" if isinstance(result, pd.Series) else type(result).__name__
        raise FeatureError(f"{place}: {name}() must return a numeric Series with the frame's index, got {found}")
    return result


def _place(function: Callable[..., Any]) -> str:
    return f"{_file(function.__code__.co_filename)}:{function.__code__.co_firstlineno}"


def _file(path: str) -> str:
    """A project's file as its user knows it: features/breadth.py."""
    return "/".join(Path(path).parts[-2:])
