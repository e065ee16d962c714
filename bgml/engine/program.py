"""The base columns of a catalog, sorted into what the kernel runs: one plan per grain and kind of tile."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from bgml.engine.columns.algebra import PERSON_ATTRIBUTES, Attribute, Condition, Deals, Measure, Moment
from bgml.engine.columns.catalog import BaseColumn
from bgml.engine.kernel import ENTITY, ENTITY_SHAPED, SUM, SUM_WEIGHT

DYNAMIC = (*PERSON_ATTRIBUTES, "required")
SHAPES = {"any": 0, "all": 1, "root": 2, "square": 3, "concentration": 4}
ALWAYS = 63

Int = npt.NDArray[np.int64]
Index = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Counter:
    """What is counted: an entity (or signals) under a condition, by number or weight."""

    entity: tuple[str, ...]
    condition: Condition
    of: str


@dataclass
class WindowPlan:
    """The window columns of one grain that read the same tiles (with or without people's dated attributes)."""

    grain: Literal["group", "account"]
    dynamic: bool
    conditions: list[Condition] = field(default_factory=list)
    entities: list[tuple[str, ...]] = field(default_factory=list)
    counters: list[Counter] = field(default_factory=list)
    shapes: list[int] = field(default_factory=list)
    outputs: list[tuple[int, int, int, str]] = field(default_factory=list)

    def add(self, name: str, measure: Measure, days: int | None) -> None:
        """Plan one column."""
        counter = Counter(measure.entity, measure.where, measure.of)
        if counter not in self.counters:
            self.counters.append(counter)
            self.shapes.append(0)
            _index_of(self.conditions, measure.where)
            if measure.entity != ("signal",):
                _index_of(self.entities, measure.entity)
        place = self.counters.index(counter)
        f = "all" if measure.entity == ("signal",) else measure.f
        self.shapes[place] |= (1 << SHAPES[f]) | ((1 << SHAPES["square"]) if f == "concentration" else 0)
        self.outputs.append((days or 0, place, SHAPES[f], name))

    def full(self, measure: Measure) -> bool:
        """Whether the conditions' bits are used up for this measure."""
        return len(self.conditions) >= ALWAYS and measure.where not in self.conditions


@dataclass(frozen=True)
class Program:
    """Everything the engine computes for some base columns.

    integers, numbers: the places of columns in the kernel's two outputs; whole: columns of `numbers` that hold whole numbers.
    """

    window_plans: tuple[WindowPlan, ...]
    moments: Mapping[str, tuple[tuple[str, Moment], ...]]
    topic_sums: tuple[tuple[str, Measure, int | None], ...]
    deals: tuple[tuple[str, Deals, int | None], ...]
    attributes: tuple[tuple[str, Attribute], ...]
    integers: Mapping[str, int]
    numbers: Mapping[str, int]
    whole: frozenset[str]

    @property
    def needs_weights(self) -> bool:
        """Whether any column sums weights."""
        counters = [counter for plan in self.window_plans for counter in plan.counters]
        return any(counter.of == "weight" for counter in counters) or any(measure.of == "weight" for _, measure, _ in self.topic_sums)

    @property
    def needs_people(self) -> bool:
        """Whether any column reads departments, seniorities or roles."""
        return any(plan.dynamic for plan in self.window_plans)

    def reads(self, name: str) -> bool:
        """Whether any entity or condition is `name` (such as "action")."""
        wheres = [plan_condition for plan in self.window_plans for plan_condition in plan.conditions]
        wheres += [moment.where for grain in self.moments.values() for _, moment in grain] + [m.where for _, m, _ in self.topic_sums]
        in_where = any(key == name for condition in wheres for key, _ in condition)
        return in_where or any(name in entity for plan in self.window_plans for entity in plan.entities)


def compile_program(base: Mapping[str, BaseColumn]) -> Program:
    """Sort base columns into plans; the places of columns in the kernel's outputs follow their order in `base`."""
    plans: list[WindowPlan] = []
    moments: dict[str, list[tuple[str, Moment]]] = {"group": [], "account": []}
    sums, dealt, attributes = [], [], []
    integers: dict[str, int] = {}
    numbers: dict[str, int] = {}
    for name, column in base.items():
        match column.declaration:
            case Measure(grain="topic") as measure:
                sums.append((name, measure, column.days))
            case Measure() as measure:
                _plan_for(plans, measure).add(name, measure, column.days)
                wide = column.info.kind == "number" or measure.f == "square"
                (numbers if wide else integers)[name] = len(numbers if wide else integers)
            case Moment(grain=grain) as moment:
                moments[grain].append((name, moment))
                numbers[name] = len(numbers)
            case Deals() as deals:
                dealt.append((name, deals, column.days))
            case Attribute() as attribute:
                attributes.append((name, attribute))
    grains = {grain: tuple(found) for grain, found in moments.items()}
    whole = frozenset(name for name in numbers if base[name].info.kind == "integer")
    return Program(tuple(plans), grains, tuple(sums), tuple(dealt), tuple(attributes), integers, numbers, whole)


def _plan_for(plans: list[WindowPlan], measure: Measure) -> WindowPlan:
    keys = [*measure.entity, *(key for key, _ in measure.where)]
    dynamic = any(key in DYNAMIC for key in keys)
    for plan in plans:
        if plan.grain == measure.grain and plan.dynamic == dynamic and not plan.full(measure):
            return plan
    assert measure.grain != "topic"
    plans.append(WindowPlan(measure.grain, dynamic))
    return plans[-1]


def _index_of(values: list[Any], value: object) -> int:
    if value not in values:
        values.append(value)
    return values.index(value)


class WindowTiles(NamedTuple):
    """Rows that window counters read, as the kernel's arrays.

    lower, upper: places of dates between which a row counts (empty: always); mask: a bit per condition, bit 63 always set;
    entity: int32[kinds, rows].
    """

    occurred: npt.NDArray[np.int32]
    known: npt.NDArray[np.int32]
    lower: Int
    upper: Int
    number: npt.NDArray[np.int32]
    weight_high: Int
    weight_low: Int
    mask: npt.NDArray[np.uint64]
    entity: npt.NDArray[np.int32]


class WindowArrays(NamedTuple):
    """A window plan as the kernel's arrays.

    days: per window, 0 = whole history. A counter sums f over one entity (or over signals) under one condition in one window: those of
    window w are numbered from sums[w] on, first plain sums of signals, from entities[w] plain counts of entities, from others[w] all
    others; shapes: a bit per f that is asked for. The columns of each window: whole_source (the counter for `any`, + the number of
    counters for `all`) goes to whole_place of the kernel's integers, real_f of real_counter to real_place of its numbers. Indices are
    unsigned: numba asks of any other whether it is negative each time it is used.
    """

    days: Int
    sums: Index
    entities: Index
    others: Index
    kind: Int
    of: Int
    shapes: Int
    entity: Index
    bit: npt.NDArray[np.uint64]
    whole_ptr: Index
    whole_source: Index
    whole_place: Index
    real_ptr: Index
    real_counter: Index
    real_f: Int
    real_place: Index


def window_arrays(plan: WindowPlan, program: Program) -> WindowArrays:
    """The arrays of a plan; conditions become bits, entities rows of the entity table."""
    bits = condition_bits(plan.conditions)
    kinds = [_kind(counter, shape) for counter, shape in zip(plan.counters, plan.shapes, strict=True)]
    days = sorted({at for at, *_ in plan.outputs})
    used = [sorted({place for at, place, *_ in plan.outputs if at == window}, key=lambda place: (kinds[place], place)) for window in days]
    slots = [(window, place) for window, places in zip(days, used, strict=True) for place in places]
    counters = [plan.counters[place] for _, place in slots]
    entities = [0 if counter.entity == ("signal",) else plan.entities.index(counter.entity) for counter in counters]
    outputs = [[(slots.index((window, place)), f, name) for at, place, f, name in plan.outputs if at == window] for window in days]
    whole = [[output for output in window if output[2] in program.integers] for window in outputs]
    real = [[output for output in window if output[2] in program.numbers] for window in outputs]
    pointer = _pointer(used)

    def from_kind(least: int) -> Index:
        return pointer[:-1] + _index(sum(kinds[place] < least for place in places) for places in used)

    return WindowArrays(
        days=_array(days),
        sums=pointer,
        entities=from_kind(ENTITY),
        others=from_kind(ENTITY + 1),
        kind=_array(kinds[place] for _, place in slots),
        of=_array(counter.of == "weight" for counter in counters),
        shapes=_array(plan.shapes[place] for _, place in slots),
        entity=_index(entities),
        bit=_array(bits[counter.condition] for counter in counters).astype(np.uint64),
        whole_ptr=_pointer(whole),
        whole_source=_index(slot + len(slots) * (f == SHAPES["all"]) for window in whole for slot, f, _ in window),
        whole_place=_index(program.integers[name] for window in whole for _, _, name in window),
        real_ptr=_pointer(real),
        real_counter=_index(slot for window in real for slot, _, _ in window),
        real_f=_array(f for window in real for _, f, _ in window),
        real_place=_index(program.numbers[name] for window in real for _, _, name in window),
    )


def counter_bases(arrays: WindowArrays, sizes: Sequence[int]) -> Index:
    """Where the entities of each counter begin among those of all, and how many there are; sizes: how many codes each entity has."""
    spans = (sizes[entity] if kind in (ENTITY, ENTITY_SHAPED) else 0 for kind, entity in zip(arrays.kind, arrays.entity, strict=True))
    return _index(itertools.accumulate(spans, initial=0))


def _kind(counter: Counter, shapes: int) -> int:
    """How the kernel counts: plain sums and plain entity counts have short paths of their own."""
    if counter.entity == ("signal",):
        return SUM if counter.of == "number" else SUM_WEIGHT
    plain = counter.of == "number" and not shapes & ((1 << SHAPES["root"]) | (1 << SHAPES["square"]))
    return ENTITY if plain else ENTITY_SHAPED


def condition_bits(conditions: Iterable[Condition]) -> dict[Condition, int]:
    """A bit for each condition; bit 63 for the condition that is always true."""
    real = [condition for condition in dict.fromkeys(conditions) if condition]
    return {(): ALWAYS, **{condition: bit for bit, condition in enumerate(real)}}


def _array(values: Iterable[int]) -> Int:
    return np.array(list(values), np.int64)


def _index(values: Iterable[int]) -> Index:
    return np.array(list(values), np.uint32)


def _pointer(parts: list[list[Any]]) -> Index:
    return _index(itertools.accumulate(map(len, parts), initial=0))
