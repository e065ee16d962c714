"""A date scored from end to end: trends, hindsight, dates the data does not reach."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date

import pytest

from bgml.data.dataset import Dataset
from bgml.errors import ModelError, RankingError, TrackingError
from bgml.learning.tracking import registry
from bgml.project import Project
from bgml.ranking.archive import store
from bgml.ranking.score import score

JUNE = date(2025, 6, 2)
MONDAY = date(2025, 6, 30)


def test_the_default_is_the_newest_monday_and_propensity(dataset: Dataset, copied: Callable[..., Project]) -> None:
    project = copied()
    scored = score(project, dataset)
    assert (scored.stored.as_of, str(scored.version), scored.warnings, scored.hindsight) == (MONDAY, "propensity:2", (), False)
    assert store.current(project.rankings, MONDAY) == scored.stored
    assert scored.stored.table().equals(scored.table)
    manifest = scored.stored.manifest()
    assert manifest["model"]["sha256"] == registry.checksum(scored.version)
    assert manifest["rows"] == {name: len(scored.stored.table(name)) for name in ("ranking", "members", "timeline", "touches")}


def test_scoring_again_gives_the_same_bytes(dataset: Dataset, copied: Callable[..., Project]) -> None:
    project = copied()
    first = score(project, dataset)
    before = {path.name: path.read_bytes() for path in first.stored.folder.iterdir()}
    first.stored.folder.rename(project.root / "aside")
    second = score(project, dataset)
    assert {path.name: path.read_bytes() for path in second.stored.folder.iterdir()} == before


def test_trend_and_previous_rank_come_from_the_former_ranking(dataset: Dataset, copied: Callable[..., Project]) -> None:
    project = copied()
    former = score(project, dataset, JUNE, "propensity:1").table.to_pandas().set_index(["account_id", "topic"])
    assert set(former["trend"]) == {"new"}
    scored = score(project, dataset, MONDAY, "propensity:1")
    now = scored.table.to_pandas().set_index(["account_id", "topic"])
    assert now["previous_rank"].dropna().to_dict() == {key: float(rank) for key, rank in former["rank"].items() if key in now.index}
    moved = (now["percentile"] - former["percentile"].reindex(now.index)).dropna()
    for key, points in moved.items():
        assert now.loc[key, "trend"] == ("improving" if points >= 10 else "declining" if points <= -10 else "steady")
    assert set(now.loc[~now.index.isin(former.index), "trend"]) <= {"new"}
    assert scored.stored.manifest()["formers"] == [{"as_of": str(JUNE), "ranking_id": store.wanted(project.rankings, JUNE).ranking_id}]


def test_a_version_that_knows_the_future_is_refused_and_one_that_fits_named(dataset: Dataset, copied: Callable[..., Project]) -> None:
    project = copied()
    with pytest.raises(RankingError) as raised:
        score(project, dataset, JUNE)
    assert str(raised.value) == (
        "propensity:2 was trained as of 2025-06-30, so it knows what came after 2025-06-02; propensity:1, as of 2025-03-31, fits: "
        "use --model propensity:1 (--hindsight ranks with it all the same and marks the ranking)"
    )
    with pytest.raises(
        RankingError, match="no version was trained as of 2025-03-03 or before: `bgml train propensity --as-of 2025-03-03` makes one"
    ):
        score(project, dataset, date(2025, 3, 3))
    assert store.dates(project.rankings) == []


def test_hindsight_marks_the_ranking_and_is_ignored_by_others(dataset: Dataset, copied: Callable[..., Project]) -> None:
    project = copied()
    scored = score(project, dataset, JUNE, hindsight=True)
    assert scored.hindsight
    assert scored.stored.manifest()["hindsight"] is True
    assert "propensity:2 was trained as of 2025-06-30 and knows what came after 2025-06-02" in scored.warnings[0]
    assert store.current(project.rankings, JUNE) is None
    later = score(project, dataset, MONDAY)
    assert set(later.table.column("trend").to_pylist()) == {"new"}
    assert later.stored.manifest()["formers"] == []


def test_hindsight_asked_for_but_not_needed_is_an_ordinary_ranking(dataset: Dataset, copied: Callable[..., Project]) -> None:
    project = copied()
    assert not score(project, dataset, MONDAY, hindsight=True).hindsight
    assert store.dates(project.rankings) == [MONDAY]


def test_a_date_after_the_data_warns_and_says_what_it_means(dataset: Dataset, copied: Callable[..., Project]) -> None:
    scored = score(copied(), dataset, date(2025, 7, 14))
    assert scored.warnings == (
        "2025-07-14 is after the end of the data, 2025-06-30: nothing is known of the 14 days between, so groups look quieter "
        "than they are and propensities are too low",
    )


def test_a_damaged_version_leaves_the_former_ranking(dataset: Dataset, copied: Callable[..., Project]) -> None:
    project = copied()
    former = score(project, dataset)
    (former.version.folder / "model.txt").write_text("tree\n")
    with pytest.raises(ModelError, match="damaged"):
        score(project, dataset)
    assert store.current(project.rankings, MONDAY) == former.stored


def test_an_unknown_reference_names_the_nearest(trained: Project, dataset: Dataset) -> None:
    with pytest.raises(TrackingError, match='did you mean "propensity"'):
        score(trained, dataset, model="propensitty")


def test_scoring_does_not_import_mlflow(copied: Callable[..., Project]) -> None:
    project = copied()
    code = (
        "import json, sys; from bgml.cli.main import app; app(sys.argv[1:], standalone_mode=False); print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, "score", "--project", str(project.root)], capture_output=True, text=True, check=True)
    modules = set(json.loads(done.stdout.splitlines()[-1]))
    assert "lightgbm" in modules
    assert not modules & {"mlflow", "openpyxl", "matplotlib", "skops", "alembic"}
