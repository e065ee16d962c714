from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from bgml.errors import ProjectError
from bgml.web.access import tokens
from bgml.web.access.tokens import SHAPE, TokenBook, create, listed, revoke


def test_a_token_is_shown_once_and_only_its_fingerprint_is_kept(project):
    made, text = create(project, "Ada", "editor", "Ann")
    assert SHAPE.fullmatch(text) and text.startswith(f"bgml_{made.id}_")
    kept = (project.state / tokens.FILE).read_text()
    assert text not in kept and text.split("_", 2)[2] not in kept
    assert (project.state / tokens.FILE).stat().st_mode & 0o777 == 0o600
    viewer = TokenBook(project).of_text(text).viewer()
    assert (viewer.name, viewer.role, viewer.owner, viewer.by) == ("Ada", "editor", "Ann", "token")


def test_revoking_is_noticed_while_the_service_runs(project):
    book = TokenBook(project)
    _, text = create(project, "Ada", "viewer")
    assert book.of_text(text) is not None
    revoke(project, "Ada")
    assert book.of_text(text) is None
    create(project, "Ada", "viewer")


def test_a_token_is_over_after_its_days(project):
    made, text = create(project, "Ada", "viewer", days=1)
    assert not made.good("2999-01-01T00:00:00+00:00")
    path = project.state / tokens.FILE
    path.write_text(path.read_text().replace(made.expires, "2020-01-01T00:00:00+00:00"))
    assert TokenBook(project).of_text(text) is None


def test_it_is_told_when_a_token_was_last_used(project):
    _, text = create(project, "Ada", "viewer")
    assert listed(project)[0][1] is None
    TokenBook(project).of_text(text)
    assert listed(project)[0][1] is not None


@pytest.mark.parametrize("text", ["", "bgml_", "bgml_0000_x", "bgml_00000000_" + "a" * 43, "Bearer x", "\ud800"])
def test_other_texts_let_nobody_in(project, text):
    create(project, "Ada", "viewer")
    assert TokenBook(project).of_text(text) is None


@pytest.mark.parametrize(("name", "role", "owner", "told"), [
    ("", "viewer", None, "cannot be the name"), ("a\nb", "viewer", None, "cannot be the name"),
    ("Ada", "viewr", None, 'did you mean "viewer"'),
    ("Ada", "viewer", " ", "--owner is empty"), ("Bob", "viewer", None, 'there is a token "Bob" already'),
])  # fmt: skip
def test_what_cannot_be_a_token_is_refused(project, name, role, owner, told):
    create(project, "Bob", "viewer")
    with pytest.raises(ProjectError, match=told):
        create(project, name, role, owner)
    assert len(listed(project)) == 1


def test_two_at_once_are_both_kept(project):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: create(project, f"t{number}", "viewer"), range(24)))
    assert {token.name for token, _ in listed(project)} == {f"t{number}" for number in range(24)}


def test_revoking_one_that_is_not_there_names_the_nearest(project):
    create(project, "nightly", "viewer")
    with pytest.raises(ProjectError, match='did you mean "nightly"'):
        revoke(project, "nigtly")


@pytest.mark.parametrize("damage", [
    "{", "[1]", "null", json.dumps([{"id": "a"}]), '[{"id":"a","name":"b","role":"root","owner":null,"sha256":"","created":""}]',
])  # fmt: skip
def test_a_damaged_file_lets_nobody_in(project, damage):
    _, text = create(project, "Ada", "viewer")
    (project.state / tokens.FILE).write_text(damage)
    book = TokenBook(project)
    assert book.any()
    with pytest.raises(ProjectError, match="nobody gets in"):
        book.of_text(text)
