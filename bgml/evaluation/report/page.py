"""A report as one page of HTML that needs nothing else: no network, no script, light and dark, narrow and wide, on paper."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from bgml.evaluation.chapters.chapter import Table
from bgml.evaluation.report.plots.style import Picture

TEMPLATE = "report.html.j2"


@dataclass(frozen=True)
class Section:
    """A part of the page under its heading."""

    anchor: str
    title: str
    sentences: tuple[str, ...]
    pictures: tuple[Picture, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Page:
    """What stands on a page. figures: (name, number, what it is of) large at the head; best: the first cell of rows that stand out."""

    title: str
    about: str
    verdict: str
    figures: tuple[tuple[str, str, str], ...]
    sections: tuple[Section, ...]
    footer: str
    best: str | None = None

    def html(self) -> str:
        """The whole page; what comes from the data is escaped, the pictures stand in it as SVG."""
        return _template().render({field.name: getattr(self, field.name) for field in fields(self)})


@cache
def _template() -> Template:
    """The page's template, everything put into it escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=False)
    return environment.from_string(files("bgml.evaluation.report").joinpath(TEMPLATE).read_text(encoding="utf-8"))
