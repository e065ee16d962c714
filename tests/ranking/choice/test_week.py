"""The week of a ranking: weeks one after the other, each with new groups, limits kept, and what is said of it."""

from __future__ import annotations

import shutil
from datetime import date

import pandas as pd
import pytest

from bgml.data.dataset import Dataset
from bgml.evaluation.race.facts import facts
from bgml.evaluation.race.worked import worked
from bgml.learning.examples import collect
from bgml.project import Project
from bgml.ranking.choice.movement import Movement
from bgml.ranking.choice.week import Week, resting, week
from bgml.ranking.handout import exposure
from bgml.ranking.score import Scored, score
from tests.small_project import reopened

WEEKS = [date(2025, 4, 7), date(2025, 4, 14), date(2025, 4, 21), date(2025, 5, 5)]
RULES = [{"route": "account", "segment": ["small"], "topics_from": 2}, {"route": "lead", "people_below": 5}]


@pytest.fixture(scope="module")
def weekly(trained: Project, dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, list[Scored]]:
    """Four rankings of a project with rules of routes, a rest of 21 days and exploration."""
    root = tmp_path_factory.mktemp("weekly") / "small"
    shutil.copytree(trained.root, root, ignore=shutil.ignore_patterns("rankings"))
    ranking = {"capacity": 6, "owner_capacity": 3, "max_per_account": 1, "rework_days": 21, "explore": 0.34}
    project = reopened(root, ranking=ranking, routes={"rule": RULES})
    return project, [score(project, dataset, day, "propensity:1") for day in WEEKS]


def frame(scored: Scored) -> pd.DataFrame:
    return scored.table.to_pandas()


def chosen(scored: Scored) -> set[tuple[str, str]]:
    rows = frame(scored)
    return set(rows.loc[rows["selected"], ["account_id", "topic"]].itertuples(index=False, name=None))


def test_each_week_brings_new_groups_until_they_have_rested(weekly: tuple[Project, list[Scored]]) -> None:
    project, scored = weekly
    first, second, third, fifth = (chosen(one) for one in scored)
    assert all(len(week) == 6 for week in (first, second))
    assert not first & second
    assert not (first | second) & third
    assert not third & fifth, "fourteen days are not over"
    rest = resting(project, scored[3].stored)
    assert set(rest["worked"]) == {WEEKS[2]}, "twenty-one days are over"
    worked_once = frame(scored[3]).merge(pd.DataFrame(sorted((first | second) - third), columns=["account_id", "topic"]))
    assert len(worked_once)
    lately = worked_once["account_id"].isin([account for account, _ in third])
    may = worked_once[~lately].merge(rest, on=["account_id", "topic"], how="left")
    assert may["worked"].isna().all()


def test_every_row_is_kept_and_has_one_route(weekly: tuple[Project, list[Scored]], dataset: Dataset) -> None:
    project, scored = weekly
    for one in scored:
        rows = frame(one)
        assert rows["route"].isin(["lead", "account", "group"]).all()
        assert (rows.groupby("account_id")["route"].nunique() == 1).all()
        candidates = collect(project, dataset, [one.stored.as_of], columns=["people_91d"])
        told = candidates.keys().astype({"account_id": str, "topic": str}).assign(
            route=facts(dataset, candidates, project.settings.routes)["route"].astype(str)
        )
        both = rows.merge(told, on=["account_id", "topic"], suffixes=("", "_evaluated"))
        assert len(both) == len(rows) == len(told)
        assert (both["route"] == both["route_evaluated"]).all(), "an evaluation tells the same route of the same date"
    assert set(pd.concat([frame(one) for one in scored])["route"]) == {"lead", "account", "group"}


def test_the_same_inputs_choose_the_same(weekly: tuple[Project, list[Scored]], dataset: Dataset) -> None:
    project, scored = weekly
    for one in scored:
        again = score(project, dataset, one.stored.as_of, "propensity:1")
        assert again.stored.ranking_id == one.stored.ranking_id
        assert again.table.equals(one.table), "later rankings and its own make no difference"


def test_the_week_says_who_rests_and_what_was_drawn(weekly: tuple[Project, list[Scored]], dataset: Dataset) -> None:
    project, scored = weekly
    found = week(project, dataset, scored[1].stored)
    rows = frame(scored[1])
    here = {key for key in chosen(scored[0]) if key in set(rows[["account_id", "topic"]].itertuples(index=False, name=None))}
    rest = found.resting.set_index(["account_id", "topic"])
    assert here <= set(rest.index)
    assert set(rest["worked"]) == {WEEKS[0]}
    assert set(rest["again"]) == {date(2025, 4, 28)}
    assert not rows.set_index(["account_id", "topic"]).loc[list(rest.index), "selected"].any()
    assert found.explored == (rows["selected_by"] == "exploration").sum() == 2
    assert sum(found.routes.values()) == found.selected == 6
    owned = rows["owner"].notna()
    assert found.unassigned["groups"].sum() == (rows["selected"] & ~owned).sum()
    assert found.movement is not None
    before = frame(scored[0]).merge(rows, on=["account_id", "topic"])
    assert found.movement.stages["groups"].sum() == (before["stage_x"] != before["stage_y"]).sum()
    assert found.movement.trends["new"] == (rows["trend"] == "new").sum()
    assert resting(project, scored[0].stored).empty
    assert week(project, dataset, scored[0].stored).movement is None


def test_exposure_weighs_the_drawn_by_the_chance_they_had(weekly: tuple[Project, list[Scored]], dataset: Dataset) -> None:
    project, scored = weekly
    for one in scored:
        exposure.record(project, one.stored, project.root / "r.csv", len(one.table))
    exported, notes = exposure.exported(project)
    assert not notes
    candidates = collect(project, dataset, WEEKS, columns=["people_91d"])
    found = worked(dataset, candidates, exported)
    rows = pd.concat([frame(one).assign(at=one.stored.as_of) for one in scored])
    assert found.selected.sum() == rows["selected"].sum()
    assert found.explored.sum() == (rows["selected_by"] == "exploration").sum() > 0
    drawn = rows[rows["selected_by"] == "exploration"]
    weights = 1 / found.probability[found.explored]
    assert sorted(weights) == pytest.approx(sorted(1 / drawn["selection_probability"]))
    below = rows[(rows["selected_by"] != "rank") & (rows["selection_probability"] > 0)]
    assert below.groupby("at")["selection_probability"].sum().to_numpy() == pytest.approx(drawn.groupby("at").size().to_numpy(), abs=1e-9)


def test_what_a_week_says() -> None:
    names = ["Ada", None, "Cy", "Di", "Ed"]
    unassigned = pd.DataFrame({"account_id": ["a", "b", "c", "d", "e"], "account_name": names, "groups": [2, 1, 1, 1, 1]})
    rest = pd.DataFrame({"account_id": ["z"], "topic": ["x"], "worked": [WEEKS[0]], "again": [WEEKS[1]]})
    stages = pd.DataFrame([["identified", "engaged", 3], ["qualified", "engaged", 1]], columns=["before", "now", "groups"])
    moved = Movement(WEEKS[0], {"new": 1, "improving": 0, "steady": 5, "declining": 2}, {}, stages)
    found = Week(9, 2, rest, 90, {"group": 7, "lead": 2}, unassigned, moved)
    assert found.sentences == [
        "2 of the 9 selected were drawn at random from below the line (ranking.explore).",
        "By route: 7 group, 2 lead.",
        "1 groups rest and are not shown: they were selected in the last 90 days.",
        "6 selected groups have no owner: Ada, b, Cy and 2 more.",
        "Since 2025-04-07: 1 new, 0 improving, 2 declining, 0 dropped.",
        "Stages: 3 from identified to engaged; 1 fell back.",
    ]
    assert found.plain()["unassigned"][1] == {"account_id": "b", "account_name": None, "groups": 1}
    nothing = Week(0, 0, rest.iloc[:0], 90, {}, unassigned.iloc[:0], None)
    assert nothing.sentences == []
    assert nothing.plain()["movement"] is None
    assert nothing.plain()["unassigned"] == []
