"""`/v1/export`: a list as a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from bgml.errors import RankingError
from bgml.ranking.columns import COLUMNS, KINDS
from bgml.ranking.handout.export import export as write
from bgml.ranking.handout.exposure import record
from bgml.web.access.viewer import Viewer, viewer_of
from bgml.web.api.asked import as_of_date, asked, filter_parameters
from bgml.web.api.schemas.problem import problems
from bgml.web.problems import Problem
from bgml.web.seen import listing
from bgml.web.seen.rows import rows
from bgml.web.service import Service, service_of
from bgml.web.shelf.snapshot import Snapshot

router = APIRouter(prefix="/v1", tags=["export"])
FORMATS = {
    "csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}  # fmt: skip
PART = 5_000
WHOLE = 10**9
PARAMETERS = [
    {"name": "format", "in": "query", "required": False, "schema": {"type": "string", "enum": list(FORMATS), "default": "csv"},
     "description": "What kind of file."},
    {"name": "as_of", "in": "query", "required": False, "schema": {"type": "string", "maxLength": 10},
     "description": "The date of the ranking; the newest by default."},
    *filter_parameters(),
]  # fmt: skip


@router.get(
    "/export", responses={200: {"content": {kind.partition(";")[0]: {} for kind in FORMATS.values()}}, **problems(401, 404, 422, 429, 503)},
    response_class=FileResponse, summary="A list as a file", openapi_extra={"parameters": PARAMETERS}, operation_id="export",
)  # fmt: skip
def export(request: Request) -> FileResponse:
    """The list's groups with all columns of the ranking. What goes out is noted: evaluation counts its groups to work as worked."""
    service, viewer = service_of(request), viewer_of(request)
    kind = request.query_params.get("format", "csv")
    if kind not in FORMATS:
        raise Problem(422, f"format: must be one of {', '.join(FORMATS)}", kind="bad-query")
    wanted = asked(request.query_params, ["format", "as_of"])
    snapshot = service.shelf.snapshot(as_of_date(request.query_params.get("as_of")))
    positions = listing.listed(service.shelf, snapshot, viewer, wanted.query, limit=WHOLE).positions
    name = f"ranking-{snapshot.as_of}.{kind}"
    facts = {"as_of": str(snapshot.as_of), "ranking_id": snapshot.ranking_id, "groups": len(positions), "file": name}
    service.audit.record(request, "export", **facts, asked=request.url.query[:500])
    path = _written(snapshot, viewer, positions, kind)
    _told(service, snapshot, positions, name)
    return FileResponse(path, media_type=FORMATS[kind], filename=name, background=BackgroundTask(path.unlink, missing_ok=True))


def _written(snapshot: Snapshot, viewer: Viewer, positions: tuple[int, ...], kind: str) -> Path:
    """A temporary file with the rows."""
    handle, name = tempfile.mkstemp(suffix=f".{kind}", prefix="bgml-export-")
    os.close(handle)
    path = Path(name)
    try:
        write(pa.Table.from_batches(_batches(snapshot, viewer, positions), _schema(snapshot)), path)
    except RankingError as error:
        path.unlink(missing_ok=True)
        raise Problem(503, "the file could not be written at the moment") from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _schema(snapshot: Snapshot) -> pa.Schema:
    """The ranking's columns, ids as they are stored, and the chance in words behind the propensity."""
    fields: list[tuple[str, Any]] = []
    for name, (kind, _) in COLUMNS.items():
        stored = snapshot.table.schema.field(name).type
        plain = stored.value_type if pa.types.is_dictionary(stored) else stored
        fields.append((name, plain if kind == "id" else KINDS[kind]))
        fields += [("chance", pa.string())] if name == "propensity" else []
    return pa.schema(fields)


def _batches(snapshot: Snapshot, viewer: Viewer, positions: tuple[int, ...]) -> Iterator[pa.RecordBatch]:
    """The rows, part by part, so that few are Python's at a time."""
    schema = _schema(snapshot)
    for start in range(0, len(positions), PART):
        yield pa.RecordBatch.from_pylist(rows(snapshot, viewer, positions[start : start + PART]), schema)


def _told(service: Service, snapshot: Snapshot, positions: tuple[int, ...], name: str) -> None:
    """Note what went out: all of the ranking, or of a part the groups to work."""
    only = None
    if len(positions) < len(snapshot):
        chosen = [place for place in positions if snapshot.selected[place]]
        keys = snapshot.table.select(["account_id", "topic"]).take(pa.array(chosen, pa.int64())).to_pylist()
        only = [(str(key["account_id"]), str(key["topic"])) for key in keys]
    try:
        record(service.project, snapshot.stored, Path(name), len(positions), only)
    except RankingError:
        raise Problem(503, "this export cannot be noted at the moment, so it was not made") from None
