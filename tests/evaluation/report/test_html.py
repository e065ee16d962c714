"""The page of HTML: everything in it, nothing from elsewhere, names from the data harmless."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from bgml.evaluation.chapters.chapter import Chapter, Table
from bgml.evaluation.evaluation import Evaluation
from bgml.evaluation.race.scored import Scored
from bgml.evaluation.report.html import HOMES, html, kept
from bgml.evaluation.report.markdown import sections, summary
from bgml.evaluation.report.plots import draw
from bgml.evaluation.report.plots.draw import PICTURES
from bgml.evaluation.report.plots.style import Picture
from tests.evaluation.documents import a_document
from tests.evaluation.report.test_markdown import evaluation

Make = Callable[..., Scored]
EVIL = '<script>alert("1")</script><img src="http://evil.example/x.png">'


class Read(HTMLParser):
    """What a browser would make of a page: its tags, ids, links and texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in ("meta", "br", "img", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, name: str) -> list[str]:
        return [value for attribute, value in self.attributes if attribute == name]


def raced(random_scored: Make, **changes: object) -> Evaluation:
    chapters = (
        Chapter("gains", "Gains", ("A tenth holds half.",), (Table(("share", "found"), (("10%", "50%"),), "By share"),)),
        Chapter("calibration", "Calibration", ("The promise holds.",)),
        Chapter("breadth", "Breadth against depth", (f"Groups on {EVIL} win more.",), (Table((EVIL, "won"), ((EVIL, "2%"),), EVIL),)),
    )
    return evaluation(random_scored(1), chapters=chapters, notes=(EVIL,), project=EVIL, **changes)


def test_everything_that_markdown_tells_stands_in_the_page(random_scored: Make, drawn: list[Picture]) -> None:
    found = raced(random_scored)
    page = Read(html(found, drawn))
    assert not page.open
    texts = {text.strip() for text in page.texts}
    for chapter in (*sections(found), *found.chapters):
        cells = {cell for table in chapter.tables for row in (table.columns, *table.rows, (table.title,)) for cell in row if cell}
        assert {chapter.title, *chapter.sentences, *cells} <= texts
    assert set(summary(found)) <= texts


def test_the_verdict_stands_first(random_scored: Make) -> None:
    found = raced(random_scored)
    page = html(found, [])
    verdict = next(line for line in summary(found) if line.startswith("model_0 "))
    assert page.index(verdict) < page.index("<nav")
    assert '<tr class="best"><td>model_0</td>' in page


def test_nothing_is_asked_of_the_network_and_nothing_runs(random_scored: Make, drawn: list[Picture]) -> None:
    text = html(raced(random_scored), drawn)
    page = Read(text)
    assert not {"script", "link", "iframe", "img", "object", "embed", "form", "base"} & set(page.tags)
    addresses = [value for name in ("src", "href", "xlink:href", "srcset", "action") for value in page.all(name)]
    assert all(address.startswith("#") for address in addresses)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "url(" not in re.sub(r"url\(#", "", text)
    assert "@import" not in text
    assert "http" not in text.replace("http-equiv", "").replace("http://evil.example", "")


def test_names_from_the_data_are_text(random_scored: Make, drawn: list[Picture]) -> None:
    text = html(raced(random_scored), drawn)
    assert "<script" not in text
    assert "<img" not in text
    assert text.count("&lt;script&gt;") >= 6


def test_contents_lead_to_every_section(random_scored: Make, drawn: list[Picture]) -> None:
    page = Read(html(raced(random_scored), drawn))
    anchors = [href[1:] for href in page.all("href") if href.startswith("#section")]
    assert len(anchors) == 8
    assert set(anchors) <= set(page.all("id"))
    assert len(page.all("id")) == len(set(page.all("id")))


def test_pictures_stand_with_the_chapters_they_belong_to(random_scored: Make, drawn: list[Picture]) -> None:
    text = html(raced(random_scored), drawn)
    assert text.count("<svg") == len(PICTURES) == len(HOMES)
    parts = {re.sub(r"<.*", "", part, flags=re.S).strip(): part for part in re.split(r"<h2 id=[^>]*>", text)[1:]}
    assert "The first 10% of the list hold" in parts["Gains"]
    assert "Working 50 groups a week" in parts["The top of the list"], "there is no chapter of its own"
    assert "propensity promises" in parts["Calibration"]


def test_baselines_alone_have_a_page_too(random_scored: Make) -> None:
    page = html(evaluation(random_scored(6), baselines=("model_0", "model_1")), [])
    assert 'class="verdict"' not in page
    assert "No trained model is in the race" in page


def test_without_draws_no_interval_is_claimed(random_scored: Make) -> None:
    assert "nan" not in html(evaluation(random_scored(1), draws=0), []).lower().replace("finance", "")


def test_the_report_as_files(random_scored: Make, drawn: list[Picture], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "pictures", lambda document: drawn)
    found = evaluation(replace(random_scored(1), propensities={}))
    files = kept(found, a_document())
    assert set(files) == {"report.html", "report.md", *(f"plots/{name}.png" for name in PICTURES)}
    assert files["report.md"].decode() == found.markdown()
    assert all(content.startswith(b"\x89PNG") for name, content in files.items() if name.startswith("plots/"))
