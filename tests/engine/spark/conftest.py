"""Tests of Spark are left out, with the reason, where it cannot run."""

from __future__ import annotations

import pytest

from tests.engine.spark.cluster import needed


@pytest.fixture
def spark() -> None:
    """Ask for it in a test that starts Spark."""
    needed()
