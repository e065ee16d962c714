"""Working a list: K groups on every date, from the top, a worked group left to rest; on which date is each deal met first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from bgml.config import RankingSection
from bgml.evaluation.chapters.weekly.lists import Codes, Lists
from bgml.evaluation.race.counting import DrawCounts
from bgml.evaluation.race.scored import Floats, Integers

STEPS = (1, 5, 10, 25, 50, 100)


def worked(lists: Lists, order: Integers, k: int, rework_days: int, weights: DrawCounts) -> npt.NDArray[np.uint16]:
    """The number (from 1) of the date on which a group of each deal was worked first, 0 where none was: [deals, draws].

    order: the rows of each date from the first place to the last. A deal is met where its group is worked on a date whose outcome it
    makes. weights [accounts, draws]: a group takes as many places as its account was drawn and is worked whole; what exceeds K is
    missing on the next date.
    """
    deals, draws = lists.deals, weights.shape[1]
    met, busy = np.zeros((len(deals), draws), np.uint16), np.zeros((lists.groups, draws), np.uint16)
    until = np.maximum(np.searchsorted(lists.days, lists.days + rework_days), np.arange(len(lists.days)) + 1).astype(np.int32)
    work(lists.scored.starts, order, lists.group, lists.account, deals.starts, deals.deal, until, k, weights, busy, met)
    return met


def worked_once(lists: Lists, order: Integers, k: int, rework_days: int) -> npt.NDArray[np.uint16]:
    """`worked` for the lists as they are: [deals]."""
    return np.asarray(worked(lists, order, k, rework_days, np.ones((lists.accounts, 1), np.uint8))[:, 0])


def by_date(lists: Lists, met: npt.NDArray[np.uint16]) -> Floats:
    """How many deals were met up to each date, from `worked_once`."""
    return np.cumsum(np.bincount(met, minlength=len(lists.days) + 1)[1:]).astype(np.float64)


def telling(lists: Lists, ranking: RankingSection, every: int) -> int:
    """The most groups a date, up to the capacity, at which the order of a list still matters.

    At most half of the groups of a usual date are then worked or at rest; with more, every list is worked through and all find alike.
    """
    groups = float(np.median(np.diff(lists.scored.starts)))
    resting = max(ranking.rework_days / every, 1)
    fits = [k for k in {*STEPS, ranking.capacity} if k <= ranking.capacity and k * resting <= groups / 2]
    return max(fits, default=1)


@njit(cache=True, nogil=True)
def work(
    starts: Integers, order: Integers, group: Codes, account: Codes, deal_starts: Integers, deals: Codes, until: Codes, k: int,
    weights: DrawCounts, busy: npt.NDArray[np.uint16], met: npt.NDArray[np.uint16],
) -> None:  # fmt: skip
    """Walk down every date's list until K places are filled, past groups that rest; note in `met` when each deal was met first.

    `until`[date]: the first date on which a group worked on `date` may be worked again; `busy` [groups, draws] holds it.
    """
    draws = weights.shape[1]
    left, takes = np.zeros(draws, np.int32), np.zeros(draws, np.bool_)
    for date in range(len(starts) - 1):
        for draw in range(draws):
            left[draw] = min(left[draw], 0) + k
        for place in range(starts[date], starts[date + 1]):
            row = order[place]
            copies, rests = weights[account[row]], busy[group[row]]
            not_full = 0
            for draw in range(draws):
                takes[draw] = left[draw] > 0 and rests[draw] <= date
                left[draw] -= copies[draw] if takes[draw] else 0
                rests[draw] = until[date] if takes[draw] else rests[draw]
                not_full += left[draw] > 0
            for pair in range(deal_starts[row], deal_starts[row + 1]):
                for draw in range(draws):
                    if takes[draw] and met[deals[pair], draw] == 0:
                        met[deals[pair], draw] = date + 1
            if not_full == 0:
                break
