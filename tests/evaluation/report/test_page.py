"""A page of any report: what is given stands in it, escaped; what is not given leaves no trace."""

from __future__ import annotations

from bgml.evaluation.chapters.chapter import Table
from bgml.evaluation.report.page import Page, Section

SECTION = Section("section-0", "First <part>", ("A & B.",), (), (Table(("name", "n"), (("x", "1"), ("y", "2")), "Rows"),))


def test_everything_stands_in_the_page_escaped():
    page = Page("A <title>", "about", "verdict", (("name", "5", "of 6"),), (SECTION,), "footer", best="x").html()
    for part in ("<h1>A &lt;title&gt;</h1>", "First &lt;part&gt;", "A &amp; B.", "of 6", "<caption>Rows</caption>", "footer"):
        assert part in page
    assert page.count('class="best"') == 1


def test_without_a_verdict_there_is_no_empty_paragraph():
    page = Page("t", "a", "", (), (), "f").html()
    assert 'class="verdict"' not in page
    assert 'class="best"' not in page
