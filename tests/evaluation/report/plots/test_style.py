"""Labels that do not overlap, names made printable, pictures that can stand in a page."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bgml.evaluation.report.plots.style import VARIABLES, Picture, named, spread


@given(st.lists(st.floats(0, 10), max_size=8))
def test_labels_stand_apart_in_the_order_of_their_lines(heights: list[float]) -> None:
    placed = spread(heights, 1.0, 0.0, 10.0)
    order = sorted(range(len(heights)), key=lambda place: heights[place])
    moved = [placed[place] for place in order]
    assert all(later - earlier >= 1 - 1e-9 for earlier, later in zip(moved, moved[1:], strict=False))
    assert all(height <= 10 for height in moved)


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread([7.0, 1.0, 4.0], 2.0, 0.0, 10.0) == [7.0, 1.0, 4.0]


def test_a_name_is_one_printable_line() -> None:
    assert named("a\n\tb\x00c") == "a b c"
    assert named("x" * 40) == "x" * 29 + "…"
    assert named(7) == "7"


def test_a_picture_inside_a_page_asks_for_nothing_and_has_names_of_its_own(drawn: list[Picture]) -> None:
    ids = [found for picture in drawn for found in re.findall(r'\sid="([^"]+)"', picture.svg)]
    assert len(ids) == len(set(ids))
    for picture in drawn:
        assert picture.svg.startswith("<svg")
        assert picture.svg.endswith("</svg>")
        assert not re.search(r"http|xmlns|<script|<image|<metadata|@import", picture.svg)
        assert not [colour for colour in VARIABLES if colour in picture.svg], "every colour follows the page's light or dark"
        used = set(re.findall(r'(?:href="|url\()#([^")]+)', picture.svg))
        assert used <= set(re.findall(r'\sid="([^"]+)"', picture.svg))
