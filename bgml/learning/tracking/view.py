"""How MLflow's list of a project's runs opens: the best above, with the columns that decide. Views of MLflow's own, as "Share" makes."""

from __future__ import annotations

import json
from dataclasses import dataclass

NOTE = "mlflow.note.content"
HEADLINE = "precision_at_50"


@dataclass(frozen=True)
class View:
    """A list of runs of one kind by falling headline metric. MLflow nests runs only in a list that is not sorted."""

    kind: str
    metrics: tuple[str, ...]
    tags: tuple[str, ...]

    def state(self) -> str:
        """The view as MLflow keeps it."""
        columns = [*(f"metrics.`{name}`" for name in self.metrics), *(f"tags.`{name}`" for name in self.tags)]
        return json.dumps({
            "searchFilter": f"tags.kind = '{self.kind}'", "orderByKey": f"metrics.`{HEADLINE}`", "orderByAsc": False, "startTime": "ALL",
            "lifecycleFilter": "Active", "modelVersionFilter": "All Runs", "datasetsFilter": [], "selectedColumns": columns,
        })  # fmt: skip


RACES, MODELS = "races", "models"
VIEWS = {
    RACES: View(
        "evaluation", (HEADLINE, f"baseline_{HEADLINE}", "difference", "difference_low", "difference_high", "reach", "wins"),
        ("verdict", "best_model", "data_until"),
    ),
    MODELS: View(
        "model", (HEADLINE, "difference", "difference_low", "recall_at_50", "lift_at_50", "auc", "predicted_over_observed"),
        ("role", "data_until"),
    ),
}  # fmt: skip


def tags(experiment: str) -> dict[str, str]:
    """Tags of the project's experiment: its description, which leads to the views, and the views."""
    races, models = (address("", experiment, name).lstrip("/") for name in (RACES, MODELS))
    about = (
        f"[Races]({races}), each with its report as *report.html* under *Artifacts*; [models]({models}) in the races, to be compared. "
        "A race is won where `difference_low` is above 0."
    )
    return {NOTE: about, **{f"mlflow.sharedViewState.{name}": view.state() for name, view in VIEWS.items()}}


def address(base: str, experiment: str, name: str = RACES) -> str:
    """The page that opens in a view."""
    return f"{base}/#/experiments/{experiment}/runs?viewStateShareKey={name}"
