"""Who is drawn how: the best model in the accent colour, the best baseline in grey, the truth dashed, the others behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bgml.evaluation.report.plots.style import ACCENT, BASELINE, INK, OTHER, SECOND, named

Document = Mapping[str, Any]
TRUTH = "truth"


@dataclass(frozen=True)
class Runner:
    """An entry of the race and its looks."""

    name: str
    colour: str
    width: float
    dashes: str
    front: int

    @property
    def label(self) -> str:
        """The name as it stands beside the line."""
        return named(self.name, 22)

    @property
    def looks(self) -> dict[str, Any]:
        """The line as matplotlib takes it."""
        return {"color": self.colour, "linewidth": self.width, "linestyle": self.dashes, "zorder": 3 + self.front}


def best_model(document: Document) -> str | None:
    """The model that learns and is best at the headline metric."""
    return next((name for name in document["order"] if document["models"][name]["role"] == "model"), None)


def main(document: Document) -> tuple[str | None, str | None]:
    """The two a picture is about: the best model and the best baseline; of a race of baselines, the best and the next."""
    best, rival = best_model(document), document.get("best_baseline")
    if best is not None:
        return best, rival
    order = list(document["order"])
    return (order[0] if order else None), (order[1] if len(order) > 1 else None)


def runners(document: Document) -> list[Runner]:
    """Every entry of the race from the best to the worst, the truth last."""
    best, rival = main(document)
    there = [*document["order"], *([TRUTH] if TRUTH in document["models"] else [])]
    return [runner(document, name, best, rival) for name in there]


def runner(document: Document, name: str, best: str | None, rival: str | None) -> Runner:
    """The looks of one entry."""
    if name == best:
        return Runner(name, ACCENT, 2.6, "-", 3)
    if name == rival:
        return Runner(name, BASELINE, 2.2, "-", 2)
    if name == TRUTH:
        return Runner(name, INK, 1.2, "--", 1)
    learns = document["models"].get(name, {}).get("role") == "model"
    return Runner(name, SECOND if learns else OTHER, 1.3, "-", 1 if learns else 0)
