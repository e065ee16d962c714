"""A stable counting sort over small integer codes."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def counting_order(codes, n_codes, before):  # type: ignore[no-untyped-def]
    """The permutation that sorts codes in [0, n_codes) stably; with `before`, applied after that permutation."""
    free = np.zeros(n_codes + 1, np.int64)
    for code in codes:
        free[code + 1] += 1
    for code in range(n_codes):
        free[code + 1] += free[code]
    order = np.empty(codes.size, np.int64)
    for place in range(codes.size):
        row = before[place] if before.size else place
        order[free[codes[row]]] = row
        free[codes[row]] += 1
    return order
