"""What `deploy/` says is true of this checkout: options, settings, paths and ports that it names exist."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bgml.cli.main import app
from bgml.config import settings_from
from bgml.web.operations.running import STOP_SECONDS
from bgml.web.serve import PORT

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
UNIT = (DEPLOY / "bgml.service").read_text()
DOCKER = (DEPLOY / "Dockerfile").read_text()
NGINX = (DEPLOY / "nginx.conf").read_text()


def _commands() -> list[list[str]]:
    """Every bgml command of the files, as its arguments."""
    weekly = (DEPLOY / "bgml-refresh.service").read_text()
    unit = [re.search(r"ExecStart=\S+/bgml (.*)", UNIT)[1], re.search(r"bin/bgml ([^']*)'", weekly)[1]]
    docker = " ".join(re.findall(r'"([^"]+)"', re.search(r"\nCMD \[(.*)\]", DOCKER)[1]))
    return [shlex.split(text) for text in (*unit, docker)]


@pytest.mark.parametrize("command", _commands(), ids=" ".join)
def test_commands_are_understood(command):
    result = CliRunner().invoke(app, [*command, "--help"])
    assert result.exit_code == 0, result.output
    unknown = CliRunner().invoke(app, [*command, "--no-such-option"])
    assert "--no-such-option" in unknown.output and unknown.exit_code == 2, "an option before it is not known"


def test_ports_are_the_service_s():
    assert f"--port {PORT}" in UNIT and f"EXPOSE {PORT}" in DOCKER and f"127.0.0.1:{PORT}/healthz" in DOCKER
    services = set(re.findall(r"proxy_pass http://127\.0\.0\.1:(\d+)", NGINX))
    assert services == {"4180", str(PORT)}


def test_the_unit_waits_longer_than_the_service_does():
    assert int(re.search(r"TimeoutStopSec=(\d+)", UNIT)[1]) > STOP_SECONDS


def test_what_docker_copies_is_there_and_is_all_that_a_wheel_is_built_from():
    copied = {name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKER, re.M) for name in line.split()}
    assert all((ROOT / name).exists() for name in copied)
    assert {"pyproject.toml", "constraints.txt", "README.md", "LICENSE", "bgml", "features", "models"} <= copied


def test_nginx_names_settings_that_exist_and_sets_the_headers_they_name_in_every_way_to_the_service():
    told = "\n".join(line.lstrip("# ") for line in NGINX.splitlines() if re.match(r"#   (\[web\]|\w+ =)", line))
    web = settings_from({"project": {"name": "acme"}, **tomllib.loads(told)}, "nginx.conf").web
    assert list(web.trusted_proxy) == ["127.0.0.1"] and list(web.hosts) == re.findall(r"server_name (\S+);", NGINX)[:1]
    ways = [block for block in re.findall(r"location [^{]*\{(.*?)\n  \}", NGINX, re.S) if f":{PORT}" in block]
    assert len(ways) == 2
    for block in ways:
        for header in (web.user_header, "X-Forwarded-For", "X-Forwarded-Proto", "Host"):
            assert f"proxy_set_header {header} " in block, header
