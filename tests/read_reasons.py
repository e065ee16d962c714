"""Reads sentences of reasons back, by the templates of the feature files alone: which column, which numbers, for or against."""

from __future__ import annotations

import re
from dataclasses import dataclass

MEDIANS = re.compile(r"^groups that won had (\S+) on the median, others (\S+)$")
TRUE_OF = re.compile(r"^true of (\d+%) of the groups that won, (\d+%) of the others$")
ANY = re.compile(r"^(\d+%) of the groups that won had any, (\d+%) of the others$")


@dataclass(frozen=True)
class Read:
    """A sentence taken apart: `value`, and the two numbers of its comparison, as they are written; None where there is none."""

    column: str
    value: str | None
    against: bool
    kind: str | None
    won: str | None = None
    others: str | None = None


def read(sentence, infos):
    """The sentence taken apart, once for every column it may be about."""
    against = sentence.startswith("against: ")
    fact, _, tail = sentence.removeprefix("against: ").partition(" (")
    kind, won, others = _tail(tail.removesuffix(")"))
    found = [(info.name, value) for info in infos for value in _values(fact, info)]
    return [Read(name, value, against, kind, won, others) for name, value in found]


def number(text):
    """The number a text shows."""
    return float(text.replace(",", "").removesuffix("%")) / (100 if text.endswith("%") else 1)


def unit(text):
    """How far the number behind a text may be from what it shows, by rounding."""
    decimals = len(text.removesuffix("%").partition(".")[2])
    return 0.500001 * 10.0**-decimals / (100 if text.endswith("%") else 1)


def _tail(tail):
    for kind, pattern in (("medians", MEDIANS), ("true", TRUE_OF), ("any", ANY)):
        if match := pattern.match(tail):
            return kind, *match.groups()
    assert not tail, tail
    return None, None, None


def _values(fact, info):
    if info.missing and fact == info.missing or fact.startswith("unknown: ") and fact[9:].lower() == info.meaning.rstrip(".").lower():
        yield None
    elif info.says is None:
        if match := re.fullmatch(re.escape(info.meaning.rstrip(".").lower()) + r": (\S+)", fact.lower()):
            yield match[1]
    elif "{value" not in info.says:
        if fact in (info.says, f"not the case: {info.says}"):
            yield str(int(not fact.startswith("not the case")))
    else:
        template = _singular(re.sub(r"\{value[^}]*\}", "VALUE", info.says.replace("{days}", str(info.days))))
        anything = r"(\S+)" if ":" in re.search(r"\{value([^}]*)\}", info.says)[1] else r"(.+)"
        plain = re.sub(r"^none of", "0 of", re.sub(r"^no (?=[a-z])", "0 ", fact))
        if match := re.fullmatch(re.escape(template).replace("VALUE", anything), _singular(plain) if anything == r"(\S+)" else plain):
            yield match[1]


def _singular(text):
    """Words without their plural endings, so that "1 person" and "2 people" read alike."""
    words = ("people" if word == "person" else word for word in text.split(" "))
    return " ".join(re.sub(r"(ies|y)$", "i", word) if word != "by" else word for word in (re.sub(r"(?<=[a-z]{2})s$", "", w) for w in words))


def holds(found, row, seen):
    """Whether a sentence that was read is true of a row (column -> value), of what training saw (column -> sides), and of its own side."""
    value, sides = row[found.column], seen[found.column]
    absent = value is None or value != value
    if (found.value is None) != absent or (not absent and not _same(found.value, value)):
        return False
    if found.kind is None:
        return True
    told, sides = (found.won, found.others), (sides["won"], sides["others"])
    seen = [side["median"] if found.kind == "medians" else _share(side, value, found.kind) for side in sides]
    if not all(_same(text, one) for text, one in zip(told, seen, strict=True)):
        return False
    if found.kind != "medians":
        return (number(found.won) > number(found.others)) != found.against
    near, far = (abs(number(found.value) - number(text)) for text in told)
    return far < near if found.against else near < far


def _same(text, value):
    return text == value if isinstance(value, str) else abs(number(text) - float(value)) <= unit(text) + 1e-6 * abs(float(value))


def _share(side, value, kind):
    if kind == "any":
        return side["some"]
    if value is None or value != value:
        return 1 - side["known"]
    if isinstance(value, str):
        return side["shares"][value]
    return side["some"] if value else side["known"] - side["some"]
