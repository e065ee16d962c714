"""`bgml features`: the matrix as a file, and what its columns mean."""

from __future__ import annotations

import errno
import json
import os

import pandas as pd
import pyarrow.parquet as pq
import pytest

from bgml.data.dataset import open_dataset
from bgml.engine.build import build
from bgml.groups.outcomes import label
from tests.engine_fixtures import features_of
from tests.small_project import reopened, small_project, tables

SECOND = "2025-01-06"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The small project; nothing of it is changed by these tests."""
    folder = tmp_path_factory.mktemp("small")
    frames = tables()
    frames["signals"] = frames["signals"].iloc[::3]
    small_project(folder, frames=frames)
    return folder


@pytest.fixture
def features(bgml, root):
    """Run `bgml features` in the small project."""
    return lambda *arguments, project=root: bgml("features", "--project", project, *arguments)


def _told(result):
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.output
    return " ".join(result.stderr.split())


def test_the_matrix_of_named_dates(features, root, tmp_path):
    out = tmp_path / "matrix.parquet"
    result = features("--as-of", SECOND, "--as-of", "2024-10-07", "--only", "people_*,momentum", "--out", out)
    assert result.exit_code == 0, result.output
    project = reopened(root)
    dates = [pd.Timestamp(text).date() for text in ("2024-10-07", SECOND)]
    expected = build(project, open_dataset(project), dates, only=["people_*", "momentum"], cached=False)
    found = pq.read_table(out).to_pandas()
    assert list(found.columns) == ["as_of", "account_id", "topic", *expected.catalog.names]
    frames = pd.concat(expected.frames(), ignore_index=True)
    assert found["as_of"].tolist() == frames["as_of"].dt.date.tolist()
    pd.testing.assert_frame_equal(found.drop(columns="as_of"), frames.drop(columns="as_of"), check_dtype=False, check_exact=True)
    assert f"{len(found):,} rows, 2 as-of dates, {len(expected.catalog.names)} features in {out}" in " ".join(result.stdout.split())


def test_a_range_lies_on_the_grid_of_the_settings_or_of_every(features, tmp_path):
    out, only = tmp_path / "matrix.parquet", ("--only", "actions_7d")
    assert features("--since", "2025-01-01", "--until", "2025-03-31", "--out", out, *only).exit_code == 0
    dates = sorted(set(pq.read_table(out).column("as_of").to_pylist()))
    assert len(dates) == 3
    assert {(later - earlier).days for earlier, later in zip(dates, dates[1:], strict=False)} == {28}
    assert all((day - pd.Timestamp("1970-01-05").date()).days % 28 == 0 for day in dates)
    assert features("--since", "2025-01-06", "--until", "2025-01-20", "--every", "7", "--out", out, *only).exit_code == 0
    weekly = sorted(set(pq.read_table(out).column("as_of").to_pylist()))
    assert [str(day) for day in weekly] == ["2025-01-06", "2025-01-13", "2025-01-20"]


def test_without_dates_it_is_the_newest_monday(features, tmp_path):
    result = features("--only", "actions_7d", "--out", tmp_path / "matrix.parquet", "--json")
    document = json.loads(result.stdout)
    assert document["dates"] == ["2025-06-30"]
    assert document["features"] == ["actions_7d"]
    assert document["rows"] == pq.read_metadata(tmp_path / "matrix.parquet").num_rows
    assert document["file"].endswith("matrix.parquet")
    assert "segment" not in document["left_out"]


def test_outcomes_are_null_where_they_are_not_known_yet(features, root, tmp_path):
    out = tmp_path / "matrix.parquet"
    assert features("--as-of", "2024-12-02", "--as-of", "2025-05-05", "--only", "actions_7d", "--outcome", "--out", out).exit_code == 0
    found = pq.read_table(out).to_pandas()
    project = reopened(root)
    expected = label(found[["as_of", "account_id", "topic"]], open_dataset(project), project.settings)["won"]
    pd.testing.assert_series_equal(found["won"].astype("float64"), expected.astype("float64"), check_index=False, check_names=False)
    by_date = found.groupby("as_of")["won"]
    assert by_date.count().tolist()[1] == 0 < by_date.sum().tolist()[0]


def test_all_groups_are_more(features, tmp_path):
    arguments = ("--as-of", SECOND, "--only", "account_open_before", "--json")
    few, all_ = (
        json.loads(features(*arguments, *more, "--out", tmp_path / "m.parquet").stdout)["rows"] for more in ((), ("--all-groups",))
    )
    assert few < all_


def test_a_date_after_the_end_of_the_data_is_warned_of(features, tmp_path):
    result = features("--as-of", "2025-09-01", "--only", "actions_182d", "--out", tmp_path / "matrix.parquet")
    assert result.exit_code == 0
    assert "as-of 2025-09-01 is after the data's end (2025-06-30)" in " ".join(result.stderr.split())


def test_a_date_before_all_data_gives_an_empty_file(features, tmp_path):
    result = features("--as-of", "2020-01-06", "--outcome", "--out", tmp_path / "matrix.parquet", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["rows"] == 0
    assert pq.read_metadata(tmp_path / "matrix.parquet").num_rows == 0


def test_list_shows_every_column_with_its_meaning(features):
    result = features("--list", "--only", "people_7d,momentum")
    assert result.exit_code == 0
    assert "features/breadth.py" in result.stdout and "features/momentum.py" in result.stdout
    assert "distinct people in the last 7 days" in " ".join(result.stdout.split())
    assert "left out: employees: accounts.employees" in " ".join(result.stdout.split())
    document = json.loads(features("--list", "--json").stdout)
    columns = {column["name"]: column for column in document["columns"]}
    assert len(columns) > 100
    assert columns["people_7d"] == {
        "name": "people_7d", "kind": "integer", "family": "breadth", "meaning": "distinct people in the last 7 days",
    }  # fmt: skip
    assert columns["momentum"]["kind"] == "number"
    assert {"employees", "revenue"} <= set(document["left_out"])


def test_list_works_before_there_are_tables(bgml, tmp_path):
    (tmp_path / "bgml.toml").write_text('[project]\nname = "empty"\n')
    document = json.loads(bgml("features", "--list", "--json", "--project", tmp_path).stdout)
    assert len(document["columns"]) > 100


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "no file to write to; name one with --out FILE.parquet"),
        (("--out", "m.csv"), "--out m.csv is not a .parquet file"),
        (("--out", "nowhere/m.parquet"), "nowhere does not exist; make it first"),
        (("--out", "m.parquet", "--since", "2025-01-01"), "a range of dates needs both --since and --until"),
        (("--out", "m.parquet", "--until", "2025-01-01"), "a range of dates needs both --since and --until"),
        (
            ("--out", "m.parquet", "--since", "2025-01-07", "--until", "2025-01-08"),
            "no date of the grid (every 28 days from Monday 1970-01-05)",
        ),
        (("--out", "m.parquet", "--only", "peple_7d"), 'no feature is called "peple_7d"; did you mean "people_7d"?'),
        (("--out", "m.parquet", "--only", "employees"), 'feature "employees" is not available on this data'),
        (("--list", "--only", "peple_7d"), 'no feature is called "peple_7d"; did you mean "people_7d"?'),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(features, tmp_path, monkeypatch, arguments, told):
    monkeypatch.chdir(tmp_path)
    assert told in _told(features(*arguments))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [("--as-of", "2025-1-6"), ("--as-of", "yesterday"), ("--every", "0"), ("--nothing",)])
def test_wrong_usage_exits_2(features, arguments):
    assert features(*arguments, "--out", "m.parquet").exit_code == 2


BROKEN = {
    "raises": ("x = 1 / 0\n", "features/raises.py, line 2: raises ZeroDivisionError"),
    "looks": ("def looks(m):\n    'L.'\n    return m.actions_7d.rank()\n", "looks.py:2: looks() looks at other rows"),
    "fails": ("def fails(m):\n    'F.'\n    return m.actions_7d + nothing\n", "fails.py:4: fails() failed: NameError"),
    "twice": ("from bgml import measure\npeople = measure('person')\n", 'two features are called "people_7d"'),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_feature_file_at_fault_is_told_with_its_place(bgml, tmp_path, name):
    (tmp_path / "bgml.toml").write_text('[project]\nname = "broken"\n')
    text, told = BROKEN[name]
    features_of(tmp_path, **{name: f'"""Broken."""\n{text}'})
    assert told in _told(bgml("features", "--list", "--project", tmp_path))


def test_an_unknown_name_to_leave_out_gets_the_nearest(bgml, tmp_path):
    (tmp_path / "bgml.toml").write_text('[project]\nname = "t"\n[features]\nwithout = ["momentun"]\n')
    assert 'no feature is called "momentun"; did you mean "momentum"?' in _told(bgml("features", "--list", "--project", tmp_path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told(features, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    assert "closed" in _told(features("--as-of", SECOND, "--only", "actions_7d", "--out", tmp_path / "closed" / "m.parquet"))


def test_a_full_disk_is_told_and_leaves_the_former_file(features, tmp_path, monkeypatch):
    out = tmp_path / "m.parquet"
    out.write_bytes(b"the former one")

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device", str(out))

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    assert "the disk is full" in _told(features("--as-of", SECOND, "--only", "actions_7d", "--out", out))
    assert [path.name for path in tmp_path.iterdir()] == ["m.parquet"]
    assert out.read_bytes() == b"the former one"


def test_a_former_file_stays_when_a_run_fails(features, tmp_path):
    out = tmp_path / "m.parquet"
    out.write_bytes(b"the former one")
    _told(features("--only", "peple_7d", "--out", out))
    assert out.read_bytes() == b"the former one"


def test_help_shows_an_example(features):
    result = features("--help")
    assert result.exit_code == 0
    assert "bgml features --since 2025-01-06" in result.stdout


def test_a_feature_in_five_minutes(bgml, tmp_path):
    small_project(tmp_path)
    made = bgml("features", "--new", "visits", "--project", tmp_path)
    assert made.exit_code == 0, made.output
    assert "features/visits.py is written; it makes visits_28d, visits_91d, visits_rise." in made.stdout
    assert "bgml features --try visits_28d" in made.stdout
    tried = bgml("features", "--try", "visits_28d", "--project", tmp_path)
    assert tried.exit_code == 0, tried.output
    told = " ".join(tried.stdout.split())
    assert "visits_28d: distinct people x days in the last 28 days (features/visits.py)" in told
    assert "Alone: AUC 0." in told and "Nearest column: " in told
    assert told.count("visits_28d = ") == 3
    document = json.loads(bgml("features", "--try", "visits_rise", "--project", tmp_path, "--json").stdout)
    assert document["column"] == "visits_rise"
    assert [each["kind"] for each in document["behind"]] == ["columns"] * 3
    assert set(document["behind"][0]["reads"]) == {"visits_28d", "visits_91d"}
    again = bgml("features", "--new", "visits", "--project", tmp_path)
    assert "features/visits.py is there already" in _told(again)
    json.loads(bgml("features", "--new", "others", "--project", tmp_path, "--json").stdout)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--new", "breadth"), "would replace the package's family"),
        (("--new", "No"), '"No" cannot name features'),
        (("--try", "people"), '"people" makes the columns people_7d'),
        (("--try", "employees"), 'the column "employees" is left out'),
    ],
)
def test_what_cannot_be_made_or_tried_is_told(features, arguments, told):
    assert told in _told(features(*arguments))
