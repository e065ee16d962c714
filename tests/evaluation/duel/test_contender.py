"""What references name."""

import pytest

from bgml.errors import ModelError, TrackingError
from bgml.evaluation.duel.contender import contender, labels
from bgml.learning.tracking import track
from bgml.project import Project


def test_references(rivals: Project) -> None:
    named = {"propensity": "propensity:3", "propensity:1": "propensity:1", "contrary": "contrary:2"}
    assert {reference: str(contender(rivals, reference)) for reference in named} == named


def test_a_model_never_trained_is_its_file_as_it_is_now(moved: Project) -> None:
    found = contender(moved, "people_count")
    assert (str(found), found.version) == ("people_count", None)
    (moved.root / "models" / "people_count.py").write_text((moved.root / "models" / "contrary.py").read_text())
    assert contender(moved, "people_count").recipe.files["models/people_count.py"].endswith('features=["people_28d"])\n')


def test_an_alias(moved: Project) -> None:
    track.set_alias(moved, "challenger", 1)
    assert str(contender(moved, "@challenger")) == "propensity:1"


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("propensty", r'no model "propensty" has been trained; .*"propensity"\?; nor has the project a file models/propensty.py'),
        ("people_count:1", 'no model "people_count" has been trained'),
        ("@champion", "no version carries the alias"),
    ],
)
def test_references_to_nothing(rivals: Project, reference: str, said: str) -> None:
    with pytest.raises(TrackingError, match=said):
        contender(rivals, reference)


def test_labels_are_names_and_versions_only_where_needed(rivals: Project) -> None:
    first, second, other = (contender(rivals, name) for name in ("propensity:1", "propensity:3", "contrary"))
    assert labels(first, other) == ("propensity", "contrary")
    assert labels(first, second) == ("propensity:1", "propensity:3")
    with pytest.raises(ModelError, match="both references name propensity:3; name two that differ"):
        labels(second, contender(rivals, "propensity"))


def test_a_damaged_artifact(moved: Project) -> None:
    version = contender(moved, "propensity:1").version
    assert version is not None
    (version.folder / "model.txt").write_text("tree\n")
    with pytest.raises(ModelError, match=r"model\.txt is damaged"):
        contender(moved, "propensity:1")
