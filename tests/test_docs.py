"""The documentation says what the code does: settings, commands, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from bgml.cli.main import app
from bgml.config import Section, sections
from bgml.sources.declaration import load_declaration

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/**/*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def documented() -> dict[str, dict[str, list[str]]]:
    """docs/settings.md as section -> key -> [default, unit, meaning]."""
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    parts = re.split(r"^## \[(\w+)\]$", re.sub(r"^## (?!\[).*", "## [other]", text, flags=re.M), flags=re.M)
    rows = {name: re.findall(r"^\| `(\w+)` \| (.+) \|$", body, flags=re.M) for name, body in zip(parts[1::2], parts[2::2], strict=True)}
    return {name: {key: rest.split(" | ") for key, rest in found} for name, found in rows.items() if name != "other"}


def written(value: object) -> str:
    """A default as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return f"[{', '.join(written(item) for item in value)}]"
    return "unset" if value is None else str(value)


@pytest.mark.parametrize(("name", "section"), list(sections().items()))
def test_every_setting_is_documented_with_default_and_unit(name: str, section: type[Section]) -> None:
    table = documented()[name]
    assert list(table) == list(section.model_fields)
    for key, field in section.model_fields.items():
        default, unit, meaning = table[key]
        expected = "required" if field.is_required() else written(field.default)
        assert default.strip("`").replace("0.20", "0.2").replace("0.50", "0.5") == expected, key
        assert unit
        assert len(meaning) > 15, key


@pytest.mark.parametrize(
    ("kind", "page"), [("salesforce", "sources"), ("hubspot", "sources_hubspot"), ("marketo", "sources_marketo"), ("intent", "settings")]
)
def test_every_field_of_a_source_is_documented(kind: str, page: str) -> None:
    text = (ROOT / f"docs/{page}.md").read_text(encoding="utf-8")
    said = r"`{0}`|^{0} = |^\w+ = [^\n]*#[^\n]*\b{0}\b"
    assert [name for name in load_declaration(kind).fields if not re.search(said.format(name), text, flags=re.M)] == []


def commands(group: Any, path: str = "bgml") -> Iterator[tuple[str, Any]]:
    """Every command, groups of commands opened."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


@pytest.mark.parametrize(("path", "command"), list(commands(typer.main.get_command(app))))
def test_every_command_has_help_with_an_example(path: str, command: Any) -> None:
    text = command.help or ""
    first = text.strip().partition("\n")[0]
    assert len(first) > 15
    assert re.search(rf"^\s*Examples?:\s+{path}\b", text, flags=re.M), f"{path}: the help shows no example"
    for parameter in command.params:
        assert getattr(parameter, "help", "help"), f"{path}: {parameter.name} has no help"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_relative_links_resolve(page: Path) -> None:
    for found in LINK.finditer(re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)):
        target = (found[1] or found[2]).partition("#")[0]
        if target and "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
