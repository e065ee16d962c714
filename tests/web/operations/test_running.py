"""A service as its user starts and stops it: processes, signals, a port that is taken."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from bgml.web.access import tokens
from tests.web.service_fixtures import BGML, read, served


@pytest.mark.parametrize(("sent", "workers"), [(signal.SIGTERM, 1), (signal.SIGINT, 1), (signal.SIGTERM, 2)])
def test_it_ends_well_and_leaves_nothing(project, sent, workers):
    before = set(Path(tempfile.gettempdir()).glob("bgml-serve-*"))
    with served(project, "--workers", str(workers)) as (process, url):
        assert json.loads(read(f"{url}/v1/rankings/latest?limit=1"))["total"] == 12
        figures = read(f"{url}/metrics").decode()
        assert 'bgml_requests_total{method="GET",route="/v1/rankings/{as_of}",status="2xx"} 1.0' in figures
        assert "bgml_ranking_groups 12.0" in figures
        process.send_signal(sent)
        out, told = process.communicate(timeout=30)
    assert process.returncode == 0, told
    assert json.loads(out)["workers"] == workers and "Traceback" not in told
    lines = [json.loads(line) for line in told.splitlines()]
    asked = next(line for line in lines if line.get("path") == "/v1/rankings/latest")
    assert (asked["status"], asked["method"], asked["who"]) == (200, "GET", "local") and asked["request_id"]
    assert set(Path(tempfile.gettempdir()).glob("bgml-serve-*")) == before


def test_a_port_that_is_taken_is_one_sentence(project):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run([BGML, "serve", "--project", str(project.root), "--port", port], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "choose another with --port" in done.stderr


def test_a_service_that_was_guarded_stays_so(project):
    text = tokens.create(project, "Ada", "viewer")[1]
    with served(project) as (_, url):
        assert json.loads(read(f"{url}/v1/rankings", Authorization=f"Bearer {text}"))["rankings"]
        (project.state / tokens.FILE).unlink()
        with pytest.raises(urllib.error.HTTPError) as refused:
            read(f"{url}/v1/rankings")
        assert refused.value.code == 401
        refused.value.close()
