"""How MLflow loads a version, for `mlflow models serve` and `spark_udf`: the verified artifact, no pickle, no copy of this code."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from bgml.scoring.artifact import load
from bgml.scoring.predict import Scorer


class Served:
    """A version behind MLflow's `predict`."""

    def __init__(self, scorer: Scorer) -> None:
        """Serve a loaded scorer."""
        self.scorer = scorer

    def predict(self, frame: pd.DataFrame, params: object = None) -> pd.DataFrame:
        """`score` (raw), `propensity` and `expected_amount` of each row; the columns are those `bgml features` writes, by name."""
        said = self.scorer.judge(frame)
        columns = {"score": said.raw, "propensity": said.propensity, "expected_amount": said.expected_amount}
        return pd.DataFrame(columns, index=frame.index)


def _load_pyfunc(path: str) -> Served:
    """What MLflow calls with the artifact's folder."""
    return Served(load(Path(path)))
