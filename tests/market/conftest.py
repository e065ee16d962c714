"""One small market for the whole room."""

from __future__ import annotations

from pathlib import Path

import pytest

from bgml.market.parameters import Market
from bgml.market.simulate import Simulated, make_market, simulate


@pytest.fixture(scope="session")
def made() -> Simulated:
    """A small market in memory."""
    return make_market(Market(accounts=300, weeks=90, seed=5))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the same market."""
    place = tmp_path_factory.mktemp("market") / "tables"
    simulate(place, accounts=300, weeks=90, seed=5)
    return place
