"""LightGBM models: kept as text, the same whatever the number of threads."""

from __future__ import annotations

import functools
import logging
import os
import re
from types import ModuleType

import numpy as np
import numpy.typing as npt

from bgml.errors import ModelError
from bgml.scoring.columns import Matrix

# With OpenMP's default, waiting threads spin: on a busy two-core machine two threads then take eight times as long as one.
# libgomp reads this once, when it is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

MODEL_FILE = "model.txt"


@functools.cache
def lightgbm() -> ModuleType:
    """The library, imported on first use, what it says going to the log; ModelError with the remedy where OpenMP's runtime is missing."""
    try:
        import lightgbm as library
    except OSError as error:
        remedy = "apt-get install libgomp1 (Debian, Ubuntu), dnf install libgomp (Fedora) or brew install libomp (macOS)"
        raise ModelError(f"LightGBM cannot be loaded ({error}); it needs the OpenMP runtime: {remedy}") from None
    library.register_logger(logging.getLogger("bgml.lightgbm"))
    return library


class Trees:
    """A LightGBM booster behind the text it was saved as."""

    kind = "lightgbm"

    def __init__(self, text: str) -> None:
        """`text` is a whole LightGBM model file; a damaged one can end the process, so check its fingerprint first."""
        self.text = text
        self._booster = lightgbm().Booster(model_str=text)

    @classmethod
    def of(cls, text: str) -> Trees:
        """The trees of a freshly fitted model, without the one line that tells how many threads fitted it."""
        return cls(re.sub(r"^\[num_threads: .*\]\n", "", text, flags=re.MULTILINE))

    def margins(self, matrix: Matrix, threads: int) -> npt.NDArray[np.float64]:
        """The sum of each row's leaves; log-odds for the binary objective."""
        return np.asarray(self._booster.predict(np.ascontiguousarray(matrix), raw_score=True, num_threads=threads), np.float64)

    def contributions(self, matrix: Matrix, threads: int) -> npt.NDArray[np.float64]:
        """Shapley values of the trees (LightGBM's pred_contrib), without the constant."""
        if not len(matrix):
            return np.zeros(matrix.shape)
        found = self._booster.predict(np.ascontiguousarray(matrix), pred_contrib=True, num_threads=threads)
        return np.asarray(found, np.float64)[:, :-1]

    def files(self) -> dict[str, bytes]:
        """The model's text."""
        return {MODEL_FILE: self.text.encode()}
