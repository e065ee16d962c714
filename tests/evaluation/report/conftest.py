"""The pictures of a whole document, drawn once."""

from __future__ import annotations

import pytest

from bgml.evaluation.report.plots.draw import pictures
from bgml.evaluation.report.plots.style import Picture
from tests.evaluation.documents import a_document


@pytest.fixture(scope="session")
def drawn() -> list[Picture]:
    """Every picture there is."""
    return pictures(a_document())
