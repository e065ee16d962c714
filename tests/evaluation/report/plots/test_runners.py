"""Who is drawn in which colour."""

from __future__ import annotations

from bgml.evaluation.report.plots.runners import main, runners
from bgml.evaluation.report.plots.style import ACCENT, BASELINE
from tests.evaluation.documents import a_document


def test_one_accent_for_the_best_model_and_one_grey_for_the_best_baseline() -> None:
    looks = {runner.name: runner for runner in runners(a_document())}
    assert list(looks) == ["propensity", "lambdarank", "points", "random", "truth"]
    assert [name for name, runner in looks.items() if runner.colour == ACCENT] == ["propensity"]
    assert [name for name, runner in looks.items() if runner.colour == BASELINE] == ["points"]
    assert looks["truth"].dashes == "--"
    assert looks["propensity"].front > looks["lambdarank"].front > looks["random"].front


def test_without_a_model_the_two_best_baselines_are_compared() -> None:
    document = a_document()
    assert main(document) == ("propensity", "points")
    assert main({**document, "order": ["points", "random"]}) == ("points", "random")
    assert main({**document, "order": ["points"]}) == ("points", None)
