"""What a feature file may declare: measures, moments, deals, attributes, and functions derived from their columns.

A measure is one primitive, value(group, D, W) = sum over entities e of f(number, or weight, of e's signals in the window).
Breadth against depth is then only a choice of entity and f: five people with one act each have
`any` = 5 and `root` = 5; one person with five acts has `any` = 1 and `root` = 2.24.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from bgml.errors import FeatureError, nearest

WINDOWS = (7, 28, 91, 182)
ENTITIES = (
    "signal", "person", "visitor", "either", "department", "seniority", "role", "day", "week", "category", "action", "topic",
)  # fmt: skip
PERSON_ATTRIBUTES = ("department", "seniority", "role")
CATEGORIES = ("named", "anonymous", "qualified_lead", "third_party_intent")
CONDITIONS = ("category", "action", "department", "seniority", "role", "required")

Shape = Literal["any", "all", "root", "square", "concentration"]
Grain = Literal["group", "account", "topic"]
Condition = tuple[tuple[str, tuple[str, ...]], ...]
Where = str | Mapping[str, str | bool | Sequence[str]] | None


@dataclass(frozen=True)
class Measure:
    """A sum over entities of a function of their signals in a window, one column per window."""

    entity: tuple[str, ...]
    where: Condition
    f: Shape
    of: Literal["number", "weight"]
    grain: Grain
    windows: tuple[int, ...] | None
    says: str | None
    meaning: str | None


@dataclass(frozen=True)
class Moment:
    """Whole days from a signal's UTC day to the as-of date; missing where there is no such signal."""

    what: Literal["last", "first"] | int
    entity: str
    where: Condition
    grain: Literal["group", "account"]
    says: str | None
    meaning: str | None
    missing: str | None = None


@dataclass(frozen=True)
class Deals:
    """A number of opportunities as they were known at the as-of date."""

    what: Literal["won", "lost", "opened", "open"]
    grain: Grain
    windows: tuple[int, ...] | None
    says: str | None
    meaning: str | None


@dataclass(frozen=True)
class Attribute:
    """A column of `accounts` that does not change, or a number that the project states for a topic."""

    column: str
    table: Literal["accounts", "topics"]
    says: str | None
    meaning: str | None
    missing: str | None = None


Declaration = Measure | Moment | Deals | Attribute
Derived = TypeVar("Derived", bound=Callable[..., object])


def measure(
    entity: str | tuple[str, ...] = "signal",
    *,
    where: Where = None,
    f: Shape = "any",
    of: Literal["number", "weight"] = "number",
    grain: Grain = "group",
    windows: Sequence[int] | None = WINDOWS,
    says: str | None = None,
    meaning: str | None = None,
) -> Measure:
    """Declare a measure; the variable's name and the window make its columns (`people` -> `people_28d`).

    entity: what is counted: signal, person, visitor (visitor_id of signals without person_id), either (persons and
    visitors), department, seniority, role, day, week, category, action, topic (account grain), or a pair such as
    ("person", "week"). Signals without the entity are left out.
    where: a category, or a mapping of category, action, department, seniority, role to a value or values;
    `{"required": True}` keeps people whose role the topic requires.
    f: any (entities), all (signals), root (sum of square roots), square, concentration (sum of squares over the
    squared sum; 0 when there is none). Squares of weights are kept to 2**-51: meant for weights of 0.001 and more.
    windows: days; None means the whole known history and a column without a suffix.

    >>> measure("person", where="named").entity
    ('person',)
    >>> measure("persn")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    bgml.errors.FeatureError: measure counts "persn", which is not one of signal, ...; did you mean "person"?
    """
    entities = (entity,) if isinstance(entity, str) else tuple(entity)
    for each in entities:
        if each not in ENTITIES:
            raise FeatureError(f'measure counts "{each}", which is not one of {", ".join(ENTITIES)}{nearest(each, ENTITIES)}')
    _one_of("f", f, ("any", "all", "root", "square", "concentration"))
    _one_of("of", of, ("number", "weight"))
    _one_of("grain", grain, ("group", "account", "topic"))
    condition = _condition(where)
    _check_grain(entities, condition, f, grain)
    if entities == ("signal",) and (f not in ("any", "all") or (of == "weight" and f != "all")):
        raise FeatureError(
            f'measure("signal", of="{of}") with f="{f}": single signals are rolled up by day; expected f="all", or count another entity'
        )
    return Measure(entities, condition, f, of, grain, _windows(windows), says, meaning)


def moment(
    what: Literal["last", "first"] | int,
    *,
    entity: Literal["either", "person"] = "either",
    where: Where = None,
    grain: Literal["group", "account"] = "group",
    says: str | None = None,
    meaning: str | None = None,
    missing: str | None = None,
) -> Moment:
    """Declare days since the last or the first signal, or since the arrival of the n-th distinct entity (what = n).

    missing: what is told to a seller where there is no such signal.
    """
    if what not in ("last", "first") and not (isinstance(what, int) and 1 <= what <= 9):
        raise FeatureError(f'moment("{what}"): expected "last", "first" or the number of an arrival from 1 to 9')
    _one_of("entity", entity, ("either", "person"))
    _one_of("grain", grain, ("group", "account"))
    condition = _condition(where)
    if any(key not in ("category", "action") for key, _ in condition):
        raise FeatureError("moment: where can name category and action only; people's attributes change with the date")
    return Moment(what, entity, condition, grain, says, meaning, missing)


def deals(
    what: Literal["won", "lost", "opened", "open"],
    *,
    grain: Grain = "group",
    windows: Sequence[int] | None = None,
    says: str | None = None,
    meaning: str | None = None,
) -> Deals:
    """Declare a number of opportunities known at the as-of date: won, lost (by closing), opened (by creation), or open then."""
    _one_of("deals", what, ("won", "lost", "opened", "open"))
    _one_of("grain", grain, ("group", "account", "topic"))
    if what == "open" and windows is not None:
        raise FeatureError('deals("open") is a state of one date and takes no windows; use deals("opened", windows=...)')
    return Deals(what, grain, _windows(windows), says, meaning)


def attribute(
    column: str,
    *,
    table: Literal["accounts", "topics"] = "accounts",
    says: str | None = None,
    meaning: str | None = None,
    missing: str | None = None,
) -> Attribute:
    """Declare a column of accounts (it must be named in `data.static`) or, for topics, `required_roles`.

    missing: what is told to a seller where the account has no value.
    """
    _one_of("table", table, ("accounts", "topics"))
    if table == "topics" and column != "required_roles":
        raise FeatureError(f'attribute("{column}", table="topics"): the only number stated for a topic is "required_roles"')
    return Attribute(column, table, says, meaning, missing)


def says(text: str, *, missing: str | None = None) -> Callable[[Derived], Derived]:
    """Give a derived function the sentence in which its {value} is told to a seller, and what is told where it is missing."""

    def mark(function: Derived) -> Derived:
        function.__says__ = text  # type: ignore[attr-defined]
        function.__missing__ = missing  # type: ignore[attr-defined]
        return function

    return mark


def _one_of(field: str, value: object, options: tuple[str, ...]) -> None:
    if value not in options:
        raise FeatureError(f'{field} is "{value}", expected one of {", ".join(options)}{nearest(str(value), options)}')


def _windows(windows: Sequence[int] | None) -> tuple[int, ...] | None:
    if windows is None:
        return None
    for days in windows:
        if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 36_500:
            raise FeatureError(f"windows holds {days!r}, expected whole days from 1 to 36500")
    return tuple(windows)


def _condition(where: Where) -> Condition:
    """A condition in one canonical form: sorted keys, sorted values."""
    if where is None:
        return ()
    if isinstance(where, str):
        where = {"category": where}
    parts = []
    for key, value in sorted(where.items()):
        _one_of("where", key, CONDITIONS)
        if key == "required" and value is not True:
            raise FeatureError("where: required can only be True")
        values = ("yes",) if key == "required" else (value,) if isinstance(value, str) else tuple(sorted(map(str, value)))  # type: ignore[arg-type]
        if key == "category":
            for each in values:
                _one_of("where category", each, CATEGORIES)
        parts.append((key, values))
    return tuple(parts)


def _check_grain(entities: tuple[str, ...], condition: Condition, f: Shape, grain: Grain) -> None:
    if "topic" in entities and grain != "account":
        raise FeatureError('measure("topic") counts the topics of an account: set grain="account"')
    if "signal" in entities and len(entities) > 1:
        raise FeatureError('measure: "signal" cannot be paired with another entity')
    if "either" in entities and len(entities) > 1:
        raise FeatureError('measure: "either" cannot be paired with another entity; use "person"')
    if grain == "topic" and (entities != ("signal",) or any(key not in ("category", "action") for key, _ in condition)):
        raise FeatureError(
            'measure: grain="topic" counts signals of all accounts; it takes entity "signal" and conditions on category and action'
        )
    if grain == "topic" and f not in ("any", "all"):
        raise FeatureError('measure: grain="topic" takes f="any" or f="all"')
    if grain != "group" and any(key == "required" for key, _ in condition):
        raise FeatureError('measure: where={"required": True} depends on the topic and needs grain="group"')
