"""Every picture of a document: files that open, absent chapters left out, names that would break a picture."""

from __future__ import annotations

import io
import json
from typing import Any

import matplotlib.image
import pytest

from bgml.evaluation.report.plots import draw
from bgml.evaluation.report.plots.draw import PICTURES, pictures
from bgml.evaluation.report.plots.style import DPI, WIDTH, Picture
from tests.evaluation.documents import a_document

HOSTILE = "$\\frac{x}$ <b>\n|\x00 日本語 'very' \"long\" & longer than any label should be"


def renamed(value: Any, names: dict[str, str]) -> Any:
    """The document with names put in place of others, as keys and as values."""
    if isinstance(value, dict):
        return {names.get(key, key): renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def test_every_picture_is_a_png_of_the_common_width(drawn: list[Picture]) -> None:
    assert [picture.name for picture in drawn] == list(PICTURES)
    for picture in drawn:
        pixels = matplotlib.image.imread(io.BytesIO(picture.png))
        assert pixels.shape[1] == round(WIDTH * DPI)
        assert pixels.shape[0] > 400
        assert (pixels[..., :3].min(axis=2) < 0.5).mean() > 0.005, "something is drawn"
        assert b"Software" not in picture.png
        assert b"Date" not in picture.png


@pytest.mark.parametrize("chapter", ["gains", "calibration", "slices", "capacity"])
def test_a_chapter_that_is_not_there_has_no_picture(chapter: str) -> None:
    document = a_document()
    del document[chapter]
    assert [name for name, made in PICTURES.items() if made(document) is not None] == [name for name in PICTURES if name != chapter]


@pytest.mark.parametrize("chapter", ["gains", "calibration", "slices", "capacity"])
@pytest.mark.parametrize(
    "empty",
    [None, {}, {"shares": [], "facts": {}, "models": {}, "weeks": [], "curves": {}},
     {"facts": {"topic": []}, "models": {"propensity": {"bins": []}}, "weeks": ["2024-01-01"], "curves": {"propensity": {}}}],
)  # fmt: skip
def test_an_empty_chapter_has_no_picture(chapter: str, empty: Any) -> None:
    assert PICTURES[chapter]({**a_document(), chapter: empty}) is None


def test_a_stored_document_is_drawn_again(drawn: list[Picture], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "PICTURES", {"gains": PICTURES["gains"]})
    (again,) = pictures(json.loads(json.dumps(a_document())))
    assert again.png == next(picture.png for picture in drawn if picture.name == "gains")


def test_any_name_can_be_drawn() -> None:
    made = pictures(renamed(a_document(), {"propensity": HOSTILE, "ai": HOSTILE, "segment": HOSTILE}))
    assert len(made) == len(PICTURES)
    assert all("\n" not in picture.title and "\x00" not in picture.svg for picture in made)


def test_a_race_of_one_and_one_of_baselines_are_drawn() -> None:
    document = a_document()
    alone = {**document, "order": ["propensity"], "best_baseline": None, "models": {"propensity": document["models"]["propensity"]}}
    assert all(made(alone) is not None for made in PICTURES.values())
    baselines = {**document, "order": ["points", "random"], "models": {name: document["models"][name] for name in ("points", "random")}}
    drawing = PICTURES["dates"](baselines)
    assert drawing is not None
    assert drawing.title.startswith("points is ahead of random on 26 of 26 dates")


def test_what_is_undefined_is_a_gap() -> None:
    document = a_document()
    for row in document["dates"][:40]:
        row["precision_at_50"] = None
    document["models"]["propensity"]["metrics"]["precision_at_10"] = {"value": None, "low": None, "high": None}
    document["gains"]["curves"]["propensity"]["low"] = [None] * 101
    assert all(made(document) is not None for made in PICTURES.values())
