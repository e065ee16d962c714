"""Stages, from the last backwards."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from bgml.config import StagesSection
from bgml.groups.stages import deal_stage, stages


@pytest.mark.parametrize(
    ("active", "present", "coverage", "stage"),
    [
        (0, 0, 0.0, "identified"), (1, 2, 1.0, "identified"), (2, 2, 1.0, "engaged"), (0, 3, 0.5, "qualified"), (3, 3, 0.49, "engaged"),
        (1, 5, 0.25, "identified"), (0, 3, float("nan"), "qualified"),
    ],
)  # fmt: skip
def test_the_last_stage_that_fits_counts(active: int, present: int, coverage: float, stage: str) -> None:
    groups = pd.DataFrame({"active": [active], "present": [present], "coverage": [coverage]})
    assert stages(groups, StagesSection()).tolist() == [stage]


def test_thresholds_come_from_the_settings() -> None:
    groups = pd.DataFrame({"active": [1], "present": [2], "coverage": [0.1]})
    assert stages(groups, StagesSection(engaged_people=1)).tolist() == ["engaged"]
    assert stages(groups, StagesSection(qualified_people=2, qualified_coverage=0.0)).tolist() == ["qualified"]


def deals(*rows: tuple[str, str | None, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["created_at", "closed_at", "outcome"])
    times = {name: pd.to_datetime(frame[name]).astype("datetime64[us]") for name in ("created_at", "closed_at")}
    return frame.assign(account_id="a", topic="ai", opportunity_id=[str(place) for place in range(len(rows))], **times)


@pytest.mark.parametrize(
    ("rows", "stage"),
    [
        ((), None),
        ((("2025-06-01", None, "open"),), "in pipeline"),
        ((("2025-06-01", "2025-06-20", "won"),), "in pipeline"),
        ((("2025-05-01", "2025-06-14", "won"),), "closed"),
        ((("2025-05-01", "2025-06-01", "lost"),), "closed"),
        ((("2023-05-01", "2024-05-31", "won"),), None),
        ((("2025-06-15", None, "open"),), None),
        ((("2025-05-01", "2025-06-01", "lost"), ("2025-06-10", None, "open")), "in pipeline"),
    ],
)
def test_deals_give_the_last_stages_as_they_were_known(rows: tuple[tuple[str, str | None, str], ...], stage: str | None) -> None:
    assert deal_stage(deals(*rows), date(2025, 6, 15), 365) == stage
