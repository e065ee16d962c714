"""Dated people: which version of a person holds at which as-of date (rule 7 of the time rules)."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bgml.data.roles import Roles

NO_DAY = -(2**31)  # holds since ever
NO_END = 2**31 - 1  # holds for good
MICROSECONDS = 86_400_000_000
SAYING = ("title", "department", "seniority", "role")


def day_numbers(times: pd.Series, missing: int) -> NDArray[np.int32]:
    """Whole days from 1970-01-01 to each time's UTC day (naive times are UTC), `missing` where there is none."""
    moments = _moments(times)
    return np.where(np.isnat(moments), missing, moments.astype(np.int64) // MICROSECONDS).astype(np.int32)


def _moments(times: pd.Series) -> NDArray[np.datetime64]:
    """Times as naive UTC microseconds."""
    if not pd.api.types.is_datetime64_any_dtype(times.dtype):
        times = pd.to_datetime(times, utc=True)
    if times.dt.tz is not None:
        times = times.dt.tz_convert("UTC").dt.tz_localize(None)
    return times.to_numpy(dtype="datetime64[us]")


def versions(people: pd.DataFrame, roles: Roles, static: Collection[str] | None = None) -> pd.DataFrame:
    """What is known of each person, when: person_id, from_day, to_day, department, seniority, role, role_source, role_confidence.

    A row holds at as-of day D iff from_day <= D < to_day (int32 days since 1970-01-01; NO_DAY and NO_END for open
    ends). A person's rows do not overlap: where several hold, the latest valid_from wins, null being the earliest. Sorted by
    person and from_day. Texts are objects, empty ones null. The role is the stated one (people.role), else what the title, department and
    seniority say, else null.

    `static` names the undated columns that may be used (`data.static`): in a table without any valid_from and valid_to the
    others count as null. None admits all.
    """
    table = _believed(people, static)
    spans = _spans(table)
    said = table.iloc[spans["position"]].reset_index(drop=True)
    role = roles.of(said["role"], said["title"], said["department"], said["seniority"])
    return pd.concat([said["person_id"], spans[["from_day", "to_day"]], said[["department", "seniority"]], role], axis="columns")


def _believed(people: pd.DataFrame, static: Collection[str] | None) -> pd.DataFrame:
    """The columns that matter, empty text and what may not be used made null."""
    columns = ["person_id", *SAYING, "valid_from", "valid_to"]
    table = people.reindex(columns=columns)
    undated = bool(table["valid_from"].isna().all() and table["valid_to"].isna().all())
    for column in SAYING:
        refused = static is not None and undated and column not in static
        table[column] = None if refused else _stated(table[column])
    return table


def _stated(values: pd.Series) -> pd.Series:
    """Text as it is, null where it is empty or blank."""
    texts = values.astype("object")
    return texts.where(texts.notna() & (texts.astype(str).str.strip() != ""), None)


def _spans(table: pd.DataFrame) -> pd.DataFrame:
    """The stretches of days on which a row of `table` (named by position) is the one that holds."""
    spans = pd.DataFrame(
        {
            "person": pd.factorize(table["person_id"], sort=True)[0],
            "since": _moments(table["valid_from"]),
            "from_day": _day_after(table["valid_from"], NO_DAY),
            "to_day": _day_after(table["valid_to"], NO_END),
            "position": np.arange(len(table)),
        }
    )
    spans = spans[(spans["from_day"] < spans["to_day"]) & (spans["person"] >= 0)]
    spans = spans.sort_values(["person", "since"], na_position="first", kind="stable", ignore_index=True)
    until = spans["to_day"].to_numpy()
    followed = spans["person"].eq(spans["person"].shift(-1)).to_numpy()
    outlasts = followed & (spans["to_day"] > spans["to_day"].shift(-1)).to_numpy()
    nested = spans["person"].isin(spans.loc[outlasts, "person"]).to_numpy()
    replaced = np.append(spans["from_day"].to_numpy()[1:], np.int32(NO_END))
    cut = spans.assign(to_day=np.where(followed, np.minimum(until, replaced), until))[~nested]
    pieces = [cut, *(_pieces(group) for _, group in spans[nested].groupby("person"))]
    flat = pd.concat(pieces)[["person", "from_day", "to_day", "position"]]
    return flat[flat["from_day"] < flat["to_day"]].sort_values(["person", "from_day"], ignore_index=True)


def _pieces(group: pd.DataFrame) -> pd.DataFrame:
    """The spans of one person where an older row holds again after a newer one has ended."""
    since, until = group["from_day"].to_numpy(), group["to_day"].to_numpy()
    edges = np.unique(np.concatenate([since, until]))
    holders = [np.flatnonzero((since <= low) & (until > low)) for low in edges[:-1]]
    rows = [(low, high, held[-1]) for low, high, held in zip(edges, edges[1:], holders, strict=False) if len(held)]
    low, high, row = (np.array(column) for column in zip(*rows, strict=True))
    pieces = group.iloc[row].assign(from_day=low, to_day=high)
    starts = np.append(True, (row[1:] != row[:-1]) | (low[1:] != high[:-1]))
    return pieces[starts].assign(to_day=high[np.append(np.flatnonzero(starts)[1:], len(row)) - 1])


def _day_after(times: pd.Series, missing: int) -> NDArray[np.int32]:
    """The day after each time's: the first as-of day that lies behind it."""
    days = day_numbers(times, missing)
    return np.where(times.isna(), days, days + 1).astype(np.int32)
