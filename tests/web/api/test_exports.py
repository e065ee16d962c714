from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from bgml.ranking.columns import COLUMNS
from bgml.ranking.handout import exposure
from bgml.web.access import tokens
from tests.web.made_ranking import WEEKS


def _rows(content: bytes, kind: str) -> list[dict[str, object]]:
    if kind == "csv":
        return list(csv.DictReader(io.StringIO(content.decode())))
    if kind == "parquet":
        return pq.read_table(io.BytesIO(content)).to_pylist()
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    head, *rest = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rest]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_a_list_is_a_file(client, kind):
    found = client.get("/v1/export", params={"format": kind, "owner": "Ann", "sort": "-expected_amount", "as_of": str(WEEKS[0])})
    rows = _rows(found.content, kind)
    assert f'filename="ranking-2026-01-05.{kind}"' in found.headers["content-disposition"]
    assert [float(row["expected_amount"]) for row in rows] == [5000.0, 6000.0, 11000.0, 12000.0]
    assert {row["owner"] for row in rows} == {"Ann"} and set(COLUMNS) < set(rows[0])
    assert "Name a0-p0" in str(rows[-1]["next_step"])


def test_no_file_is_left_behind(client):
    before = set(Path(tempfile.gettempdir()).glob("bgml-export-*"))
    client.get("/v1/export")
    assert set(Path(tempfile.gettempdir()).glob("bgml-export-*")) == before


def test_what_went_out_counts_as_worked(client, project):
    text = tokens.create(project, "Bob", "viewer", "Bob")[1]
    client.get("/v1/export", params={"as_of": str(WEEKS[0])}, headers={"authorization": f"Bearer {text}"})
    rows, notes = exposure.exported(project)
    assert notes == [] and list(zip(rows["account_id"], rows["topic"], strict=True)) == [("a1", "cloud"), ("a1", "Data/AI")]
    admin = tokens.create(project, "all", "viewer")[1]
    client.get("/v1/export", params={"as_of": str(WEEKS[0])}, headers={"authorization": f"Bearer {admin}"})
    assert len(exposure.exported(project)[0]) == 4


@pytest.mark.parametrize("params", [{"format": "pdf"}, {"ownr": "Ann"}, {"as_of": "x"}, {"limit": 5, "sort": "no"}])
def test_what_cannot_be_a_file_is_told(client, params):
    assert client.get("/v1/export", params=params).status_code == 422
