"""Pictures are valid SVG whatever the values, and hold nothing but shapes, classes and words."""

from __future__ import annotations

import re
from datetime import date, timedelta
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from bgml.web.page.charts import Line, line_chart

VALUES = st.floats(0, 1e6, allow_nan=False)
POINTS = st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=12)


def _numbers(svg):
    """Every place in the picture."""
    paths = re.findall(r' d="([^"]+)"', svg)
    return [float(number) for path in paths for number in re.findall(r"-?\d+(?:\.\d+)?", path)]


@given(points=POINTS, percent=st.booleans(), diagonal=st.booleans())
def test_any_values_make_a_picture_that_stays_in_its_frame(points, percent, diagonal):
    at, values = [x for x, _ in sorted(points)], [y for _, y in points]
    svg = line_chart([Line("a", at, values, values, values, dots=True)], title="a", percent=percent, diagonal=diagonal)
    ElementTree.fromstring(svg)
    assert "nan" not in svg and "inf" not in svg
    assert all(-0.1 <= number <= 340.1 for number in _numbers(svg))


@given(title=st.text(st.characters(exclude_categories=["Cs", "Cc"])), about=st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_words_are_words(title, about):
    svg = line_chart([Line("a", [0, 1], [0, 1])], title=title, about=about)
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == title
    assert [part.text for part in root if part.tag == "desc"] == ([about] if about else [])
    assert {part.tag for part in root.iter()} <= {"svg", "desc", "path", "text", "circle"}
    assert all("style" not in part.attrib for part in root.iter())


def test_the_diagonal_is_drawn_as_far_as_both_axes_go():
    both, apart = (line_chart([Line("a", [0.1, 1], [0.05, high])], title="a", diagonal=True) for high in (1, 0.06))
    assert 'class="diagonal"' in both
    assert 'class="diagonal"' not in apart


def test_more_is_further_up_but_for_ranks():
    up, down = (line_chart([Line("a", [0, 1], [1, 9])], title="a", lowest_first=first) for first in (False, True))
    ends = [[float(y) for y in re.findall(r'cy="([\d.]+)"', svg)] for svg in (up, down)]
    assert ends[0][0] < 85 < ends[1][0]


def test_ends_carry_their_year_where_they_differ():
    first = date(2025, 12, 22)

    def ends(days):
        svg = line_chart([Line("a", [first, first + timedelta(days)], [1, 2])], title="a")
        return [part.text for part in ElementTree.fromstring(svg) if part.tag == "text"][-2:]

    assert ends(7) == ["22 Dec", "29 Dec"]
    assert ends(14) == ["22 Dec 2025", "5 Jan 2026"]
