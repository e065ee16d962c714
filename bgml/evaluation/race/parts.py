"""The lists of parts of a market: each part's own candidates of each date, ranked among themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bgml.evaluation.race.scored import Integers, Scored


def by_part(scored: Scored, part: Integers) -> Scored:
    """The candidates part by part and date by date, so that whatever is said of a date is said of a part's list on a date.

    `part` numbers each candidate's part. In the result `fold` is the part and `as_of` only numbers the lists (as days from 1970-01-01,
    first part first): a race over it gives each part's metrics as those of a fold, its draws those of the whole market.
    """
    date = np.repeat(np.arange(len(scored.starts) - 1), np.diff(scored.starts))
    cell = part.astype(np.int64) * max(len(scored.starts) - 1, 1) + date
    rows = np.argsort(cell, kind="stable")
    place = np.empty(len(rows), np.int64)
    place[rows] = np.arange(len(rows))
    return replace(
        scored, as_of=cell[rows].astype("datetime64[D]"), account=scored.account[rows], topic=scored.topic[rows], won=scored.won[rows],
        amount=scored.amount[rows], scores={name: score[rows] for name, score in scored.scores.items()},
        propensities={name: propensity[rows] for name, propensity in scored.propensities.items()}, fold=part[rows].astype(np.int64),
        deals=scored.deals.assign(row=place[scored.deals["row"].to_numpy(np.int64)]), facts=scored.facts.iloc[rows].reset_index(drop=True),
    )  # fmt: skip


def only(scored: Scored, entries: tuple[str, ...]) -> Scored:
    """The same candidates with only these entries in the race."""
    kept = {name: scored.propensities[name] for name in entries if name in scored.propensities}
    return replace(scored, scores={name: scored.scores[name] for name in entries}, propensities=kept)
