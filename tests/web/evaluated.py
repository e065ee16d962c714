"""An evaluation and an impact as commands keep them, of the model that made the ranking."""

from __future__ import annotations

from typing import Any

from bgml.data.kept.documents import EVALUATION, IMPACT, keep
from bgml.project import Project
from tests.evaluation.documents import a_document

ESTIMATE = {"value": 2.0, "low": 1.5, "high": 2.6}
SENTENCES = ["An engaged group: at least 3 known people.", "Win rate: 43% with an engaged group."]


def an_evaluation(**changes: Any) -> dict[str, Any]:
    """The document of an evaluation, with calibration in full."""
    document = a_document()
    own = document["calibration"]["models"]["propensity"]
    ratio = {**ESTIMATE, "predicted": 0.2, "observed": 0.1, "rows": 100, "won_opportunities": 9}
    own |= {"slope": {"value": 0.9, "low": 0.8, "high": None}, "top_1": ratio, "top_10": ratio, "overall": ratio}
    return {**document, **changes}


def an_impact() -> dict[str, Any]:
    """The document of an impact, as far as it is read."""
    side = {"name": "engaged group", "rows": 9, "opportunities": 9, "accounts": 9, "value": 0.4, "low": 0.3, "high": 0.5}
    row = {
        "measure": "win_rate", "title": "win rate", "statistic": "share", "unit": None, "with": side, "without": {**side, "value": 0.2},
        "crude": ESTIMATE, "adjusted": None, "strata": [], "shared": None, "too_few": False,
    }  # fmt: skip
    return {"project": "acme", "sentences": SENTENCES, "headline": [row], "breadth": [], "roles": [], "pilot": None}


def keep_both(project: Project, **changes: Any) -> None:
    """Keep an evaluation and an impact for the page."""
    keep(project, EVALUATION, an_evaluation(**changes))
    keep(project, IMPACT, an_impact())
