"""How the rows behind a value are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bgml.cli import terminal

if TYPE_CHECKING:
    from bgml.engine.evidence import Evidence

HIDDEN = ("account_id", "recorded_at")


def tell(evidence: Evidence, won: bool | None) -> None:
    """One value and the rows behind it; won: what became of the group, where that is known."""
    group = evidence.group
    whose = f"{group.account_id}, {group.topic} at {group.as_of}{'' if won is None else ' (won)' if won else ' (not won)'}"
    if evidence.kind == "columns":
        terminal.table(("reads", "value"), [(name, _shown(value)) for name, value in evidence.reads.items()], title=_title(evidence, whose))
        return
    terminal.say(_title(evidence, whose))
    if len(evidence.rows):
        columns = [str(name) for name in evidence.rows if name not in HIDDEN and evidence.rows[name].notna().any()]
        terminal.table(columns, evidence.rows[columns].map(_shown).to_numpy().tolist())


def _title(evidence: Evidence, whose: str) -> str:
    value = _shown(evidence.value)
    if evidence.kind == "columns":
        return f"{evidence.column} = {value} for {whose}, from"
    if not evidence.total:
        return f"{evidence.column} = {value} for {whose}: no row counts"
    more = f", the newest {len(evidence.rows)}" if evidence.total > len(evidence.rows) else ""
    what = {"signals": "signal", "opportunities": "opportunity", "attribute": "row"}[evidence.kind]
    counted = f"1 {what}" if evidence.total == 1 else f"{evidence.total:,} {'rows' if what == 'row' else evidence.kind}"
    return f"{evidence.column} = {value} for {whose}, from {counted}{more}"


def _shown(value: Any) -> str:  # noqa: ANN401  (a cell of any table)
    plain = terminal.plain(value)
    return "" if plain is None else f"{plain:.4g}" if isinstance(plain, float) else str(plain)


def document(evidence: Evidence, won: bool | None) -> dict[str, Any]:
    """The same as JSON values."""
    return {
        "as_of": evidence.group.as_of, "account_id": evidence.group.account_id, "topic": evidence.group.topic, "won": won,
        "value": evidence.value, "kind": evidence.kind, "total": evidence.total, "reads": evidence.reads,
        "rows": evidence.rows.to_dict("records"),
    }  # fmt: skip
