"""Running a service until somebody stops it: one process, or several that share a port."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from bgml.errors import ProjectError
from bgml.project import Project, find_project
from bgml.web.operations.figures import SHARED
from bgml.web.operations.logs import configuration
from bgml.web.serve import Plan
from bgml.web.shelf.shelf import Shelf

if TYPE_CHECKING:
    from fastapi import FastAPI

HANDED = "BGML_SERVE"
"""The environment variable by which workers are told what to serve."""
STOP_SECONDS = 20
QUEUE = 2048


def run(project: Project, plan: Plan) -> None:
    """Serve until SIGTERM or SIGINT; running requests are ended first. `plan` and its port have been checked."""
    os.environ[HANDED] = json.dumps({"project": str(project.root), "hosts": plan.hosts, "strict": plan.guarded})
    # uvicorn ends well, then lets the signal do what it did before: this way it returns, as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.ExitStack() as held:
        if plan.workers > 1:
            os.environ[SHARED] = held.enter_context(tempfile.TemporaryDirectory(prefix="bgml-serve-"))
        uvicorn.run(
            "bgml.web.operations.running:application", factory=True, host=plan.host, port=plan.port, workers=plan.workers,
            proxy_headers=False, server_header=False, access_log=False, log_config=configuration(),
            timeout_graceful_shutdown=STOP_SECONDS, backlog=QUEUE,
        )  # fmt: skip


def application() -> FastAPI:
    """The service that the environment tells of; what a worker begins with. ProjectError where nothing was handed over."""
    handed = os.environ.get(HANDED)
    if handed is None:
        raise ProjectError("a worker was started without being told what to serve; use `bgml serve`")
    told = json.loads(handed)
    project = find_project(named=Path(told["project"]))
    shelf = Shelf(project)
    shelf.begin()
    # What takes long to load is loaded while the ranking is read.
    from bgml.web.app import create_app

    return create_app(project, strict=told["strict"], hosts=told["hosts"], shelf=shelf)
