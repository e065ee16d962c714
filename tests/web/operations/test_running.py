"""A service as its user starts and stops it: processes, signals, a port that is taken."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bgml.web.access import tokens

BGML = str(Path(sys.executable).with_name("bgml"))


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _read(url: str, **headers: str) -> bytes:
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10).read()


@contextmanager
def served(project, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running service and its address."""
    port = _port()
    command = [BGML, "serve", "--project", str(project.root), "--port", str(port), "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        url, end = f"http://127.0.0.1:{port}", time.monotonic() + 60
        try:
            while True:
                try:
                    _read(f"{url}/healthz")
                    break
                except OSError:
                    assert process.poll() is None and time.monotonic() < end, process.communicate()
                    time.sleep(0.05)
            yield process, url
        finally:
            if process.poll() is None:
                process.kill()


@pytest.mark.parametrize(("sent", "workers"), [(signal.SIGTERM, 1), (signal.SIGINT, 1), (signal.SIGTERM, 2)])
def test_it_ends_well_and_leaves_nothing(project, sent, workers):
    before = set(Path(tempfile.gettempdir()).glob("bgml-serve-*"))
    with served(project, "--workers", str(workers)) as (process, url):
        assert json.loads(_read(f"{url}/v1/rankings/latest?limit=1"))["total"] == 12
        figures = _read(f"{url}/metrics").decode()
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
        assert json.loads(_read(f"{url}/v1/rankings", Authorization=f"Bearer {text}"))["rankings"]
        (project.state / tokens.FILE).unlink()
        with pytest.raises(urllib.error.HTTPError) as refused:
            _read(f"{url}/v1/rankings")
        assert refused.value.code == 401
        refused.value.close()
