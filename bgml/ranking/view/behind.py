"""The rows behind a number of a ranked group: of a feature, of what the members make of it, of the model's score."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bgml.engine.build import build
from bgml.engine.columns.catalog import Catalog, load_catalog
from bgml.engine.evidence import SHOWN, Evidence, Group, Known, needed
from bgml.errors import FeatureError, RankingError, nearest
from bgml.groups import activity
from bgml.groups.status import DARK
from bgml.learning.tracking import registry
from bgml.project import Project
from bgml.ranking.advice import committee
from bgml.ranking.archive import store
from bgml.ranking.columns import COLUMNS
from bgml.scoring import artifact

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

COMMITTEE = ("people", "visitors", "coverage", "missing_roles", "stage")
"""Columns of the ranking that the members decide."""
MODEL = ("propensity", "score", "expected_amount", "reasons")
"""Columns that the model decides: shown is what each feature adds to the raw score."""
DAYS = 91


def behind(
    project: Project, dataset: Dataset, stored: store.Stored, account_id: Any, topic: Any, column: str, limit: int | None = None  # noqa: ANN401
) -> Evidence:
    """What stands behind a column's value for one group at the date of a ranking, at most `limit` rows of it.

    FeatureError for a column that neither the features nor the ranking have, or that follows from the order of the list.
    """
    group = Group(stored.as_of, account_id, topic)
    catalog = load_catalog(project, dataset)
    if column in COMMITTEE:
        return _of_members(project, dataset, group, column, limit)
    if column in MODEL:
        return _of_model(project, dataset, stored, group, catalog, column)
    if column in COLUMNS and column not in catalog.names:
        raise FeatureError(f'"{column}" has no rows behind it: {COLUMNS[column][1]}')
    if column not in catalog.names:
        why = catalog.left_out.get(column) or f"there is no such column{nearest(column, [*catalog.names, *COMMITTEE, *MODEL])}"
        raise FeatureError(f'no rows behind "{column}": {why}')
    values = _values(project, dataset, group, catalog, needed(catalog, column))
    return Known(project, dataset, group).evidence(catalog, column, values, limit)


def _values(project: Project, dataset: Dataset, group: Group, catalog: Catalog, names: list[str]) -> dict[str, Any]:
    """The group's row of the matrix, also where an opportunity keeps it from being a candidate."""
    frame = build(project, dataset, [group.as_of], only=names, catalog=catalog, all_groups=True).frame(group.as_of)
    mine = frame[(frame["account_id"] == group.account_id) & (frame["topic"] == group.topic)]
    if mine.empty:
        who = f"{group.account_id}, {group.topic}"
        raise RankingError(f"{who} had no known signal in the lookback before {group.as_of}, so it has no features")
    return {str(name): value for name, value in mine.to_dict("records")[0].items()}


def _of_members(project: Project, dataset: Dataset, group: Group, column: str, limit: int | None) -> Evidence:
    """The signals of the last 91 days of the members that count, each with whom it is told of."""
    pair = pd.DataFrame({"account_id": [group.account_id], "topic": [group.topic]})
    found = committee.of(project, dataset, group.as_of, pair)
    value = found.columns()[column]
    rows = _signals(dataset, group)
    members = found.members[found.members["status"] != DARK]
    roles = dict(zip(members["person_id"], members["role"], strict=True))
    rows["role"] = [roles.get(person) for person in rows["member"]]
    if column == "people":
        rows = rows[rows["member"].notna()]
    elif column == "visitors":
        rows = rows[rows["member"].isna() & rows["visitor_id"].notna()]
    elif column in ("coverage", "missing_roles"):
        rows = rows[rows["role"].notna()]
    shown = value[0] if isinstance(value, list) else value.iloc[0]
    ordered = rows.sort_values(["occurred_at", "signal_id"], ascending=False, kind="stable").reset_index(drop=True)
    told = ", ".join(shown) or "none" if isinstance(shown, list) else shown
    return Evidence(column, COLUMNS[column][1], group, told, "signals", ordered if limit is None else ordered.head(limit), len(ordered))


def _signals(dataset: Dataset, group: Group) -> pd.DataFrame:
    """The group's signals known at the date, of its last 91 days, with the person behind each where one is known ("member")."""
    pair = pa.table({"account_id": [group.account_id], "topic": [group.topic]})
    known, of_account = (activity.known(dataset, group.as_of, pair, by) for by in (activity.PAIR, activity.PAIR[:1]))
    recent = known.filter(known.occurred_at >= datetime.combine(group.as_of - timedelta(DAYS), time()))
    rows: pd.DataFrame = dataset.arrow(recent).to_pandas()
    seen: pd.DataFrame = dataset.arrow(activity.recognised(of_account)).to_pandas()
    latest = seen.sort_values(["seen", "person_id"]).drop_duplicates("visitor_id", keep="last").set_index("visitor_id")["person_id"]
    rows = rows[[name for name in SHOWN if name in rows]].astype({"person_id": "object", "visitor_id": "object"})
    rows["member"] = rows["person_id"].where(rows["person_id"].notna(), rows["visitor_id"].map(latest.to_dict()))
    return rows


def _of_model(project: Project, dataset: Dataset, stored: store.Stored, group: Group, catalog: Catalog, column: str) -> Evidence:
    """What each feature adds to the raw score of the group, the weightiest first."""
    table = stored.table()
    frame: pd.DataFrame = table.select(["account_id", "topic", "model", "model_version", *MODEL]).to_pandas()
    mine = frame[(frame["account_id"] == group.account_id) & (frame["topic"] == group.topic)]
    if mine.empty:
        raise RankingError(f"{group.account_id}, {group.topic} is not in the ranking of {stored.as_of}")
    row = mine.iloc[0]
    scorer = artifact.load(registry.resolve(project, f"{row['model']}:{row['model_version']}").folder, project)
    values = _values(project, dataset, group, catalog, [name for name in catalog.names if name in {*scorer.features, *scorer.needed}])
    one = pd.DataFrame([values])
    added = scorer.contributions(one)
    reads = {name: values[name] for name in scorer.features if name in values}
    if added is not None:
        order = np.argsort(-added.abs().to_numpy()[0], kind="stable")
        named = [(str(added.columns[place]), float(added.iloc[0, place])) for place in order]
        reads = {name: f"{_short(values.get(name))} adds {part:+.3f}" for name, part in named if part}
    shown = "; ".join(row[column]) if column == "reasons" and row[column] is not None else row[column]
    return Evidence(column, COLUMNS[column][1], group, shown, "columns", pd.DataFrame(), 0, reads)


def _short(value: Any) -> str:  # noqa: ANN401
    return f"{value:.4g}" if isinstance(value, float) else str(value)
