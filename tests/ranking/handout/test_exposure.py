from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bgml.data.dataset import Dataset
from bgml.errors import RankingError
from bgml.project import Project
from bgml.ranking.archive import store
from bgml.ranking.handout.exposure import LOG, entries, exported, record
from bgml.ranking.score import Scored, score

Copy = Callable[..., Project]
DAY = date(2025, 6, 30)


@pytest.fixture
def scored(copied: Copy, dataset: Dataset) -> tuple[Project, Scored]:
    project = copied()
    return project, score(project, dataset)


def test_an_export_is_a_line_of_the_log(scored: tuple[Project, Scored]) -> None:
    project, ranking = scored
    assert exported(project) == (None, [])
    record(project, ranking.stored, Path("/elsewhere/r.csv"), 7)
    record(project, ranking.stored, Path("r.xlsx"), 7)
    first, second = [json.loads(line) for line in (project.state / LOG).read_text().splitlines()]
    assert first.pop("at").endswith("+00:00")
    assert first == {"as_of": str(DAY), "ranking_id": ranking.stored.ranking_id, "file": "r.csv", "rows": 7}
    assert second["file"] == "r.xlsx"
    assert stat.S_IMODE((project.state / LOG).stat().st_mode) == 0o600


def test_what_was_exported_is_the_selection_once(scored: tuple[Project, Scored]) -> None:
    project, ranking = scored
    for _ in range(2):
        record(project, ranking.stored, Path("r.csv"), len(ranking.table))
    frame, notes = exported(project)
    assert notes == []
    assert frame is not None
    table = ranking.table.to_pandas()
    chosen = table[table["selected"]]
    assert frame[["account_id", "topic"]].values.tolist() == chosen[["account_id", "topic"]].values.tolist()
    assert set(frame["selected_by"]) == {"rank"}
    assert set(frame["selection_probability"]) == {1.0}
    assert {str(day)[:10] for day in frame["as_of"]} == {str(DAY)}


def test_a_line_left_unfinished_costs_only_itself(scored: tuple[Project, Scored]) -> None:
    project, ranking = scored
    record(project, ranking.stored, Path("r.csv"), 7)
    with (project.state / LOG).open("a") as file:
        file.write('{"as_of": "2025-0')
    record(project, ranking.stored, Path("s.csv"), 7)
    found, torn = entries(project)
    assert [entry["file"] for entry in found] == ["r.csv", "s.csv"]
    assert torn == 1
    assert exported(project)[1] == [f"1 lines of {LOG} cannot be read and are left out"]


def test_a_ranking_that_is_gone_or_not_of_the_project_is_named(scored: tuple[Project, Scored]) -> None:
    project, ranking = scored
    gone = store.Stored(DAY, "0" * 16, project.rankings / f"as_of={DAY}" / f"ranking_id={'0' * 16}")
    record(project, gone, Path("r.csv"), 7)
    with (project.state / LOG).open("a") as file:
        file.write('{"as_of": "2025-06-30", "ranking_id": "../../elsewhere"}\n[]\n')
    frame, notes = exported(project)
    assert frame is not None
    assert frame.empty
    assert notes[0].startswith("2 lines of")
    assert notes[1].startswith("an exported ranking is left out: ")
    record(project, ranking.stored, Path("r.csv"), 7)
    frame, _ = exported(project)
    assert frame is not None
    assert len(frame) > 0


def test_a_ranking_with_hindsight_told_nobody_what_to_do(copied: Copy, dataset: Dataset) -> None:
    project = copied()
    marked = score(project, dataset, date(2025, 6, 2), "propensity:2", hindsight=True)
    record(project, marked.stored, Path("r.csv"), 7)
    frame, notes = exported(project)
    assert frame is not None
    assert (len(frame), notes) == (0, [])


def test_a_log_that_cannot_be_written_is_a_stated_problem(scored: tuple[Project, Scored]) -> None:
    project, ranking = scored
    (project.state / LOG).mkdir()
    with pytest.raises(RankingError, match="is written, but .* was not"):
        record(project, ranking.stored, Path("r.csv"), 7)
    with pytest.raises(RankingError, match="cannot be read"):
        exported(project)
