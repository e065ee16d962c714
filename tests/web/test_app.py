from __future__ import annotations

import subprocess
import sys

from tests.web.made_ranking import WEEKS, groups, made_project, write
from tests.web.service_fixtures import client_of


def test_the_newest_ranking_is_served_and_a_newer_one_appears_by_itself(client, project):
    assert client.get("/v1/rankings/latest").json()["as_of"] == str(WEEKS[-1])
    write(project, WEEKS[-1].replace(day=26), groups(4))
    client.app.state.service.shelf.poll()
    found = client.get("/v1/rankings/latest").json()
    assert (found["as_of"], found["total"]) == ("2026-01-26", 4)


def test_without_a_ranking_the_page_says_how_to_make_one(tmp_path):
    with client_of(made_project(tmp_path, {})) as client:
        page = client.get("/", headers={"accept": "text/html"})
        assert page.status_code == 503 and "bgml score" in page.text
        assert client.get("/v1/rankings/latest").status_code == 503
        assert client.get("/v1/rankings").json() == {"rankings": []}
        assert client.get("/readyz").json()["problems"] == ["there is no ranking yet"]


def test_the_service_stays_light():
    told = (
        "import sys, bgml.web.app, bgml.web.operations.running\n"
        "heavy = {'mlflow', 'ibis', 'duckdb', 'sklearn', 'scipy', 'lightgbm', 'matplotlib', 'numba', 'bgml.learning', 'bgml.evaluation'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
