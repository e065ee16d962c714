"""What holds for all that is shown: contrast, no script or style of its own, nothing from elsewhere."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

STATIC = files("bgml.web.page") / "static"
CSS = (STATIC / "page.css").read_text(encoding="utf-8")
GROUNDS = ("ground", "surface", "raised")
TEXTS = ("ink", "ink-soft", "ink-faint", "accent", "warn", "bad", "good")
GLYPHS = ("series-1", "series-2", "series-3", "focus")


def _themes() -> dict[str, dict[str, str]]:
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", CSS, re.S))
    return {"light": light, "dark": light | dark}


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    """As WCAG 2.2 has it."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_glyphs_stand_out_from_every_ground(theme):
    colours = _themes()[theme]
    for ground in GROUNDS:
        for name in TEXTS:
            assert _contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
        for name in GLYPHS:
            assert _contrast(colours[name], colours[ground]) >= 3, (name, ground)
    assert _contrast(colours["accent-ink"], colours["accent"]) >= 4.5


@pytest.mark.parametrize("path", ["/", "/group?account_id=a0&topic=cloud", "/account?account_id=a0", "/quality", "/signin", "/none"])
def test_pages_hold_no_script_no_style_and_nothing_from_elsewhere(client, path):
    text = client.get(path, headers={"accept": "text/html"}).text
    assert re.findall(r"<script[^>]*>", text) == ['<script src="/static/page.js" defer>']
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text)
    assert text.count("<h1") == 1 and '<html lang="en">' in text


def test_every_font_is_there_with_its_licence():
    for name in re.findall(r"url\(\"(fonts/[^\"]+)\"\)", CSS):
        assert (STATIC / name).is_file(), name
    for licence in ("PublicSans-OFL.txt", "Newsreader-OFL.txt"):
        assert "SIL Open Font License" in (STATIC / "fonts" / licence).read_text(encoding="utf-8")
