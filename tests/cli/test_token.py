from __future__ import annotations

import json

import pytest

from bgml.web.access.tokens import SHAPE
from tests.web.made_ranking import WEEKS, groups, made_project


@pytest.fixture
def root(tmp_path):
    return made_project(tmp_path, {WEEKS[0]: groups(4)}).root


def test_a_token_is_made_listed_and_revoked(bgml, root):
    made = bgml("token", "create", "Ada", "--role", "editor", "--owner", "Ann", "--days", "30", "--project", root)
    assert made.exit_code == 0 and SHAPE.search(made.stdout) and "not shown again" in made.stdout and made.stderr == ""
    listed = json.loads(bgml("token", "list", "--project", root, "--json").stdout)
    assert [(entry["name"], entry["role"], entry["owner"]) for entry in listed] == [("Ada", "editor", "Ann")]
    assert "sha256" not in listed[0] and "good until" in bgml("token", "list", "--project", root).stdout
    assert bgml("token", "revoke", listed[0]["id"], "--project", root).exit_code == 0
    assert "revoked" in bgml("token", "list", "--project", root).stdout


def test_an_owner_whom_no_account_has_is_said(bgml, root):
    made = bgml("token", "create", "Ada", "--role", "viewer", "--owner", "An", "--project", root)
    assert made.exit_code == 0 and 'did you mean "Ann"' in made.stderr


@pytest.mark.parametrize(("arguments", "status", "told"), [
    (("create", "Ada"), 2, "--role"), (("create", "Ada", "--role", "root"), 2, "root"), (("revoke", "Ada"), 1, 'there is no token "Ada"'),
    (("create", "a\tb", "--role", "viewer"), 1, "cannot be the name"),
])  # fmt: skip
def test_what_cannot_be_is_one_sentence(bgml, root, arguments, status, told):
    done = bgml("token", *arguments, "--project", root)
    assert done.exit_code == status and told in done.stderr


def test_without_tokens_it_is_said_how_to_make_one(bgml, root):
    assert "bgml token create" in bgml("token", "list", "--project", root).stdout
