"""Pictures made on the server: SVG whose shapes are attributes and whose colours are classes, so that no page holds a style or a script."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from bgml.web.page.words import day, short_day

WIDTH, HEIGHT = 340, 170
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 12, 22
LEAST = 1e-9
"""Values below are drawn as nothing."""


@dataclass(frozen=True)
class Line:
    """One line: its name, where it stands on the way (dates or numbers) and its values; low and high: an interval around each."""

    name: str
    at: Sequence[datetime.date | float]
    values: Sequence[float]
    low: Sequence[float] = field(default=())
    high: Sequence[float] = field(default=())
    kind: str = "s1"
    dots: bool = False


@dataclass(frozen=True)
class Frame:
    """From values to places in the picture."""

    width: int
    height: int
    x: tuple[float, float]
    y: tuple[float, float]
    turned: bool = False

    def across(self, value: float) -> float:
        """Where a value stands from left to right."""
        low, high = self.x
        return LEFT + (value - low) / ((high - low) or 1) * (self.width - LEFT - RIGHT)

    def up(self, value: float) -> float:
        """Where a value stands from the top down."""
        low, high = self.y
        part = (value - low) / ((high - low) or 1)
        return TOP + (part if self.turned else 1 - part) * (self.height - TOP - BOTTOM)


def line_chart(
    lines: Sequence[Line], *, title: str, about: str = "", lowest_first: bool = False, whole: bool = False, percent: bool = False,
    diagonal: bool = False, size: tuple[int, int] = (WIDTH, HEIGHT),
) -> str:  # fmt: skip
    """Lines over dates or numbers. about: what it shows, for those who do not see it; lowest_first: small values are up; diagonal: with
    the line where both axes are equal.
    """
    xs = [_number(at) for line in lines for at in line.at]
    ys = [value for line in lines for value in (*line.values, *line.low, *line.high) if math.isfinite(value)]
    most = max(ys, default=0.0)
    low, high = (1.0, max(2.0, most)) if lowest_first else (0.0, most if most > LEAST else 1.0)
    ticks = _ticks(low, high, whole=whole)
    frame = Frame(*size, (min(xs), max(xs)), (low, max(high, ticks[-1])), lowest_first)
    parts = [_grid(frame, ticks, percent=percent), _days(frame, lines, percent=percent)]
    if diagonal:
        parts.append(_diagonal(frame))
    parts += [_drawn(frame, line) for line in lines]
    viewed = f'viewBox="0 0 {size[0]} {size[1]}" role="img" aria-label="{escape(title, quote=True)}"'
    described = f"<desc>{escape(about)}</desc>" if about else ""
    return f'<svg class="chart" {viewed}>{described}{"".join(parts)}</svg>'


def _diagonal(frame: Frame) -> str:
    """Where both axes are equal, as far as both go."""
    first, last = max(frame.x[0], frame.y[0]), min(frame.x[1], frame.y[1])
    ends = " L".join(f"{frame.across(value):.1f} {frame.up(value):.1f}" for value in (first, last))
    return f'<path class="diagonal" d="M{ends}"/>' if first < last else ""


def _drawn(frame: Frame, line: Line) -> str:
    places = [(frame.across(_number(at)), frame.up(value)) for at, value in zip(line.at, line.values, strict=True) if math.isfinite(value)]
    parts = []
    if line.low:
        ends = list(zip(line.at, line.low, line.high, strict=True))
        upper = [f"{frame.across(_number(at)):.1f} {frame.up(high):.1f}" for at, _, high in ends]
        lower = [f"{frame.across(_number(at)):.1f} {frame.up(low):.1f}" for at, low, _ in reversed(ends)]
        parts.append(f'<path class="range {line.kind}" d="M{" L".join([*upper, *lower])}Z"/>')
    parts.append(f'<path class="line {line.kind}" d="M{" L".join(f"{x:.1f} {y:.1f}" for x, y in places)}"/>')
    marked = places if line.dots else places[-1:]
    return "".join([*parts, *(f'<circle class="mark {line.kind}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in marked)])


def _grid(frame: Frame, ticks: Sequence[float], *, percent: bool) -> str:
    found = []
    for tick in ticks:
        y = frame.up(tick)
        said = _percent(tick) if percent else f"{tick:,.0f}" if tick == int(tick) else f"{tick:g}"
        found.append(f'<path class="grid" d="M{LEFT} {y:.1f} H{frame.width - RIGHT}"/>')
        found.append(f'<text class="tick end" x="{LEFT - 5}" y="{y + 3.5:.1f}">{said}</text>')
    return "".join(found)


def _days(frame: Frame, lines: Sequence[Line], *, percent: bool) -> str:
    """The ends of the way, in words."""
    at = lines[0].at
    first, last = at[0], at[-1]
    y = frame.height - 6
    if isinstance(first, datetime.date) and isinstance(last, datetime.date):
        said = short_day if first.year == last.year else day
        ends = said(first), said(last)
    else:
        ends = (_percent(_round(first)), _percent(_round(last))) if percent else (f"{first:g}", f"{last:g}")
    left, right = frame.across(_number(first)), frame.across(_number(last))
    return f'<text class="tick" x="{left:.1f}" y="{y}">{ends[0]}</text><text class="tick end" x="{right:.1f}" y="{y}">{ends[1]}</text>'


def _ticks(low: float, high: float, *, whole: bool) -> list[float]:
    """Three to five round values from low to high."""
    step = 10.0 ** math.floor(math.log10((high - low) or 1))
    for part in (0.2, 0.25, 0.5, 1, 2, 2.5, 5):
        if (high - low) / (step * part) <= 4:
            step *= part
            break
    step = max(1.0, round(step)) if whole else step
    first = low if whole and low == 1 else math.ceil(low / step) * step
    inner = [tick * step for tick in range(1, 12) if low < tick * step <= high + step * 0.5]
    return [first, *[tick for tick in inner if tick > first]][:6]


def _number(value: datetime.date | float) -> float:
    return float(value.toordinal()) if isinstance(value, datetime.date) else float(value)


def _round(value: datetime.date | float) -> float:
    """A value in two figures."""
    return float(f"{_number(value):.2g}")


def _percent(value: float) -> str:
    return f"{100 * value:g}%" if abs(value) >= 0.0095 or not value else f"{100 * value:.1g}%"
