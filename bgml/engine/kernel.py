"""The inner loops: features of every unit (a group or an account) at every as-of date, in one pass over its tiles.

As the as-of date advances, a tile enters a window on the first date after it was known and leaves it on the first date
more than W days after it happened. A counter per entity holds the entity's signals in the window; the sums of f over
entities follow each change. All sums are integers or two-part fixed-point numbers, so a value does not depend on the
path that led to it: any subset of dates, order of rows, shard or thread count gives equal bits.

Fixed point: a number is hi + lo / 2**50 with 0 <= lo < 2**50. A weight is kept to 2**-51 = 4.4e-16 (relative error below
1e-9 from weights of 5e-7 up) and counts as 2**53 above that.
"""

from __future__ import annotations

import numpy as np
from numba import njit

SUM, ENTITY, SUM_WEIGHT, ENTITY_SHAPED = 0, 1, 2, 3
ANY, ALL, ROOT, SQUARE, CONCENTRATION = 0, 1, 2, 3, 4
NUMBER, WEIGHT = 0, 1
BITS = 50
FRACTION = 1 << BITS
ONE = np.uint64(1)
NEVER = 2**30


@njit(cache=True, nogil=True, inline="always")
def _index(day, first_index, day0):  # type: ignore[no-untyped-def]
    """The first as-of date on or after a day, as its place among the dates."""
    place = day - day0
    if place < 0:
        return first_index[0]
    if place >= first_index.size:
        return first_index[first_index.size - 1]
    return first_index[place]


@njit(cache=True, nogil=True, inline="always")
def _largest(pointer):  # type: ignore[no-untyped-def]
    """The most rows any unit has."""
    largest = 0
    for u in range(pointer.size - 1):
        largest = max(largest, pointer[u + 1] - pointer[u])
    return largest


@njit(cache=True, nogil=True, inline="always")
def _span(row_low, row_high, first_group, last_group, n_dates):  # type: ignore[no-untyped-def]
    """First and end place of the dates on which any of some groups has a row."""
    begin, end = n_dates, 0
    for g in range(first_group, last_group):
        begin, end = min(begin, row_low[g]), max(end, row_high[g])
    return begin, end


@njit(cache=True, nogil=True, inline="always")
def _link(t, heads, date, following, place):  # type: ignore[no-untyped-def]
    """Put a tile first in the list of a date."""
    following[place] = heads[date]
    heads[date] = t


@njit(cache=True, nogil=True, inline="always")
def _unlink(heads, date):  # type: ignore[no-untyped-def]
    """The first tile in the list of a date, whose list is empty from now on."""
    first = heads[date]
    heads[date] = -1
    return first


@njit(cache=True, nogil=True)
def candidates(group_ptr, occurred, known, number, who, who_size, first_index, day0, n_dates, lookback, min_people):  # type: ignore[no-untyped-def]
    """Rule 3's first half: 1 where a group has a known signal in the lookback and at least min_people persons and visitors.

    group_ptr: int64[groups + 1] into the tiles; who: int32 code of person or visitor within the account, -1 for none.
    Returns uint8[groups, n_dates].
    """
    n_groups = group_ptr.size - 1
    allowed = np.zeros((n_groups, n_dates), np.uint8)
    largest = _largest(group_ptr)
    enter_head = np.full(n_dates + 1, -1, np.int64)
    leave_head = np.full(n_dates + 1, -1, np.int64)
    enter_next = np.empty(largest, np.int64)
    leave_next = np.empty(largest, np.int64)
    counts = np.zeros(who_size + 1, np.int64)
    for g in range(n_groups):
        start, stop = group_ptr[g], group_ptr[g + 1]
        low, high = n_dates, 0
        for t in range(start, stop):
            enter = _index(known[t] + 1, first_index, day0)
            leave = _index(occurred[t] + lookback + 1, first_index, day0)
            if enter < leave:
                _link(t, enter_head, enter, enter_next, t - start)
                _link(t, leave_head, leave, leave_next, t - start)
                low, high = min(low, enter), max(high, leave)
        signals, people = 0, 0
        for i in range(low, high + 1):
            t = _unlink(enter_head, i)
            while t >= 0:
                signals += number[t]
                if who[t] >= 0:
                    people += counts[who[t]] == 0
                    counts[who[t]] += 1
                t = enter_next[t - start]
            t = _unlink(leave_head, i)
            while t >= 0:
                signals -= number[t]
                if who[t] >= 0:
                    counts[who[t]] -= 1
                    people -= counts[who[t]] == 0
                t = leave_next[t - start]
            if signals > 0 and people >= min_people:
                allowed[g, i] = 1
    return allowed


@njit(cache=True, nogil=True)
def block(allowed, span_group, span_from, span_to):  # type: ignore[no-untyped-def]
    """Take away the dates [from, to) of each span from its group's candidates, in place."""
    for s in range(span_group.size):
        for i in range(span_from[s], span_to[s]):
            allowed[span_group[s], i] = 0


@njit(cache=True, nogil=True)
def rows_of(allowed):  # type: ignore[no-untyped-def]
    """Where each (group, date) stands in the output: rows in order of date, then group.

    Returns row int32[groups, dates] (-1: no row), group of each row int32[rows], offsets of the dates int64[dates + 1].
    """
    n_groups, n_dates = allowed.shape
    offsets = np.zeros(n_dates + 1, np.int64)
    for g in range(n_groups):
        for i in range(n_dates):
            offsets[i + 1] += allowed[g, i]
    for i in range(n_dates):
        offsets[i + 1] += offsets[i]
    row = np.full((n_groups, n_dates), -1, np.int32)
    group = np.empty(offsets[n_dates], np.int32)
    free = offsets[:-1].copy()
    for g in range(n_groups):
        for i in range(n_dates):
            if allowed[g, i]:
                row[g, i] = free[i]
                group[free[i]] = g
                free[i] += 1
    return row, group, offsets


@njit(cache=True, nogil=True, inline="always")
def _split(value):  # type: ignore[no-untyped-def]
    high = np.int64(np.floor(value))
    return high, np.int64(np.rint((value - high) * FRACTION))


@njit(cache=True, nogil=True, inline="always")
def _add(sums, place, high, low):  # type: ignore[no-untyped-def]
    """Add a fixed-point number to sums[place], keeping its low part in [0, 2**50)."""
    low += sums[place, 1]
    high += sums[place, 0]
    carry = low >> BITS
    sums[place, 0] = high + carry
    sums[place, 1] = low - (carry << BITS)


@njit(cache=True, nogil=True, inline="always")
def _float(sums, place):  # type: ignore[no-untyped-def]
    return sums[place, 0] + sums[place, 1] / FRACTION


@njit(cache=True, nogil=True)
def windows(unit_ptr, unit_groups, tiles, first_index, day0, row, row_low, row_high, plan, base, integers, numbers):  # type: ignore[no-untyped-def]  # noqa: PLR0913
    """Fill the columns of all windows for every unit and date that has a row, in one pass over the dates of each unit.

    unit_ptr: tiles of each unit; unit_groups: groups of each unit; tiles, plan: `program.WindowTiles` and `WindowArrays`;
    base: where each counter's entities begin; integers: int32[columns, rows], numbers: float64[columns, rows], zero to begin with.
    """
    # Read from a tuple inside the loops, an array costs a count of its references; a closure reads it for nothing.
    occurred, known, lower, upper, number, weight_high, weight_low, mask, entity = tiles
    days, sums, entities, others, kind, of, shapes, entity_of, bit = plan[:9]
    whole_ptr, whole_source, whole_place, real_ptr, real_counter, real_f, real_place = plan[9:]
    n_dates, n_windows, n_counters = row.shape[1], days.size, kind.size
    largest = _largest(unit_ptr)
    enter_head = np.full(n_dates + 1, -1, np.int64)
    enter_next = np.empty(largest, np.int64)
    leave_head = np.full((n_windows, n_dates + 1), -1, np.int64)
    leave_next = np.empty((n_windows, largest), np.int64)
    inside = np.zeros(n_windows, np.int64)
    counts = np.zeros(base[n_counters], np.int64)
    lows = np.zeros(base[n_counters], np.int64)
    totals = np.zeros(2 * n_counters, np.int64)
    anys, alls = totals[:n_counters], totals[n_counters:]
    weights = np.zeros((n_counters, 2), np.int64)
    roots = np.zeros((n_counters, 2), np.int64)
    squares = np.zeros((n_counters, 2), np.int64)

    def count(sign, t, w):  # type: ignore[no-untyped-def]
        """Let a tile enter (sign 1) or leave (-1) the counters of a window."""
        signed, bits = np.int64(sign * number[t]), mask[t]
        for k in range(sums[w], entities[w]):
            alls[k] += signed * np.int64((bits >> bit[k]) & ONE)
        for k in range(entities[w], others[w]):
            code = entity[entity_of[k], t]
            if code >= 0 and (bits >> bit[k]) & ONE:
                place = base[k] + np.uint32(code)
                before = counts[place]
                after = before + signed
                counts[place] = after
                anys[k] += np.int64(after > 0) - np.int64(before > 0)
                alls[k] += signed
        for k in range(others[w], sums[w + 1]):
            code = entity[entity_of[k], t] if kind[k] != SUM_WEIGHT else 0
            if code < 0 or not (bits >> bit[k]) & ONE:
                continue
            high, low = signed, np.int64(0)
            if of[k] == WEIGHT:
                high, low = sign * weight_high[t], sign * weight_low[t]
                _add(weights, k, high, low)
            else:
                alls[k] += signed
            if kind[k] == ENTITY_SHAPED:
                place = base[k] + np.uint32(code)
                was, before = counts[place], counts[place] + lows[place] / FRACTION
                part = lows[place] + low
                counts[place] += high + (part >> BITS)
                lows[place] = part & (FRACTION - 1)
                now, after = counts[place], counts[place] + lows[place] / FRACTION
                anys[k] += np.int64(after > 0) - np.int64(before > 0)
                if shapes[k] & (1 << ROOT):
                    _replace(roots, k, np.sqrt(before), np.sqrt(after))
                if shapes[k] & (1 << SQUARE) and of[k] == NUMBER:
                    squares[k, 0] += now * now - was * was
                elif shapes[k] & (1 << SQUARE):
                    _replace(squares, k, before * before, after * after)

    def write(r):  # type: ignore[no-untyped-def]
        """Put the sums of every window that has a tile in it into a row."""
        for w in range(n_windows):
            if inside[w] == 0:
                continue
            for x in range(whole_ptr[w], whole_ptr[w + 1]):
                integers[whole_place[x], r] = totals[whole_source[x]]
            for x in range(real_ptr[w], real_ptr[w + 1]):
                k = real_counter[x]
                numbers[real_place[x], r] = _real(k, real_f[x], of[k], alls, weights, roots, squares)

    for u in range(unit_ptr.size - 1):
        start, stop = unit_ptr[u], unit_ptr[u + 1]
        begin, end = _span(row_low, row_high, unit_groups[u], unit_groups[u + 1], n_dates)
        low = end
        for t in range(start, stop):
            enter = max(begin, _index(known[t] + 1, first_index, day0))
            if lower.size:
                enter = max(enter, lower[t])
            if enter < end:
                _link(t, enter_head, enter, enter_next, t - start)
                low = min(low, enter)
        if low >= end:
            continue
        for i in range(low, end + 1):
            t = _unlink(enter_head, i)
            while t >= 0:
                for w in range(n_windows):
                    leave = end
                    if days[w] > 0:
                        leave = min(end, _index(occurred[t] + days[w] + 1, first_index, day0))
                    if upper.size:
                        leave = min(leave, upper[t])
                    if i < leave:
                        _link(t, leave_head[w], leave, leave_next[w], t - start)
                        inside[w] += 1
                        count(1, t, w)  # type: ignore[no-untyped-call]
                t = enter_next[t - start]
            for w in range(n_windows):
                t = _unlink(leave_head[w], i)
                while t >= 0:
                    inside[w] -= 1
                    count(-1, t, w)  # type: ignore[no-untyped-call]
                    t = leave_next[w, t - start]
            if i == end:
                break
            for g in range(unit_groups[u], unit_groups[u + 1]):
                if row[g, i] >= 0:
                    write(row[g, i])  # type: ignore[no-untyped-call]


@njit(cache=True, nogil=True, inline="always")
def _replace(sums, place, before, after):  # type: ignore[no-untyped-def]
    high, low = _split(after)
    _add(sums, place, high, low)
    high, low = _split(before)
    _add(sums, place, -high, -low)


@njit(cache=True, nogil=True, inline="always")
def _real(k, f, of, alls, weights, roots, squares):  # type: ignore[no-untyped-def]
    """The value of f for a counter, as a float."""
    if f == ROOT:
        return _float(roots, k)
    if f == SQUARE:
        return _float(squares, k)
    total = float(alls[k]) if of == NUMBER else _float(weights, k)
    if f == ALL:
        return total
    return _float(squares, k) / (total * total) if total > 0 else 0.0


@njit(cache=True, nogil=True)
def moments(  # type: ignore[no-untyped-def]  # noqa: PLR0913
    unit_ptr, unit_groups, occurred, known, mask, entity, entity_size, first_index, day0, dates, row, row_low, row_high,
    what, bit, which, out_place, numbers,
):  # fmt: skip
    """Days since the last (what = -1) or the first (0) signal, or since the what-th entity's arrival; NaN where there is none."""
    n_dates = row.shape[1]
    largest = _largest(unit_ptr)
    head = np.full(n_dates + 1, -1, np.int64)
    following = np.empty(largest, np.int64)
    arrived = np.full(entity_size + 1, NEVER, np.int64)
    seen = np.empty(entity_size + 1, np.int64)
    earliest = np.empty(10, np.int64)
    for u in range(unit_ptr.size - 1):
        start, stop = unit_ptr[u], unit_ptr[u + 1]
        first_group, last_group = unit_groups[u], unit_groups[u + 1]
        begin, end = _span(row_low, row_high, first_group, last_group, n_dates)
        for m in range(what.size):
            for t in range(start, stop):
                if not (mask[t] >> np.uint64(bit[m])) & ONE:
                    continue
                if what[m] > 0 and entity[which[m], t] < 0:
                    continue
                enter = max(begin, _index(known[t] + 1, first_index, day0))
                if enter < end:
                    _link(t, head, enter, following, t - start)
            last, first, n_seen, changed, nth = -NEVER, NEVER, 0, False, NEVER
            for i in range(begin, end):
                t = _unlink(head, i)
                while t >= 0:
                    day = occurred[t]
                    last, first = max(last, day), min(first, day)
                    if what[m] > 0:
                        code = entity[which[m], t]
                        if arrived[code] == NEVER:
                            seen[n_seen] = code
                            n_seen += 1
                        if day < arrived[code]:
                            arrived[code] = day
                            changed = True
                    t = following[t - start]
                if changed and n_seen >= what[m]:
                    nth = _nth_smallest(arrived, seen, n_seen, what[m], earliest)
                    changed = False
                day = last if what[m] == -1 else first if what[m] == 0 else nth
                for g in range(first_group, last_group):
                    if row[g, i] >= 0:
                        numbers[out_place[m], row[g, i]] = dates[i] - day if abs(day) < NEVER else np.nan
            for s in range(n_seen):
                arrived[seen[s]] = NEVER


@njit(cache=True, nogil=True)
def _nth_smallest(values, places, n_places, n, smallest):  # type: ignore[no-untyped-def]
    """The n-th smallest of values[places], by insertion into a buffer of n."""
    held = 0
    for p in range(n_places):
        value = values[places[p]]
        if held < n:
            held += 1
        elif value >= smallest[n - 1]:
            continue
        at = held - 1
        while at > 0 and smallest[at - 1] > value:
            smallest[at] = smallest[at - 1]
            at -= 1
        smallest[at] = value
    return smallest[n - 1]


@njit(cache=True, nogil=True)
def topic_sums(topic, occurred, known, number, weight_high, weight_low, mask, first_index, day0, n_dates, days, bit, of, sums):  # type: ignore[no-untyped-def]  # noqa: PLR0913
    """Add the tiles' signals to sums int64[columns, topics, n_dates + 1, 2] as differences: + where a tile enters, - where it leaves."""
    for t in range(topic.size):
        enter = _index(known[t] + 1, first_index, day0)
        for c in range(days.size):
            if not (mask[t] >> np.uint64(bit[c])) & ONE:
                continue
            leave = n_dates
            if days[c] > 0:
                leave = _index(occurred[t] + days[c] + 1, first_index, day0)
            if enter >= leave:
                continue
            high, low = np.int64(number[t]), np.int64(0)
            if of[c] == WEIGHT:
                high, low = weight_high[t], weight_low[t]
            _add(sums[c, topic[t]], enter, high, low)
            _add(sums[c, topic[t]], leave, -high, -low)
