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


@njit(cache=True, nogil=True)
def candidates(group_ptr, occurred, known, number, who, who_size, first_index, day0, n_dates, lookback, min_people):  # type: ignore[no-untyped-def]
    """Rule 3's first half: 1 where a group has a known signal in the lookback and at least min_people persons and visitors.

    group_ptr: int64[groups + 1] into the tiles; who: int32 code of person or visitor within the account, -1 for none.
    Returns uint8[groups, n_dates].
    """
    n_groups = group_ptr.size - 1
    allowed = np.zeros((n_groups, n_dates), np.uint8)
    largest = 0
    for g in range(n_groups):
        largest = max(largest, group_ptr[g + 1] - group_ptr[g])
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
                enter_next[t - start] = enter_head[enter]
                enter_head[enter] = t
                leave_next[t - start] = leave_head[leave]
                leave_head[leave] = t
                low, high = min(low, enter), max(high, leave)
        signals, people = 0, 0
        for i in range(low, high):
            t = enter_head[i]
            while t >= 0:
                signals += number[t]
                if who[t] >= 0:
                    counts[who[t]] += 1
                    if counts[who[t]] == 1:
                        people += 1
                t = enter_next[t - start]
            t = leave_head[i]
            while t >= 0:
                signals -= number[t]
                if who[t] >= 0:
                    counts[who[t]] -= 1
                    if counts[who[t]] == 0:
                        people -= 1
                t = leave_next[t - start]
            if signals > 0 and people >= min_people:
                allowed[g, i] = 1
        for i in range(low, high + 1):
            enter_head[i] = -1
            leave_head[i] = -1
        for t in range(start, stop):
            if who[t] >= 0:
                counts[who[t]] = 0
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
def windows(  # type: ignore[no-untyped-def]  # noqa: PLR0913
    unit_ptr, unit_groups, occurred, known, lower, upper, number, weight_high, weight_low, mask, entity,
    first_index, day0, row, row_low, row_high, days, counter_kind, counter_of, counter_entity, counter_bit, counter_f, counter_base,
    counters_size, used_ptr, used, whole_ptr, whole_source, whole_place, real_ptr, real_counter, real_f, real_place, integers, numbers,
):  # fmt: skip
    """Fill the columns of all windows for every unit and date that has a row.

    unit_ptr: tiles of each unit; unit_groups: groups of each unit; lower, upper: places of dates between which a tile
    counts (empty: always); mask: uint64 bit per condition, bit 63 always set; entity: int32[kinds, tiles]; days: per window, 0 = whole
    history. A counter sums f over one entity (or over signals) under one condition; used lists the counters of each window. The columns of
    each window: whole_source (2 x counter for `any`, + 1 for `all`) goes to whole_place of `integers` (int32[columns, rows]),
    f real_f of real_counter to real_place of `numbers` (float64).
    """
    n_dates = row.shape[1]
    bounded = lower.size > 0
    largest = 0
    for u in range(unit_ptr.size - 1):
        largest = max(largest, unit_ptr[u + 1] - unit_ptr[u])
    enter_head = np.full(n_dates + 1, -1, np.int64)
    leave_head = np.full(n_dates + 1, -1, np.int64)
    enter_next = np.empty(largest, np.int64)
    leave_next = np.empty(largest, np.int64)
    n_counters = counter_kind.size
    counts = np.zeros(counters_size, np.int64)
    lows = np.zeros(counters_size, np.int64)
    totals = np.zeros(2 * n_counters, np.int64)
    weights = np.zeros((n_counters, 2), np.int64)
    roots = np.zeros((n_counters, 2), np.int64)
    squares = np.zeros((n_counters, 2), np.int64)
    for u in range(unit_ptr.size - 1):
        start, stop = unit_ptr[u], unit_ptr[u + 1]
        first_group, last_group = unit_groups[u], unit_groups[u + 1]
        begin, end = n_dates, 0
        for g in range(first_group, last_group):
            begin, end = min(begin, row_low[g]), max(end, row_high[g])
        if begin >= end or start == stop:
            continue
        for w in range(days.size):
            low, high = end, begin
            for t in range(start, stop):
                enter = max(begin, _index(known[t] + 1, first_index, day0))
                leave = end
                if days[w] > 0:
                    leave = min(end, _index(occurred[t] + days[w] + 1, first_index, day0))
                if bounded:
                    enter, leave = max(enter, lower[t]), min(leave, upper[t])
                if enter < leave:
                    enter_next[t - start] = enter_head[enter]
                    enter_head[enter] = t
                    leave_next[t - start] = leave_head[leave]
                    leave_head[leave] = t
                    low, high = min(low, enter), max(high, leave)
            for i in range(low, high):
                for sign in (1, -1):
                    t = enter_head[i] if sign > 0 else leave_head[i]
                    while t >= 0:
                        signed, bits = np.int64(sign * number[t]), mask[t]
                        for x in range(used_ptr[w], used_ptr[w + 1]):
                            k = used[x]
                            if not (bits >> np.uint64(counter_bit[k])) & np.uint64(1):
                                continue
                            if counter_kind[k] == SUM:
                                totals[2 * k + 1] += signed
                            elif counter_kind[k] == ENTITY:
                                code = entity[counter_entity[k], t]
                                if code >= 0:
                                    place = counter_base[k] + code
                                    before = counts[place]
                                    after = before + signed
                                    counts[place] = after
                                    totals[2 * k] += np.int64(after > 0) - np.int64(before > 0)
                                    totals[2 * k + 1] += signed
                            elif counter_kind[k] == SUM_WEIGHT:
                                _add(weights, k, sign * weight_high[t], sign * weight_low[t])
                            else:
                                code = entity[counter_entity[k], t]
                                if code >= 0:
                                    place = counter_base[k] + code
                                    before_value = counts[place] + lows[place] / FRACTION
                                    was = counts[place]
                                    if counter_of[k] == NUMBER:
                                        counts[place] += signed
                                        totals[2 * k + 1] += signed
                                    else:
                                        _add(weights, k, sign * weight_high[t], sign * weight_low[t])
                                        part = lows[place] + sign * weight_low[t]
                                        carry = part >> BITS
                                        counts[place] += sign * weight_high[t] + carry
                                        lows[place] = part - (carry << BITS)
                                    now = counts[place]
                                    value = now + lows[place] / FRACTION
                                    totals[2 * k] += np.int64(value > 0) - np.int64(before_value > 0)
                                    if counter_f[k] & (1 << ROOT):
                                        _replace(roots, k, np.sqrt(before_value), np.sqrt(value))
                                    if counter_f[k] & (1 << SQUARE):
                                        if counter_of[k] == NUMBER:
                                            squares[k, 0] += now * now - was * was
                                        else:
                                            _replace(squares, k, before_value * before_value, value * value)
                        t = enter_next[t - start] if sign > 0 else leave_next[t - start]
                for g in range(first_group, last_group):
                    r = row[g, i]
                    if r < 0:
                        continue
                    for x in range(whole_ptr[w], whole_ptr[w + 1]):
                        integers[whole_place[x], r] = totals[whole_source[x]]
                    for x in range(real_ptr[w], real_ptr[w + 1]):
                        k = real_counter[x]
                        numbers[real_place[x], r] = _real(k, real_f[x], counter_of[k], totals, weights, roots, squares)
            for i in range(low, high + 1):
                enter_head[i] = -1
                leave_head[i] = -1
            for x in range(used_ptr[w], used_ptr[w + 1]):
                k = used[x]
                totals[2 * k] = totals[2 * k + 1] = 0
                for half in range(2):
                    weights[k, half] = roots[k, half] = squares[k, half] = 0
                if counter_kind[k] == ENTITY or counter_kind[k] == ENTITY_SHAPED:
                    for t in range(start, stop):
                        code = entity[counter_entity[k], t]
                        if code >= 0:
                            counts[counter_base[k] + code] = 0
                            lows[counter_base[k] + code] = 0


@njit(cache=True, nogil=True, inline="always")
def _replace(sums, place, before, after):  # type: ignore[no-untyped-def]
    high, low = _split(after)
    _add(sums, place, high, low)
    high, low = _split(before)
    _add(sums, place, -high, -low)


@njit(cache=True, nogil=True, inline="always")
def _real(k, f, of, totals, weights, roots, squares):  # type: ignore[no-untyped-def]
    """The value of f for a counter, as a float."""
    if f == ROOT:
        return _float(roots, k)
    if f == SQUARE:
        return _float(squares, k)
    total = float(totals[2 * k + 1]) if of == NUMBER else _float(weights, k)
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
    largest = 0
    for u in range(unit_ptr.size - 1):
        largest = max(largest, unit_ptr[u + 1] - unit_ptr[u])
    head = np.full(n_dates + 1, -1, np.int64)
    following = np.empty(largest, np.int64)
    arrived = np.full(entity_size + 1, NEVER, np.int64)
    seen = np.empty(entity_size + 1, np.int64)
    earliest = np.empty(10, np.int64)
    for u in range(unit_ptr.size - 1):
        start, stop = unit_ptr[u], unit_ptr[u + 1]
        first_group, last_group = unit_groups[u], unit_groups[u + 1]
        begin, end = n_dates, 0
        for g in range(first_group, last_group):
            begin, end = min(begin, row_low[g]), max(end, row_high[g])
        if begin >= end:
            continue
        for m in range(what.size):
            for t in range(start, stop):
                if not (mask[t] >> np.uint64(bit[m])) & np.uint64(1):
                    continue
                if what[m] > 0 and entity[which[m], t] < 0:
                    continue
                enter = max(begin, _index(known[t] + 1, first_index, day0))
                if enter < end:
                    following[t - start] = head[enter]
                    head[enter] = t
            last, first, n_seen, changed, nth = -NEVER, NEVER, 0, False, NEVER
            for i in range(begin, end):
                t = head[i]
                head[i] = -1
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
            if not (mask[t] >> np.uint64(bit[c])) & np.uint64(1):
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
