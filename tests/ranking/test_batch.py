"""The rows of a ranking: what each column holds, and that nothing but the inputs decides them."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from bgml.data.dataset import Dataset, open_dataset, open_tables
from bgml.engine.build import build
from bgml.engine.columns.catalog import load_catalog
from bgml.errors import ModelError, RankingError
from bgml.learning.tracking import registry
from bgml.learning.training import train
from bgml.project import Project
from bgml.ranking import batch
from bgml.ranking.columns import COLUMNS, id_type, schema
from bgml.scoring import artifact
from tests.read_reasons import holds, read
from tests.small_project import UNTIL, priced, reopened, small_project, tables

MONDAY = date(2025, 6, 30)


def ranked(project: Project, dataset: Dataset, as_of: date = MONDAY, reference: str = "propensity") -> batch.Ranking:
    version = registry.resolve(project, reference)
    return batch.rank(project, dataset, as_of, artifact.load(version.folder, project), version)


@pytest.fixture(scope="module")
def ranking(trained: Project, dataset: Dataset) -> batch.Ranking:
    return ranked(trained, dataset)


@pytest.fixture(scope="module")
def frame(ranking: batch.Ranking) -> pd.DataFrame:
    return ranking.table.to_pandas()


def test_the_columns_are_those_of_the_interface(ranking: batch.Ranking) -> None:
    assert ranking.table.column_names == list(COLUMNS)
    assert ranking.table.schema == schema(COLUMNS, {"account_id": pa.string(), "topic": pa.string()})


def test_every_candidate_has_one_row(trained: Project, dataset: Dataset, frame: pd.DataFrame) -> None:
    candidates = build(trained, dataset, [MONDAY], only=["people_91d", "visitors_91d"]).frame(MONDAY)
    found = frame.sort_values(["account_id", "topic"]).reset_index(drop=True)
    assert found[["account_id", "topic"]].equals(candidates[["account_id", "topic"]])
    assert (found["people"] >= candidates["people_91d"]).all(), "a visitor that became a person is one"
    assert (found["visitors"] <= candidates["visitors_91d"]).all()


def test_the_best_score_is_first(frame: pd.DataFrame) -> None:
    assert frame["rank"].tolist() == list(range(1, len(frame) + 1))
    assert frame["score"].is_monotonic_decreasing
    assert frame["propensity"].between(0, 1).all()
    assert frame["propensity"].is_monotonic_decreasing
    assert frame["percentile"].iloc[0] == 100
    assert frame["band"].iloc[0] == "A"
    assert set(frame["as_of"]) == {MONDAY}


def test_accounts_bring_their_names_and_owners(frame: pd.DataFrame) -> None:
    accounts = tables()["accounts"].set_index("account_id").loc[frame["account_id"]]
    assert frame["account_name"].tolist() == accounts["name"].tolist()
    assert frame["owner"].fillna("").tolist() == accounts["owner"].tolist()
    assert frame["owner_rank"].isna().tolist() == (accounts["owner"] == "").tolist()
    assert frame[frame["owner"] == "ann"]["owner_rank"].tolist() == list(range(1, int((frame["owner"] == "ann").sum()) + 1))


def test_the_selected_fit_the_capacity(trained: Project, frame: pd.DataFrame) -> None:
    limits = trained.settings.ranking
    selected = frame[frame["selected"]]
    assert len(selected) == limits.capacity
    assert selected["owner"].value_counts().max() <= limits.owner_capacity
    assert selected["account_id"].is_unique
    assert set(selected["selected_by"]) == {"rank"}
    assert frame["selected_by"].notna().equals(frame["selected"])
    assert frame["selection_probability"].tolist() == frame["selected"].astype(float).tolist()


def test_reasons_stand_at_the_top_and_beside_the_selected(trained: Project, frame: pd.DataFrame) -> None:
    explained = frame["reasons"].notna()
    assert explained.tolist() == (frame["selected"] | (frame["rank"] <= trained.settings.ranking.capacity)).tolist()
    assert all(isinstance(reason, str) for reasons in frame["reasons"][explained] for reason in reasons)
    assert (frame["reasons"][explained].map(len) > 0).all()


@pytest.mark.parametrize("reference", ["propensity", "people_count"])
def test_reasons_are_true_of_their_rows_and_of_what_training_saw(trained: Project, dataset: Dataset, reference: str) -> None:
    ranking = ranked(trained, dataset, reference=reference).table.to_pandas()
    catalog = load_catalog(trained, dataset)
    scorer = artifact.load(registry.resolve(trained, reference).folder, trained)
    matrix = build(trained, dataset, [MONDAY]).frame(MONDAY).set_index(["account_id", "topic"])
    infos = [info for info in catalog.columns if info.name in scorer.features]
    seen = scorer.info["comparison"]["columns"]
    kinds = set()
    for row in ranking[ranking["reasons"].notna()].to_dict("records"):
        for sentence in row["reasons"]:
            found = read(sentence, infos)
            assert found, sentence
            read_back = [replace(one, kind=one.kind if reference == "propensity" else None) for one in found]
            assert any(holds(one, matrix.loc[(row["account_id"], row["topic"])], seen) for one in read_back), sentence
            kinds.add(found[0].kind)
    assert kinds - {None}, "some are compared"


def test_every_group_has_members_a_stage_and_what_it_lacks(ranking: batch.Ranking, frame: pd.DataFrame) -> None:
    assert set(frame["stage"]) <= {"identified", "engaged", "qualified"}
    assert frame["coverage"].between(0, 1).all()
    assert all(len(missing) == round(4 * (1 - covered)) for missing, covered in zip(frame["missing_roles"], frame["coverage"], strict=True))
    members = ranking.tables["members"].to_pandas()
    recent = members[members["actions_91d"] > 0].groupby(["account_id", "topic"])[["person_id", "visitor_id"]].count()
    counted = frame.set_index(["account_id", "topic"])[["people", "visitors"]]
    assert recent.reindex(counted.index).to_numpy().tolist() == counted.to_numpy().tolist()


def test_without_amounts_nothing_is_expected(frame: pd.DataFrame) -> None:
    assert frame["expected_amount"].isna().all()


@pytest.fixture(scope="module")
def valued(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Dataset]:
    """A project whose deals have amounts, with propensity:1 and value:2."""
    project = small_project(tmp_path_factory.mktemp("valued") / "small", frames=priced())
    dataset = open_dataset(project)
    train(project, dataset, ["propensity", "value"])
    return project, dataset


def test_what_is_expected_is_propensity_times_what_a_win_brings(valued: tuple[Project, Dataset]) -> None:
    frame = ranked(*valued).table.to_pandas()
    if_won = frame["expected_amount"] / frame["propensity"]
    brings = if_won.groupby([frame["segment"], frame["topic"]]).agg(["min", "max"])
    assert brings["min"].to_numpy() == pytest.approx(brings["max"].to_numpy()), "by segment and topic, as there are few deals"
    assert brings.loc[("large", "ai"), "min"] > 3 * brings.loc[("small", "ai"), "max"]
    assert if_won.between(900, 9500).all()


def test_value_ranks_by_what_is_expected_and_says_so(valued: tuple[Project, Dataset]) -> None:
    frame = ranked(*valued, reference="value").table.to_pandas()
    assert frame["expected_amount"].is_monotonic_decreasing
    assert np.exp(frame["score"]).tolist() == pytest.approx(frame["expected_amount"].tolist())
    assert not frame["propensity"].is_monotonic_decreasing
    reasons = [reason for found in frame["reasons"].dropna() for reason in found]
    assert any(re.search(r"^[\d,]+ to expect if won \(typical [\d,]+\)$", reason) for reason in reasons)


def test_amounts_whose_columns_are_gone_leave_value_alone_without_a_list(valued: tuple[Project, Dataset]) -> None:
    project, dataset = valued
    without = reopened(project.root, features={"without": ["segment"]})
    assert ranked(without, dataset).table.to_pandas()["expected_amount"].isna().all()
    with pytest.raises(ModelError, match='value:2 reads "segment", but'):
        ranked(without, dataset, reference="value")


def test_rows_say_what_made_them(trained: Project, ranking: batch.Ranking, frame: pd.DataFrame) -> None:
    version = registry.resolve(trained, "propensity")
    said = frame[["model", "model_version", "mlflow_run", "ranking_id"]].drop_duplicates()
    assert said.to_numpy().tolist() == [["propensity", 2, version.run_id, ranking.ranking_id]]
    assert len(ranking.ranking_id) == 16


def test_the_same_inputs_give_the_same_ranking_whatever_the_order_of_rows(trained: Project, ranking: batch.Ranking) -> None:
    shuffled = {name: frame.sample(frac=1, random_state=1).reset_index(drop=True) for name, frame in tables().items()}
    again = ranked(trained, open_tables(shuffled, date.fromisoformat(UNTIL), trained.settings))
    assert again.ranking_id == ranking.ranking_id
    assert again.table.equals(ranking.table)


def test_later_rows_change_nothing(trained: Project, dataset: Dataset) -> None:
    frames = tables()
    late = frames["signals"].tail(50).assign(signal_id=[f"late{number}" for number in range(50)], occurred_at=pd.Timestamp("2025-06-02"))
    frames["signals"] = pd.concat([frames["signals"], late], ignore_index=True)
    with_later = open_tables(frames, date.fromisoformat(UNTIL), trained.settings)
    assert ranked(trained, with_later, date(2025, 6, 2)) == ranked(trained, dataset, date(2025, 6, 2))
    assert ranked(trained, with_later, date(2025, 6, 9)).ranking_id != ranked(trained, dataset, date(2025, 6, 9)).ranking_id


def test_every_input_has_its_part_in_the_id(
    trained: Project, dataset: Dataset, ranking: batch.Ranking, copied: Callable[..., Project]
) -> None:
    other_settings = ranked(copied(ranking={"capacity": 7}), dataset)
    other_version = ranked(trained, dataset, reference="propensity:1")
    renamed = tables()
    renamed["accounts"].loc[renamed["accounts"]["account_id"] == ranking.table.column("account_id")[0].as_py(), "owner"] = "dora"
    other_data = ranked(trained, open_tables(renamed, date.fromisoformat(UNTIL), trained.settings))
    assert len({found.ranking_id for found in (ranking, other_settings, other_version, other_data)}) == 4


def test_a_rule_ranks_with_ties_and_says_what_it_counts(trained: Project, dataset: Dataset) -> None:
    frame = ranked(trained, dataset, reference="people_count").table.to_pandas()
    assert frame["score"].is_monotonic_decreasing
    assert frame["score"].duplicated().any()
    assert (frame["score"] <= frame["people"] + frame["visitors"]).all()
    assert frame["reasons"].iloc[0] is not None


def test_people_are_counted_whatever_features_there_are(dataset: Dataset, frame: pd.DataFrame, copied: Callable[..., Project]) -> None:
    without = ranked(copied(features={"without": ["visitors_91d"]}), dataset).table.to_pandas()
    assert without[["people", "visitors"]].equals(frame[["people", "visitors"]])


def test_a_feature_the_version_reads_must_be_there(dataset: Dataset, copied: Callable[..., Project]) -> None:
    project = copied(features={"without": ["people_28d"]})
    with pytest.raises(ModelError, match='propensity:2 reads "people_28d", but the project has no such feature'):
        ranked(project, dataset)


def test_a_date_without_candidates_is_an_error(trained: Project, dataset: Dataset) -> None:
    with pytest.raises(
        RankingError,
        match="no group is a candidate at 2026-06-01: none has a known signal in the 91 days before it; data is until 2025-06-30",
    ):
        ranked(trained, dataset, date(2026, 6, 1))


def test_integer_ids_stay_integers(trained: Project) -> None:
    frames = {name: frame.copy() for name, frame in tables().items()}
    for frame in frames.values():
        if "account_id" in frame:
            frame["account_id"] = frame["account_id"].str[1:].astype(np.int64)
    numbered = ranked(trained, open_tables(frames, date.fromisoformat(UNTIL), trained.settings)).table
    assert numbered.schema.field("account_id").type == pa.int64()


def test_ids_of_another_kind_are_refused() -> None:
    assert id_type(pa.dictionary(pa.int32(), pa.large_string()), "topic") == pa.string()
    with pytest.raises(RankingError, match="topic is of type double; ids are integers or text"):
        id_type(pa.float64(), "topic")


def test_contributions_are_asked_for_at_the_top_only(trained: Project, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    version = registry.resolve(trained, "propensity")
    scorer = artifact.load(version.folder, trained)
    asked: list[int] = []
    real = scorer.contributions
    monkeypatch.setattr(scorer, "contributions", lambda frame: (asked.append(len(frame)), real(frame))[1])
    table = batch.rank(trained, dataset, MONDAY, scorer, version).table
    assert sum(asked) < len(table)
