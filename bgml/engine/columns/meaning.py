"""What a declared column means, in words."""

from __future__ import annotations

from bgml.engine.columns.algebra import Attribute, Condition, Deals, Declaration, Measure, Moment

_PLURALS = {
    "signal": "signals", "person": "people", "visitor": "anonymous visitors", "either": "people and visitors",
    "department": "departments",
    "seniority": "seniorities", "role": "roles", "day": "days", "week": "weeks", "category": "signal categories",
    "action": "kinds of action", "topic": "topics",
}  # fmt: skip
_OF = {"group": "", "account": " of the account, on all topics", "topic": " on the topic, of all accounts"}
_DEALS = {
    "won": "opportunities won", "lost": "opportunities lost", "opened": "opportunities opened",
    "open": "opportunities open at the as-of date",
}  # fmt: skip
_DEALS_OF = {"group": " by the account on the topic", "account": " by the account", "topic": " on the topic by all accounts"}


def meaning_of(declaration: Declaration, days: int | None) -> str:
    """One line saying what the column holds.

    >>> from bgml.engine.columns.algebra import measure
    >>> meaning_of(measure("person", where="named"), 28)
    'distinct people with named signals in the last 28 days'
    """
    if declaration.meaning:
        return declaration.meaning.replace("{days}", str(days))
    match declaration:
        case Measure():
            return _measure(declaration) + _span(days)
        case Moment(what=what, entity=entity, where=where, grain=grain):
            event = f"the {what} signal" if isinstance(what, str) else f"the arrival of {_PLURALS[entity]} number {what}"
            return f"days since {event}{_OF[grain]}{_where(where)}"
        case Deals(what=what, grain=grain):
            return f"{_DEALS[what]}{_DEALS_OF[grain]}{_span(days) if what != 'open' else ''}"
        case Attribute(table="topics"):
            return "number of roles the topic requires"
        case Attribute(column=column):
            return f"{column} of the account"


def _measure(m: Measure) -> str:
    counted = " x ".join(_PLURALS[entity] for entity in m.entity) if len(m.entity) > 1 else _PLURALS[m.entity[0]]
    tail = f"{_OF[m.grain]}{_where(m.where)}"
    amount = "weights" if m.of == "weight" else "signals"
    if m.entity == ("signal",):
        return f"{'sum of the weights of ' if m.of == 'weight' else ''}{_signals(m.where)}{_OF[m.grain]}"
    match m.f:
        case "any":
            return f"distinct {counted}{' with' + _where(m.where).removeprefix(' with') if m.where else ''}{_OF[m.grain]}"
        case "all":
            return f"{amount} of {counted}{tail}"
        case "root":
            return f"sum over {counted} of the square root of their {amount}{tail}"
        case "square":
            return f"sum over {counted} of their squared {amount}{tail}"
        case _:
            return f"concentration of {amount} over {counted} (1 = all on one){tail}"


def _signals(condition: Condition) -> str:
    """Signals that match a condition, the category said as an adjective."""
    category = dict(condition).get("category")
    rest = _where(tuple((key, values) for key, values in condition if key != "category"))
    return f"{' or '.join(value.replace('_', ' ') for value in category)} signals{rest}" if category else f"signals{rest}"


def _where(condition: Condition) -> str:
    if not condition:
        return ""
    parts = []
    for key, values in condition:
        text = " or ".join(value.replace("_", " ") for value in values)
        parts.append({"category": f"{text} signals", "required": "a role the topic requires"}.get(key, f"{key} {text}"))
    return " with " + ", ".join(parts)


def _span(days: int | None) -> str:
    return f" in the last {days} days" if days is not None else " in the whole known history"
