"""What holds for all tests: no clock decides, and under CI the same examples are tried every time."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("bgml", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("bgml")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on what the user has set for bgml."""
    monkeypatch.delenv("BGML_TRACEBACK", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
