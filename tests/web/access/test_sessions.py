from __future__ import annotations

import pytest

from bgml.web.access import sessions
from bgml.web.access.sessions import Sessions


def test_a_cookie_names_its_token_until_its_time_is_over(project, monkeypatch):
    own = Sessions(project)
    value = own.begin("abcd")
    assert own.token_of(value) == "abcd" == Sessions(project).token_of(value)
    assert own.path.stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr(sessions.time, "time", lambda: 10.0**10)
    assert own.token_of(value) is None


@pytest.mark.parametrize("change", [
    lambda value: value.replace("abcd", "abce"), lambda value: value[:-1] + ("0" if value[-1] != "0" else "1"), lambda value: "",
    lambda value: "x.y.z",
    lambda value: value + "é",
])  # fmt: skip
def test_a_changed_cookie_is_none(project, change):
    own = Sessions(project)
    assert own.token_of(change(own.begin("abcd"))) is None


def test_removing_the_key_ends_all_sessions(project):
    own = Sessions(project)
    value = own.begin("abcd")
    own.path.unlink()
    assert own.token_of(value) is None
    assert own.token_of(own.begin("abcd")) == "abcd"


def test_a_damaged_key_is_made_anew(project):
    own = Sessions(project)
    own.begin("abcd")
    own.path.write_bytes(b"short")
    assert own.token_of(own.begin("abcd")) == "abcd"
