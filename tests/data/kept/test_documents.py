"""Documents that are kept for readers: whole or not at all, and said to be damaged when they are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.config import settings_from
from bgml.data.kept.documents import EVALUATION, IMPACT, keep, read
from bgml.errors import ProjectError
from bgml.project import Project

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3),
    max_leaves=10,
)


def _project(root: Path) -> Project:
    return Project(root, settings_from({"project": {"name": "acme"}}, "test"))


@given(document=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), VALUES, max_size=4))
def test_a_document_is_read_as_it_was_kept(tmp_path_factory: pytest.TempPathFactory, document: dict[str, object]) -> None:
    project = _project(tmp_path_factory.mktemp("kept"))
    keep(project, EVALUATION, document)
    assert read(project, EVALUATION) == document


def test_the_newest_takes_the_place_of_the_former(tmp_path: Path) -> None:
    project = _project(tmp_path)
    assert read(project, IMPACT) is None
    keep(project, IMPACT, {"made": 1})
    path = keep(project, IMPACT, {"made": date(2026, 1, 5)})
    assert path == tmp_path / ".bgml" / "insight" / "impact.json"
    assert read(project, IMPACT) == {"made": "2026-01-05"}
    assert list(path.parent.iterdir()) == [path], "nothing is left beside it"
    assert (path.stat().st_mode & 0o077, path.parent.stat().st_mode & 0o077) == (0, 0)


@pytest.mark.parametrize("content", [b"", b'{"made": 1', b"[1]", b"\xff\xfe"])
def test_a_damaged_document_is_said(tmp_path: Path, content: bytes) -> None:
    project = _project(tmp_path)
    keep(project, EVALUATION, {"made": 1}).write_bytes(content)
    with pytest.raises(ProjectError, match="the command that made it makes it again"):
        read(project, EVALUATION)


def test_a_document_that_cannot_be_written_is_said_and_the_former_stays(tmp_path: Path) -> None:
    project = _project(tmp_path)
    (project.state / "insight").write_text("no folder")
    with pytest.raises(ProjectError, match=r"evaluation\.json cannot be written"):
        keep(project, EVALUATION, {"made": 1})
