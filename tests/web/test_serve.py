from __future__ import annotations

import pytest

from bgml.errors import ProjectError
from bgml.web.access import tokens
from bgml.web.serve import plan
from tests.web.made_ranking import made_project

OUTSIDE = ["0.0.0.0", "::", "10.1.2.3", "bgml.example.com", ""]


@pytest.mark.parametrize("host", OUTSIDE)
def test_others_are_let_in_only_where_they_can_sign_in(project, host):
    with pytest.raises(ProjectError, match="nothing to sign in with"):
        plan(project, host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost", "LOCALHOST"])
def test_this_machine_needs_no_sign_in(project, host):
    made = plan(project, host)
    assert not made.guarded and {"127.0.0.1", "localhost"} < set(made.hosts)
    assert (f"[{host}]" if ":" in host else host) in made.hosts


def test_with_a_token_or_a_proxy_others_may_sign_in(project, tmp_path):
    tokens.create(project, "Ada", "viewer")
    assert plan(project, "10.1.2.3").hosts == ("10.1.2.3",) and plan(project, "10.1.2.3").guarded
    assert plan(project, "127.0.0.1").guarded
    proxied = made_project(tmp_path / "proxied", {}, {"web": {"trusted_proxy": ["10.0.0.7"], "hosts": ["bgml.example.com"]}})
    assert plan(proxied, "0.0.0.0").hosts == ("bgml.example.com",)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_every_address_needs_the_names_people_use(project, host):
    tokens.create(project, "Ada", "viewer")
    with pytest.raises(ProjectError, match="hosts ="):
        plan(project, host)


def test_damaged_tokens_keep_a_service_from_starting(project):
    (project.state / tokens.FILE).write_text("{")
    with pytest.raises(ProjectError, match="nobody gets in"):
        plan(project, "127.0.0.1")
