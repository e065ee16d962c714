"""The base columns of a catalog, sorted into what the kernel runs: one plan per grain and kind of tile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bgml.engine.columns.algebra import PERSON_ATTRIBUTES, Attribute, Condition, Deals, Measure, Moment
from bgml.engine.columns.catalog import BaseColumn
from bgml.engine.kernel import ENTITY, ENTITY_SHAPED, SUM, SUM_WEIGHT

DYNAMIC = (*PERSON_ATTRIBUTES, "required")
SHAPES = {"any": 0, "all": 1, "root": 2, "square": 3, "concentration": 4}
ALWAYS = 63


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


@dataclass(frozen=True)
class WindowArrays:
    """A window plan as the kernel's arrays."""

    days: npt.NDArray[np.int64]
    counter_kind: npt.NDArray[np.int64]
    counter_of: npt.NDArray[np.int64]
    counter_entity: npt.NDArray[np.int64]
    counter_bit: npt.NDArray[np.int64]
    counter_f: npt.NDArray[np.int64]
    used_ptr: npt.NDArray[np.int64]
    used: npt.NDArray[np.int64]
    whole_ptr: npt.NDArray[np.int64]
    whole_source: npt.NDArray[np.int64]
    whole_place: npt.NDArray[np.int64]
    real_ptr: npt.NDArray[np.int64]
    real_counter: npt.NDArray[np.int64]
    real_f: npt.NDArray[np.int64]
    real_place: npt.NDArray[np.int64]


def window_arrays(plan: WindowPlan, program: Program) -> WindowArrays:
    """The arrays of a plan; conditions become bits, entities rows of the entity table."""
    bits = condition_bits(plan.conditions)
    days = sorted({output[0] for output in plan.outputs})
    used = [sorted({output[1] for output in plan.outputs if output[0] == window}) for window in days]
    whole = [[output for output in plan.outputs if output[0] == window and output[3] in program.integers] for window in days]
    real = [[output for output in plan.outputs if output[0] == window and output[3] in program.numbers] for window in days]
    return WindowArrays(
        days=_array(days),
        counter_kind=_array(_kind(counter, shape) for counter, shape in zip(plan.counters, plan.shapes, strict=True)),
        counter_of=_array(0 if counter.of == "number" else 1 for counter in plan.counters),
        counter_entity=_array(-1 if counter.entity == ("signal",) else plan.entities.index(counter.entity) for counter in plan.counters),
        counter_bit=_array(bits[counter.condition] for counter in plan.counters),
        counter_f=_array(plan.shapes),
        used_ptr=_pointer(used),
        used=_array(x for window in used for x in window),
        whole_ptr=_pointer(whole),
        whole_source=_array(2 * output[1] + (output[2] == SHAPES["all"]) for window in whole for output in window),
        whole_place=_array(program.integers[output[3]] for window in whole for output in window),
        real_ptr=_pointer(real),
        real_counter=_array(output[1] for window in real for output in window),
        real_f=_array(output[2] for window in real for output in window),
        real_place=_array(program.numbers[output[3]] for window in real for output in window),
    )


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


def _array(values: Iterable[int]) -> npt.NDArray[np.int64]:
    return np.array(list(values), np.int64)


def _pointer(parts: list[list[Any]]) -> npt.NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
