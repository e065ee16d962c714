"""Draw docs/images/race.png from an evaluation: wins among the top 50 of a week, per model and rule, with intervals.

    python benchmarks/race_picture.py evaluation.json docs/images/race.png
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402 - after the backend is chosen

LEARNED = {"propensity", "lambdarank", "logistic", "value"}
NAMES = {
    "mql_rule": "MQL first", "mql_plus_two": "MQL and two colleagues", "people_count": "number of people",
    "actions_count": "number of actions", "recency": "most recent", "points": "points score", "random": "chance",
}  # fmt: skip


def draw(evaluation: dict[str, dict[str, dict[str, dict[str, dict[str, float]]]]], target: Path) -> None:
    """One bar per entry, best on top; the truth of the simulated market as a line."""
    found = {name: entry["metrics"]["precision_at_50"] for name, entry in evaluation["models"].items()}
    truth = found.pop("truth", None)
    names = sorted(found, key=lambda name: found[name]["value"])
    figure, axes = pyplot.subplots(figsize=(9, 0.42 * len(names) + 1.1), dpi=160)
    for place, name in enumerate(names):
        value, low, high = (50 * found[name][key] for key in ("value", "low", "high"))
        colour = "#0b6e69" if name in LEARNED else "#b9c4c4"
        axes.barh(place, value, color=colour, height=0.68)
        axes.plot([low, high], [place, place], color="#1d2b2a", linewidth=1.4, solid_capstyle="butt")
        axes.text(high + 0.35, place, f"{value:.1f}", va="center", fontsize=9, color="#1d2b2a")
    if truth:
        axes.axvline(50 * truth["value"], color="#c2571a", linewidth=1.4, linestyle=(0, (4, 3)))
        axes.text(50 * truth["value"] - 0.3, -0.35, "who knew the\nhidden truth", ha="right", fontsize=8.5, color="#c2571a")
    axes.set_yticks(range(len(names)), [NAMES.get(name, name) for name in names], fontsize=10)
    axes.set_xlabel("groups that went on to buy, of the 50 on top of a week's list (95% interval)", fontsize=9)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.tight_layout()
    figure.savefig(target)


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
