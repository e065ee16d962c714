from __future__ import annotations

from pathlib import Path

import pytest

from bgml.config import settings_from
from bgml.evaluation.audit.history import source
from bgml.project import Project, starter


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import pandas as pd\nx = pd.read_csv('tiers.csv')", ["line 2: pd.read_csv()"]),
        ("from datetime import date\nx = date.today()", ["line 2: date.today()"]),
        ("def f(m):\n    return open('x').read()", ["line 2: open()"]),
        ("import os, numpy", ["line 1: import os"]),
        ("from bgml.data.dataset import open_dataset", ["line 1: from bgml.data.dataset import open_dataset"]),
        ("import numpy as np\nnoise = np.random.default_rng(1)", ["line 2: np.random.default_rng()"]),
        ("from bgml import measure, says\nimport numpy as np\n\ndef f(m):\n    return np.log1p(m.time)", []),
        ("from ._shared import factor", []),
    ],
)
def test_what_is_read_beside_the_frame(code: str, told: list[str], tmp_path: Path) -> None:
    (tmp_path / "feature.py").write_text(code)
    assert source.read_beside(tmp_path / "feature.py") == told


def test_the_starter_reads_nothing(tmp_path: Path) -> None:
    for kind in source.CODE:
        (tmp_path / kind).symlink_to(starter() / kind)
    checked = source.check(Project(root=tmp_path, settings=settings_from({"project": {"name": "t"}}, "test")))
    assert checked.findings == ()
    assert "Looked through 0 " not in checked.did
