"""One date's ranking: every candidate scored, placed, its members named, explained at the top."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bgml.data.dataset import Dataset
from bgml.engine.build import build
from bgml.engine.columns.catalog import Catalog, load_catalog
from bgml.errors import ModelError, RankingError, nearest
from bgml.groups.routes.accounts import routes
from bgml.learning.fingerprint import fingerprint
from bgml.learning.tracking.registry import Version, checksum
from bgml.project import Progress, Project, quiet
from bgml.ranking.advice import committee
from bgml.ranking.archive import store
from bgml.ranking.choice import capacity, order
from bgml.ranking.columns import COLUMNS, table
from bgml.scoring.predict import Scorer

FORMAT = 4
"""Raised when a change of this code changes the ranking of the same inputs."""
KEYS = ("account_id", "topic")


@dataclass(frozen=True)
class Ranking:
    """A ranking not yet stored: its rows, best first, and what it was made from."""

    as_of: date
    ranking_id: str
    tables: Mapping[str, pa.Table]
    inputs: Mapping[str, Any]
    hindsight: bool

    @property
    def table(self) -> pa.Table:
        """The ranking itself."""
        return self.tables["ranking"]


def rank(
    project: Project,
    dataset: Dataset,
    as_of: date,
    scorer: Scorer,
    version: Version,
    *,
    hindsight: bool = False,
    progress: Progress = quiet,
) -> Ranking:
    """Rank the candidates of a date by a version's raw score.

    Raises RankingError when the date has no candidates, ModelError when the version reads a feature that is not there.
    """
    catalog = load_catalog(project, dataset)
    frame, before = _candidates(project, dataset, as_of, catalog, _columns(catalog, scorer, version), progress)
    accounts = dataset.frame("accounts").set_index("account_id")[list(ACCOUNT.values())].reindex(frame["account_id"]).reset_index(drop=True)
    judged = scorer.judge(frame)
    best_first = order.best_first(judged.raw, frame["account_id"].tolist(), frame["topic"].tolist())
    sheet = _Sheet(project, frame, accounts, judged.raw, best_first)
    group = committee.of(project, dataset, as_of, sheet.frame)
    route = routes(sheet.frame.assign(as_of=np.datetime64(as_of, "s")), dataset, project.settings.routes)
    rows, routed = fingerprint(pd.concat([frame, accounts.add_prefix("accounts.")], axis=1)), fingerprint(pd.DataFrame({"route": route}))
    formers = store.formers(project.rankings, as_of, project.settings.ranking.rework_days)
    known = {"before": before, "rows": rows, "people": group.fingerprint(), "routes": routed}
    inputs = _inputs(project, as_of, known, version, formers, hindsight)
    ranking_id = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:16]
    made_by = {"model": version.name, "model_version": version.version, "mlflow_run": version.run_id, "ranking_id": ranking_id}
    said = {"propensity": judged.propensity[best_first], "expected_amount": judged.expected_amount[best_first]}
    chosen = sheet.selection(route, as_of, formers, ranking_id)
    columns = sheet.columns(formers[0] if formers else None) | chosen | group.columns() | {"as_of": as_of} | said | made_by
    top = np.flatnonzero(columns["selected"] | (np.arange(len(frame)) < project.settings.ranking.capacity))
    columns["reasons"] = _reasons(scorer, frame.iloc[best_first[top]], catalog, top, len(frame))
    tables = {"ranking": table(COLUMNS, columns | {name: sheet.frame[name] for name in KEYS}, len(frame)), **group.tables()}
    return Ranking(as_of, ranking_id, tables, inputs, hindsight)


def _candidates(
    project: Project, dataset: Dataset, as_of: date, catalog: Catalog, columns: list[str], progress: Progress
) -> tuple[pd.DataFrame, str]:
    """The candidates of the date with these columns, and the fingerprint of all that was known before it."""
    matrix = build(project, dataset, [as_of], only=columns, catalog=catalog, progress=progress)
    frame = matrix.frame(as_of)
    if frame.empty:
        days = project.settings.groups.lookback
        raise RankingError(
            f"no group is a candidate at {as_of}: none has a known signal in the {days} days before it; data is until {dataset.until}"
        )
    return frame, matrix.fingerprint(as_of)


def _columns(catalog: Catalog, scorer: Scorer, version: Version) -> list[str]:
    """What has to be built: what the version ranks by, and what its amounts read."""
    amounts = [name for name in scorer.needed if name not in KEYS]
    ranks_by = [*scorer.features, *(amounts if scorer.chance is not None else [])]
    for name in ranks_by:
        if name not in catalog.names:
            why = catalog.left_out.get(name) or f"the project has no such feature{nearest(name, catalog.names)}"
            raise ModelError(f'{version} reads "{name}", but {why}; train {version.name} again, or bring the feature back')
    return list(dict.fromkeys([*ranks_by, *(name for name in amounts if name in catalog.names)]))


def _inputs(
    project: Project, as_of: date, known: dict[str, str], version: Version, formers: list[store.Stored], hindsight: bool
) -> dict[str, Any]:
    """Everything the ranking depends on, as plain JSON values."""
    settings = project.settings.model_dump(mode="json", include={"groups", "ranking", "routes", "stages"})
    trained = {"name": version.name, "version": version.version, "as_of": str(version.as_of), "run_id": version.run_id}
    return {
        "format": FORMAT,
        "as_of": str(as_of),
        "hindsight": hindsight,
        "data": known,
        "model": {**trained, "sha256": checksum(version)},
        "settings": settings,
        "formers": [{"as_of": str(former.as_of), "ranking_id": former.ranking_id} for former in formers],
    }


class _Sheet:
    """The groups of a date in rank order, and the columns that follow from their order."""

    def __init__(
        self, project: Project, frame: pd.DataFrame, accounts: pd.DataFrame, scores: order.Floats, best_first: order.Places
    ) -> None:
        self.settings, self.scores = project.settings.ranking, scores[best_first]
        self.frame = frame[list(KEYS)].iloc[best_first].reset_index(drop=True)
        self.of_account = accounts.iloc[best_first].reset_index(drop=True)
        self.percentile = order.percentiles(len(frame))

    def columns(self, former: store.Stored | None) -> dict[str, Any]:
        """All of them, by name."""
        return self.places(former) | self.accounts()

    def places(self, former: store.Stored | None) -> dict[str, Any]:
        """Rank, percentile, band, and the way since the former ranking."""
        before = None
        if former is not None:
            before = former.table(columns=[*KEYS, "rank", "percentile"]).to_pandas()
        trend, previous = order.against_former(self.frame[list(KEYS)], self.percentile, before)
        n = len(self.frame)
        return {
            "rank": np.arange(1, n + 1, dtype=np.int32),
            "score": self.scores,
            "percentile": self.percentile,
            "band": order.bands(n, self.settings.bands),
            "trend": trend,
            "previous_rank": previous,
        }

    def accounts(self) -> dict[str, Any]:
        """The account's name, segment, region and owner, with the rank among the owner's groups; empty text is none."""
        found = {name: _text(self.of_account[column]) for name, column in ACCOUNT.items()}
        return {**found, "owner_rank": order.rank_within(found["owner"])}

    def selection(self, route: pd.Categorical, as_of: date, formers: list[store.Stored], ranking_id: str) -> dict[str, Any]:
        """The route of each group's account, and which groups are worked this week, by rank or by exploration."""
        groups = self.frame.assign(owner=self.accounts()["owner"], route=np.asarray(route, object))
        worked = capacity.worked(formers, as_of, self.settings.rework_days)
        return {"route": groups["route"], **capacity.select(groups, self.settings, worked, ranking_id)}


ACCOUNT = {"account_name": "name", "segment": "segment", "region": "region", "owner": "owner"}


def _text(column: pd.Series) -> pd.Series:
    """A column as text, null where it is missing or empty."""
    known = column.notna() & (column.astype("str") != "")
    return column.astype("str").astype("object").where(known, None)


def _reasons(scorer: Scorer, frame: pd.DataFrame, catalog: Catalog, places: order.Places, n: int) -> list[list[str] | None]:
    """Sentences for the rows of `frame`, which stand at `places` of n; explaining all n would take longer than everything else."""
    from bgml.scoring.reasons import sentences

    reasons: list[list[str] | None] = [None] * n
    for place, found in zip(places, sentences(scorer, frame, catalog), strict=True):
        reasons[place] = found
    return reasons
