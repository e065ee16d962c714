"""From one ranking to the next: what is new, what moved, what is gone and why, and how far groups came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd

from bgml.groups.candidates import dated
from bgml.groups.dates import day_number
from bgml.groups.stages import STAGES
from bgml.ranking.archive import store
from bgml.ranking.archive.store import Stored

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset
    from bgml.project import Project

KEYS = ["account_id", "topic"]
EXCLUDED, GONE = "account excluded", "account no longer in the tables"
OPENED, WON, CUSTOMER = "opportunity opened", "won", "customer"
QUIET, FEW, CHANGED = "quiet", "too few people", "tables changed since"
WHY = (EXCLUDED, GONE, OPENED, WON, CUSTOMER, QUIET, FEW, CHANGED)
"""Why a group is no candidate any more; of several the first."""
TRENDS = ("new", "improving", "steady", "declining")


@dataclass(frozen=True)
class Movement:
    """The groups of a ranking by trend, those of the former one that are gone, by why, and those of both whose stage is another.

    since: the former's date; stages: before, now, groups, as `progression` counts them.
    """

    since: date
    trends: Mapping[str, int]
    dropped: Mapping[str, int]
    stages: pd.DataFrame

    @property
    def sentence(self) -> str:
        """What moved, in one sentence."""
        gone = sum(self.dropped.values())
        why = ", ".join(f"{number:,} {reason}" for reason, number in self.dropped.items())
        moved = ", ".join(f"{self.trends[name]:,} {name}" for name in TRENDS if name != "steady")
        return f"Since {self.since}: {moved}, {gone:,} dropped{f' ({why})' if gone else ''}."

    @property
    def progress(self) -> str:
        """How many groups came how far since, in one sentence; empty where none did and none fell back."""
        place = {stage: number for number, stage in enumerate(STAGES)}
        steps = list(self.stages.itertuples(index=False, name=None))
        on = [f"{number:,} from {before} to {now}" for before, now, number in steps if place[before] < place[now]]
        back = sum(number for before, now, number in steps if place[before] > place[now])
        return f"Stages: {', '.join(on) or 'none went on'}; {back:,} fell back." if steps else ""

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        gone = {"dropped": sum(self.dropped.values()), "why": dict(self.dropped)}
        return {"since": self.since, **self.trends, **gone, "stages": self.stages.to_dict("records")}


def movement(project: Project, dataset: Dataset, stored: Stored) -> Movement | None:
    """What moved since the ranking that this one was compared with; None where there was none, or it is not there any more."""
    former = former_of(project, stored)
    if former is None:
        return None
    trends = stored.table(columns=["trend"]).to_pandas()["trend"].value_counts()
    why = dropped(project, dataset, former, stored)["why"].value_counts()
    return Movement(
        former.as_of,
        {name: int(trends.get(name, 0)) for name in TRENDS},
        {reason: int(why[reason]) for reason in WHY if reason in why},
        _changed(former, stored),
    )


def _changed(former: Stored, current: Stored) -> pd.DataFrame:
    """The progression of groups that are in both rankings, where their stage is another."""
    before, now = (one.table(columns=[*KEYS, "stage"]).to_pandas() for one in (former, current))
    if not _same_kind(before, now):
        before = before.iloc[:0].astype(now.dtypes.to_dict())
    found = progression(before, now).dropna()
    return found[found["before"] != found["now"]].reset_index(drop=True)


def former_of(project: Project, stored: Stored) -> Stored | None:
    """The ranking whose places are the `previous_rank` of this one; None where there was none, or it is not there any more."""
    known = stored.manifest().get("formers") or []
    found = formers_of(project, stored)
    return found[0] if found and str(found[0].as_of) == known[0]["as_of"] else None


def formers_of(project: Project, stored: Stored) -> list[Stored]:
    """The earlier rankings that a ranking was made after, newest first, as its manifest names them: whichever are current by now.

    Those that are not there any more are left out.
    """
    found = []
    for known in stored.manifest().get("formers") or []:
        as_of, ranking_id = date.fromisoformat(known["as_of"]), known["ranking_id"]
        former = Stored(as_of, ranking_id, project.rankings / f"as_of={as_of}" / f"ranking_id={ranking_id}")
        found += [former] if (former.folder / store.MANIFEST).is_file() else []
    return found


def dropped(project: Project, dataset: Dataset, former: Stored, current: Stored) -> pd.DataFrame:
    """The groups of a former ranking that are in the current one no more: account_id, topic, rank (the former), why (see WHY).

    Reasons come from what the tables say today of the current ranking's date.
    """
    before = former.table(columns=[*KEYS, "rank"]).to_pandas()
    now = current.table(columns=KEYS).to_pandas()
    left = before.merge(now, on=KEYS, how="left", indicator=True) if _same_kind(before, now) else before.assign(_merge="left_only")
    gone: pd.DataFrame = left.loc[left["_merge"] == "left_only", [*KEYS, "rank"]].sort_values("rank").reset_index(drop=True)
    return gone.assign(why=_why(project, dataset, gone, former.as_of, current.as_of))


def _same_kind(before: pd.DataFrame, now: pd.DataFrame) -> bool:
    return all(pd.api.types.is_numeric_dtype(before[name]) == pd.api.types.is_numeric_dtype(now[name]) for name in KEYS)


def _why(project: Project, dataset: Dataset, gone: pd.DataFrame, former: date, as_of: date) -> pd.Series:
    """The first reason of WHY that holds of each group at the date."""
    if gone.empty:
        return pd.Series(dtype=object)
    settings, ids = project.settings.groups, gone["account_id"].astype(object)
    deals = _deals(dataset, gone, as_of, settings.customer_days)
    people = _people(dataset, gone, as_of, settings.lookback)
    reasons = {
        EXCLUDED: ids.astype("str").isin([str(account) for account in settings.exclude_accounts]),
        GONE: ~ids.isin(dataset.frame("accounts")["account_id"].astype(object)),
        OPENED: deals["open"],
        WON: deals["won"] >= day_number(former),
        CUSTOMER: deals["won"] >= 0,
        QUIET: people.isna(),
        FEW: people < settings.min_people,
    }
    held = [np.asarray(holds, bool) for holds in reasons.values()]
    return pd.Series(np.select(held, list(reasons), CHANGED).astype(object), gone.index)


def _deals(dataset: Dataset, gone: pd.DataFrame, as_of: date, customer_days: int) -> pd.DataFrame:
    """Per group whether an opportunity is open at the date, and the last day of customer_days before it on which one was won, else -1."""
    day = day_number(as_of)
    known = _of(gone, dated(dataset.frame("opportunities")))
    known = known[known["created_day"] < day]
    is_open = known[known["closed_day"] >= day].index
    recent = known[known["won"] & (known["closed_day"] < day) & (known["closed_day"] >= day - customer_days)]
    won = recent["closed_day"].groupby(level=0).max().reindex(gone.index, fill_value=-1)
    return pd.DataFrame({"open": gone.index.isin(is_open), "won": won}, gone.index)


def _people(dataset: Dataset, gone: pd.DataFrame, as_of: date, lookback: int) -> pd.Series:
    """Per group the people and visitors of its known signals in the lookback, null where it has no signal."""
    signals = dataset.table("signals")
    start, end = (ibis.literal(day).cast("timestamp") for day in (as_of - timedelta(lookback), as_of))
    near = signals.filter(signals.occurred_at >= start, signals.known_at < end)
    anonymous = ibis.ifelse(near.person_id.isnull(), near.visitor_id, ibis.null())
    counted = near.group_by(KEYS).aggregate(people=near.person_id.nunique() + anonymous.nunique())
    found = _of(gone, dataset.arrow(counted).to_pandas())
    return found["people"].groupby(level=0).first().reindex(gone.index).astype(np.float64)


def _of(gone: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table with account_id and topic that are about some of the groups, indexed by the group's row."""
    groups = gone[KEYS].astype(object).assign(group=gone.index)
    return rows.assign(**{name: rows[name].astype(object) for name in KEYS}).merge(groups, on=KEYS).set_index("group")


def progression(former: pd.DataFrame, current: pd.DataFrame) -> pd.DataFrame:
    """How far groups came between two rankings: before, now (stages, null where the group was, or is, no candidate), groups.

    Both with account_id, topic, stage; what is known of neither date is left out. Sorted by how many they are, then by name.
    """
    both = former[[*KEYS, "stage"]].merge(current[[*KEYS, "stage"]], on=KEYS, how="outer", suffixes=("_before", "_now"))
    moved = both.rename(columns={"stage_before": "before", "stage_now": "now"})[["before", "now"]].dropna(how="all")
    counts = moved.groupby(["before", "now"], dropna=False).size().rename("groups").reset_index()
    return counts.sort_values(["groups", "before", "now"], ascending=[False, True, True], kind="stable", ignore_index=True)
