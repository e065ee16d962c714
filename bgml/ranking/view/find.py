"""From what somebody types to a group or account, and to everything about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from bgml.data.topics import load_topics
from bgml.errors import RankingError, nearest
from bgml.groups.stages import deal_stage
from bgml.project import Project
from bgml.ranking.advice import committee
from bgml.ranking.archive import people, store
from bgml.ranking.chances import chances
from bgml.ranking.view.group import GroupView, Place, Rows, rows_of, view

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

TABLES = ("ranking", "members", "timeline", "touches")
WEEKS_BACK = 26
OTHERS = ("rank", "topic", "band", "trend", "stage", "people", "propensity", "selected")


def account(accounts: pd.DataFrame, asked: str) -> Any:  # noqa: ANN401  (an id is text or an integer)
    """The id of the account that somebody means: its id, or its name where only one has it (case does not matter).

    RankingError, with the nearest names, for none, and with the ids for several.
    """
    ids = {str(account_id): account_id for account_id in accounts["account_id"]}
    if asked in ids:
        return ids[asked]
    names = accounts["name"].astype("object").where(accounts["name"].notna(), "").astype(str)
    named = accounts.loc[names.str.casefold() == asked.casefold(), "account_id"].tolist()
    if len(named) == 1:
        return named[0]
    if named:
        raise RankingError(f'{len(named)} accounts are called "{asked}": {", ".join(map(str, named[:5]))}; give one of these ids')
    raise RankingError(f'there is no account "{asked}"{nearest(asked, [*ids, *(name for name in names if name)])}')


def topic(known: Iterable[Any], asked: str) -> Any:  # noqa: ANN401
    """The id of the topic that somebody means; RankingError, with the nearest, for none."""
    ids = {str(found): found for found in known}
    if asked in ids:
        return ids[asked]
    close = [found for text, found in ids.items() if text.casefold() == asked.casefold()]
    if len(close) == 1:
        return close[0]
    raise RankingError(f'there is no topic "{asked}"{nearest(asked, ids)}')


class Views:
    """The views of one ranking's groups, its files read once."""

    def __init__(self, project: Project, stored: store.Stored, dataset: Dataset | None = None) -> None:
        """dataset: also tells what has become of groups that are not ranked, and what sellers said; without it only rankings are read."""
        self.project, self.stored, self.dataset = project, stored, dataset
        self.tables = {name: stored.table(name) for name in TABLES}
        self.book = people.read(project.rankings)
        self.topics = load_topics(project.topics_file)

    def topics_of(self, account_id: Any) -> list[Any]:  # noqa: ANN401
        """The topics of an account's ranked groups, best first."""
        ranking = self.tables["ranking"]
        return list(ranking.filter(pc.equal(ranking.column("account_id"), account_id)).column("topic").to_pylist())

    def known_topics(self, account_id: Any) -> list[Any]:  # noqa: ANN401
        """The topics of an account's ranked groups, best first, then all others."""
        ranked = self.topics_of(account_id)
        everywhere = self.tables["ranking"].column("topic").unique().to_pylist()
        dealt = list(self.dataset.frame("opportunities")["topic"].unique()) if self.dataset is not None else []
        return list(dict.fromkeys([*ranked, *everywhere, *dealt]))

    def group(self, account_id: Any, topic_id: Any) -> GroupView:  # noqa: ANN401
        """Everything about one group; of one that is not ranked, with the reason. RankingError where nothing is known of it."""
        as_of = self.stored.as_of
        rows, notes = rows_of(self.tables, account_id, topic_id), list[str]()
        if rows is None:
            rows, notes = self._unranked(account_id, topic_id)
        ranking = self.tables["ranking"]
        mine = ranking.filter(pc.and_(pc.equal(ranking.column("account_id"), account_id), pc.equal(ranking.column("topic"), topic_id)))
        shown = chances(mine, self.stored.manifest())
        return view(
            rows, as_of, self.topics.required_roles(topic_id), self.book,
            chance=shown[0] if shown else "", history=self.history(account_id, topic_id), others=self._others(account_id, topic_id),
            verdicts=self._verdicts(account_id, topic_id), notes=notes,
        )  # fmt: skip

    def history(self, account_id: Any, topic_id: Any, weeks: int = WEEKS_BACK) -> list[Place]:  # noqa: ANN401
        """The group's places in the current rankings of the last `weeks` dates up to this one, oldest first."""
        found = []
        for day in [day for day in store.dates(self.project.rankings) if day <= self.stored.as_of][-weeks:]:
            former = store.current(self.project.rankings, day)
            if former is None:
                continue
            table = former.table(columns=["account_id", "topic", "rank", "score", "propensity", "stage", "selected"])
            mine = table.filter(pc.and_(pc.equal(table.column("account_id"), account_id), pc.equal(table.column("topic"), topic_id)))
            if len(mine):
                row = mine.to_pylist()[0]
                kept = {name: row[name] for name in ("rank", "score", "propensity", "stage", "selected")}
                found.append(Place(as_of=day, groups=len(table), **kept))
        return found

    def _others(self, account_id: Any, topic_id: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        ranking = self.tables["ranking"]
        mine = ranking.filter(pc.and_(pc.equal(ranking.column("account_id"), account_id), pc.not_equal(ranking.column("topic"), topic_id)))
        return list(mine.select(list(OTHERS)).to_pylist())

    def _verdicts(self, account_id: Any, topic_id: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        """What sellers said of the group, the newest first."""
        if self.dataset is None or not self.dataset.has("verdicts"):
            return []
        rows = self.dataset.frame("verdicts")
        mine = rows[(rows["account_id"] == account_id) & (rows["topic"] == topic_id)].sort_values("at", ascending=False)
        return [{str(name): value for name, value in row.items()} for row in mine.to_dict("records")]

    def _unranked(self, account_id: Any, topic_id: Any) -> tuple[Rows, list[str]]:  # noqa: ANN401
        """What is known of a group that is not in the ranking, and why it is not."""
        if self.dataset is None:
            raise RankingError(f"{account_id}, {topic_id} is not in the ranking of {self.stored.as_of}")
        pair = pd.DataFrame({"account_id": [account_id], "topic": [topic_id]})
        found = committee.of(self.project, self.dataset, self.stored.as_of, pair)
        accounts = self.dataset.frame("accounts")
        known = accounts[accounts["account_id"] == account_id].iloc[0]
        stage, why = self._why(account_id, topic_id)
        own = {name: values.iloc[0] if hasattr(values, "iloc") else values[0] for name, values in found.columns().items()}
        about = {"account_name": known["name"], "segment": known["segment"], "region": known["region"], "owner": known["owner"]}
        row = {**own, **about, "account_id": account_id, "topic": topic_id, "stage": stage or own["stage"]}
        told = {name: made for name, made in found.tables().items()} | {"ranking": _one(pair)}
        rows = rows_of(told, account_id, topic_id)
        assert rows is not None
        return Rows(row, rows.members, rows.timeline, rows.touches), [f"Not in the ranking of {self.stored.as_of}: {why}."]

    def _why(self, account_id: Any, topic_id: Any) -> tuple[str | None, str]:  # noqa: ANN401
        """The stage that deals give it, and why it is no candidate."""
        assert self.dataset is not None
        groups, deals = self.project.settings.groups, self.dataset.frame("opportunities")
        mine = deals[(deals["account_id"] == account_id) & (deals["topic"] == topic_id)]
        stage = deal_stage(mine, self.stored.as_of, groups.customer_days)
        if stage == "in pipeline":
            return stage, "an opportunity is open"
        if str(account_id) in map(str, groups.exclude_accounts):
            return stage, "the account is excluded by groups.exclude_accounts"
        if stage == "closed" and self._won_lately(mine):
            return stage, f"it was won in the last {groups.customer_days} days"
        return stage, f"nobody showed a signal in the {groups.lookback} days before, or it was scored without what is known today"

    def _won_lately(self, mine: pd.DataFrame) -> bool:
        end = pd.Timestamp(self.stored.as_of)
        begin = end - pd.Timedelta(days=self.project.settings.groups.customer_days)
        return bool(((mine["outcome"] == "won") & mine["closed_at"].between(begin, end, inclusive="left")).any())


def _one(pair: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(pair, preserve_index=False)


def stored_for(project: Project, as_of: date | None) -> store.Stored:
    """The current ranking of a date, or the newest; RankingError when it holds no members (it was made by an older bgml)."""
    stored = store.wanted(project.rankings, as_of)
    if "members.parquet" not in stored.manifest()["files"]:
        raise RankingError(f"the ranking of {stored.as_of} holds no members; `bgml score --as-of {stored.as_of}` makes one that does")
    return stored


def best(views: Sequence[GroupView]) -> GroupView | None:
    """The best placed of some groups."""
    ranked = [found for found in views if found.row.get("rank") is not None]
    return min(ranked, key=lambda found: found.row["rank"], default=None)
