"""How MLflow's list of a project's runs opens: the best race above, with the columns that decide."""

from __future__ import annotations

import json

VIEW = "races"
NOTE = "mlflow.note.content"
ABOUT = """Runs of a bgml project: races (`kind` evaluation) with a run per model and fold below, and trainings.

Sort by `precision_at_50`. A race is won where `difference_low` is above 0. The report of a race is `report.html` under its artifacts."""
METRICS = (
    "precision_at_50", "precision_at_50_low", "precision_at_50_high", "baseline_precision_at_50", "difference", "difference_low",
    "difference_high", "wins", "reach",
)  # fmt: skip
TAGS = ("kind", "verdict", "data_until")


def tags() -> dict[str, str]:
    """Tags of the project's experiment: its description, and a shared view (MLflow's own, from its "Share" button) named VIEW."""
    columns = ["attributes.`Dataset`", *(f"metrics.`{name}`" for name in METRICS), *(f"tags.`{name}`" for name in TAGS)]
    view = {
        "searchFilter": "", "orderByKey": f"metrics.`{METRICS[0]}`", "orderByAsc": False, "startTime": "ALL", "lifecycleFilter": "Active",
        "modelVersionFilter": "All Runs", "datasetsFilter": [], "selectedColumns": columns, "viewMaximized": True, "runListHidden": False,
    }  # fmt: skip
    return {NOTE: ABOUT, f"mlflow.sharedViewState.{VIEW}": json.dumps(view)}


def address(base: str, experiment: str) -> str:
    """The page that opens in this view."""
    return f"{base}/#/experiments/{experiment}/runs?viewStateShareKey={VIEW}"
