"""The columns a project's feature files declare: named, checked, in order, each with its meaning."""

from __future__ import annotations

import fnmatch
import hashlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Literal

from bgml.config import Settings
from bgml.data.dataset import Dataset
from bgml.engine.columns.algebra import Attribute, Deals, Declaration, Measure, Moment
from bgml.engine.columns.derived import DerivedColumn, derived_columns
from bgml.engine.columns.meaning import meaning_of
from bgml.errors import FeatureError, nearest
from bgml.project import Project, load_modules

Kind = Literal["integer", "number", "category"]
TOLD_BY = {
    "department": ("department",),
    "seniority": ("seniority",),
    "role": ("title", "department", "seniority", "role"),
    "required": ("title", "department", "seniority", "role"),
}
UNDATED = '{table}.{column} has no dates, so its past values are unknown; if it never changes, add "{column}" to [data] static in bgml.toml'
RESERVED = ("as_of", "account_id", "topic", "won", "won_amount")


@dataclass(frozen=True)
class ColumnInfo:
    """One column of the matrix: its name, kind, meaning, family (the file it stands in) and the sentence told to a seller.

    missing: the sentence told where there is no value.
    """

    name: str
    kind: Kind
    meaning: str
    family: str
    says: str | None = None
    days: int | None = None
    missing: str | None = None


@dataclass(frozen=True)
class BaseColumn:
    """A declared column computed by the engine from rows: one window of one declaration."""

    info: ColumnInfo
    declaration: Declaration
    days: int | None


@dataclass(frozen=True)
class Catalog:
    """All columns of a project.

    columns: what the matrix shows, in order; base: what the engine computes from rows; derived: functions of the base
    columns in an order in which each finds what it reads; left_out: column -> why it is not there on this data.
    """

    columns: tuple[ColumnInfo, ...]
    base: Mapping[str, BaseColumn]
    derived: tuple[DerivedColumn, ...]
    left_out: Mapping[str, str]

    def notes(self) -> list[str]:
        """One sentence per reason why columns are left out."""
        reasons: dict[str, list[str]] = {}
        for name, why in self.left_out.items():
            reasons.setdefault(why, []).append(name)
        return [f"left out: {', '.join(names)}: {why}" for why, names in reasons.items()]

    @property
    def names(self) -> tuple[str, ...]:
        """The shown columns' names, in order."""
        return tuple(column.name for column in self.columns)

    def only(self, patterns: Sequence[str]) -> Catalog:
        """The same catalog showing only the columns that match one of the names or globs; FeatureError for one that matches nothing."""
        wanted = self._matching(patterns)
        for pattern in patterns:
            if not fnmatch.filter(self.names, pattern):
                name = fnmatch.filter(self.left_out, pattern)[0]
                raise FeatureError(f'feature "{name}" is not available on this data: {self.left_out[name]}')
        return self._shrunk([column for column in self.columns if column.name in wanted])

    def without(self, patterns: Sequence[str]) -> Catalog:
        """The same catalog less the columns that match one of the names or globs; FeatureError for one that matches nothing."""
        unwanted = self._matching(patterns)
        return self._shrunk([column for column in self.columns if column.name not in unwanted])

    def _matching(self, patterns: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for pattern in patterns:
            matches = fnmatch.filter(self.names, pattern)
            if not matches and not fnmatch.filter(self.left_out, pattern):
                raise FeatureError(f'no feature is called "{pattern}"{nearest(pattern, self.names)} `bgml features --list` shows them all')
            found.update(matches)
        return found

    def _shrunk(self, columns: Sequence[ColumnInfo]) -> Catalog:
        needed = {column.name for column in columns}
        derived = []
        for column in reversed(self.derived):
            if column.name in needed:
                derived.append(column)
                needed.update(column.reads)
        base = {name: column for name, column in self.base.items() if name in needed}
        return replace(self, columns=tuple(columns), base=base, derived=tuple(reversed(derived)))

    def code_fingerprint(self) -> str:
        """SHA-256 of what the base columns are; equal fingerprints mean equal computations."""
        text = "\n".join(f"{name}|{column.declaration}|{column.days}|{column.info.kind}" for name, column in self.base.items())
        return hashlib.sha256(text.encode()).hexdigest()


def load_catalog(project: Project, dataset: Dataset | None = None) -> Catalog:
    """The catalog of a project's feature files, less what `[features] without` takes away.

    With a dataset, columns that its tables cannot support (an attribute that is missing, or undated and not named in
    `data.static`) are left out and explained in `left_out`.
    """
    catalog = catalog_from(load_modules(project, "features"), project.settings, dataset)
    return catalog.without(project.settings.features.without) if project.settings.features.without else catalog


def catalog_from(modules: Mapping[str, ModuleType], settings: Settings, dataset: Dataset | None = None) -> Catalog:
    """The catalog of some feature modules; FeatureError names file, line and feature for one that cannot be used."""
    base: dict[str, BaseColumn] = {}
    left_out: dict[str, str] = {}
    homes: dict[str, str] = {}
    for family, module in sorted(modules.items()):
        for column in _declared(family, module, dataset):
            _claim(column.info.name, _path(module), homes)
            why = _unavailable(column.declaration, settings, dataset)
            if why:
                left_out[column.info.name] = why
            else:
                base[column.info.name] = column
    derived: list[DerivedColumn] = []
    for _, module in sorted(modules.items()):
        for name in _function_names(module):
            _claim(name, _path(module), homes)
    infos = {name: column.info for name, column in base.items()}
    for found in derived_columns(modules, {name: info.kind for name, info in infos.items()}, left_out):
        infos[found.name] = ColumnInfo(found.name, found.kind, found.meaning, found.family, found.says, missing=found.missing)
        derived.append(found)
    order = {family: place for place, family in enumerate(sorted(modules))}
    columns = tuple(sorted(infos.values(), key=lambda info: order[info.family]))
    return Catalog(columns, base, tuple(derived), left_out)


def _declared(family: str, module: ModuleType, dataset: Dataset | None) -> list[BaseColumn]:
    found = []
    for name, value in vars(module).items():
        if name.startswith("_") or not isinstance(value, Measure | Moment | Deals | Attribute):
            continue
        windows = getattr(value, "windows", None)
        for days in windows if windows is not None else (None,):
            title = name if days is None else f"{name}_{days}d"
            without = value.missing if isinstance(value, Moment | Attribute) else None
            info = ColumnInfo(title, _kind(value, dataset), meaning_of(value, days), family, value.says, days, without)
            found.append(BaseColumn(info, value, days))
    return found


def _kind(declaration: Declaration, dataset: Dataset | None) -> Kind:
    match declaration:
        case Measure(f=f, of=of):
            return "number" if of == "weight" and f != "any" or f in ("root", "concentration") else "integer"
        case Moment(what=what, where=where):
            return "integer" if what in ("last", "first") and not where else "number"
        case Attribute(table="accounts", column=column):
            if dataset is not None and dataset.has_column("accounts", column):
                return "number" if dataset.table("accounts").schema()[column].is_numeric() else "category"
            return "number" if column in ("employees", "revenue") else "category"
    return "integer"


def _unavailable(declaration: Declaration, settings: Settings, dataset: Dataset | None) -> str | None:
    """Why a declared column cannot be had on this data, or None."""
    if isinstance(declaration, Attribute) and declaration.table == "accounts":
        return _attribute_unavailable(declaration.column, settings, dataset)
    if isinstance(declaration, Measure) and dataset is not None:
        read = {*declaration.entity, *(key for key, _ in declaration.where)}
        for name, told_by in TOLD_BY.items():
            if name in read and (why := _undated(told_by, settings, dataset)):
                return why
    return None


def _undated(columns: tuple[str, ...], settings: Settings, dataset: Dataset) -> str | None:
    """Why none of some columns of people may describe a past date; None if one may, or if people have none of them."""
    present = [column for column in columns if dataset.has_column("people", column)]
    dated = dataset.has_column("people", "valid_from") or dataset.has_column("people", "valid_to")
    if dated or not present or any(column in settings.data.static for column in present):
        return None
    return UNDATED.format(table="people", column=present[0])


def _attribute_unavailable(column: str, settings: Settings, dataset: Dataset | None) -> str | None:
    if column not in settings.data.static:
        return UNDATED.format(table="accounts", column=column)
    if dataset is not None and not dataset.has_column("accounts", column):
        return f"accounts.{column} has no values"
    return None


def _claim(name: str, path: str, homes: dict[str, str]) -> None:
    if name in RESERVED:
        raise FeatureError(f'{path}: a feature cannot be called "{name}", which is a column of every matrix; give it another name')
    if name in homes:
        where = path if homes[name] == path else f"{homes[name]} and {path}"
        raise FeatureError(f'two features are called "{name}" ({where}); rename one of them')
    homes[name] = path


def _function_names(module: ModuleType) -> list[str]:
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and inspect.isfunction(value) and value.__module__ == module.__name__
    ]


def _path(module: ModuleType) -> str:
    return "/".join(Path(module.__file__ or module.__name__).parts[-2:])
