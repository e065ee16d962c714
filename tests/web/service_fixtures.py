"""A service over a small ranked project, and clients to ask it with."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from starlette.testclient import TestClient

from bgml.project import Project
from bgml.web.app import create_app


@contextmanager
def client_of(project: Project, **options: object) -> Iterator[TestClient]:
    """A client of a running service, as somebody on the same machine."""
    with TestClient(create_app(project, **options), base_url="http://127.0.0.1") as client:  # type: ignore[arg-type]
        yield client


BGML = str(Path(sys.executable).with_name("bgml"))


def read(url: str, **headers: str) -> bytes:
    """An answer of a running service."""
    content: bytes = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10).read()
    return content


@contextmanager
def served(project: Project, *options: str, log: IO[str] | int = subprocess.PIPE) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`bgml serve` in a process of its own, and its address. log: where stderr goes; a pipe nobody reads is full after 300 requests."""
    port = _port()
    command = [BGML, "serve", "--project", str(project.root), "--port", str(port), "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process:
        url, end = f"http://127.0.0.1:{port}", time.monotonic() + 60
        try:
            while True:
                try:
                    read(f"{url}/healthz")
                    break
                except OSError:
                    assert process.poll() is None and time.monotonic() < end, process.communicate()
                    time.sleep(0.05)
            yield process, url
        finally:
            if process.poll() is None:
                process.kill()


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
