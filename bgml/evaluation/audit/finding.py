"""What a check of the audit found: how bad it is, what it means, and the way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from bgml.evaluation.chapters.chapter import Table

Severity = Literal["fault", "warning", "note"]
ORDER: tuple[Severity, ...] = ("fault", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """One thing found. A fault is a leak, or cannot be told from one; a warning may be one; a note is there to be known.

    check: the check that found it; `found` and `means` are sentences, `way_out` a clause.
    """

    check: str
    severity: Severity
    found: str
    means: str = ""
    way_out: str = ""

    @property
    def message(self) -> str:
        """All of it in one line.

        >>> Finding("rebuild", "fault", "people_7d changes.", "It knows the future.", "correct features/x.py").message
        'people_7d changes. It knows the future. Way out: correct features/x.py.'
        """
        return " ".join(part for part in (self.found, self.means, self.way_out and f"Way out: {self.way_out}.") if part)

    def document(self) -> dict[str, Any]:
        """The finding as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Checked:
    """The result of one check: what it did in one sentence, its findings, a table and numbers (plain JSON values) behind them."""

    name: str
    did: str
    findings: tuple[Finding, ...] = ()
    tables: tuple[Table, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The check as JSON values; its findings stand elsewhere."""
        return {"did": self.did, "verdict": self.verdict, **self.data}

    @property
    def verdict(self) -> str:
        """The worst severity found; "silent" where there is nothing but notes."""
        return next((severity for severity in ORDER[:-1] if any(one.severity == severity for one in self.findings)), "silent")


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """Findings from the worst to the least, each kind in the order in which it was found."""
    return sorted(findings, key=lambda finding: ORDER.index(finding.severity))
