"""The faults of bgml.toml as sentences: which key, what it must be, what it is."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from bgml.errors import nearest

Sections = Mapping[str, type[BaseModel]]
"""The section classes by the name of their table."""

WANTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "tuple_type": "a list in square brackets",
    "date_type": "a date such as 2026-01-05, without quotes",
    "string_pattern_mismatch": "1 to 64 letters, digits, dots, dashes or underscores, the first a letter or digit",
    "string_too_short": "text that is not empty",
    "too_short": "a list with at least one entry",
    "literal_error": "{expected}",
    "model_type": 'a table such as {{ route = "lead", people_below = 3 }}',
    "greater_than_equal": "at least {ge:g}",
    "less_than_equal": "at most {le:g}",
}


def fault(problem: ErrorDetails, sections: Sections, rule: type[BaseModel]) -> str:
    """What one fault of pydantic's means to the person who wrote the file; `rule` is the table of [[routes.rule]]."""
    kind, context = problem["type"], problem.get("ctx", {})
    section, *rest = [str(part) for part in problem["loc"]]
    if rest[:1] == ["rule"] and len(rest) > 1:
        key = f"[{section}] rule {int(rest[1]) + 1}" + "".join(f", {part}" for part in rest[2:3])
        if kind in ("extra_forbidden", "missing"):
            return f"{key} {_condition(rest[2], kind, rule)}"
    else:
        key = f"[{section}] {rest[0]}" if rest else f"[{section}]"
    if kind == "extra_forbidden":
        return _unknown(section, rest[0] if rest else None, sections)
    if kind == "missing":
        return f"{key if rest else f'the section [{section}]'} is missing" + ('; write name = "..." in it' if section == "project" else "")
    if kind == "value_error":
        return f"{key} {context['error']}"
    if not rest:
        return f"{key} must be a section with keys of its own, not {_shown(problem['input'])}"
    wanted = WANTED.get(kind)
    return f"{key} must be {wanted.format(**context)}, not {_shown(problem['input'])}" if wanted else f"{key}: {problem['msg']}"


def _condition(key: str, kind: str, rule: type[BaseModel]) -> str:
    """What is wrong with a key of a rule that is missing or does not exist."""
    options = rule.model_fields
    if kind == "missing":
        return 'is missing; write route = "lead", "account" or "group" in the rule'
    return f"is not a key of a rule{nearest(key, options) or '; a rule has ' + ', '.join(options)}"


def _unknown(section: str, key: str | None, sections: Sections) -> str:
    """The message for a section or key that does not exist."""
    if key is None:
        return f"[{section}] is not a section{nearest(section, sections)}"
    options = sections[section].model_fields
    home = next((name for name, kind in sections.items() if key in kind.model_fields), None)
    hint = nearest(key, options) or (f"; it belongs under [{home}]" if home else f"; [{section}] has {', '.join(options)}")
    return f"[{section}] {key} is not a setting{hint}"


def _shown(value: object) -> str:
    """A value as TOML writes it, shortened."""
    text = str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
