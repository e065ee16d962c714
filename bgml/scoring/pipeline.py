"""scikit-learn models: one pipeline from the matrix to the score, kept by skops, never by pickle."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bgml.errors import ModelError
from bgml.scoring.columns import Matrix

MODEL_FILE = "model.skops"
SCHEMA = "schema.json"
TRUSTED = ("sklearn.", "numpy.", "scipy.")


@dataclass(frozen=True)
class Pipeline:
    """A fitted scikit-learn pipeline of two steps, "prepare" and "estimate".

    owners: for each column that "prepare" makes, the place of the feature it is made of; means: its mean over the training rows.
    """

    pipeline: Any
    owners: tuple[int, ...]
    means: tuple[float, ...]
    kind = "sklearn"

    def margins(self, matrix: Matrix, threads: int) -> npt.NDArray[np.float64]:
        """The decision function; for estimators without one, the probability of the outcome."""
        with one_blas_thread():
            if hasattr(self.pipeline, "decision_function"):
                return np.asarray(self.pipeline.decision_function(wide(matrix)), np.float64)
            return np.asarray(self.pipeline.predict_proba(wide(matrix))[:, 1], np.float64)

    def contributions(self, matrix: Matrix, threads: int) -> npt.NDArray[np.float64] | None:
        """Coefficient x (value - mean), summed over what a feature was made into; None unless the estimator is linear."""
        coefficients = getattr(self.pipeline["estimate"], "coef_", None)
        if coefficients is None:
            return None
        prepared = self.pipeline["prepare"].transform(wide(matrix))
        parts = (prepared - np.asarray(self.means)) * np.ravel(coefficients)
        added = np.zeros((len(matrix), matrix.shape[1]))
        np.add.at(added.T, np.asarray(self.owners, np.int64), parts.T)
        return added

    def files(self) -> dict[str, bytes]:
        """The pipeline as skops writes it."""
        from skops.io import dumps

        try:
            return {MODEL_FILE: _settled(dumps(self.pipeline))}
        except Exception as error:
            name = type(self.pipeline["estimate"]).__name__
            raise ModelError(f"{name} cannot be stored by skops ({error}); choose a scikit-learn or LightGBM estimator") from error


def _settled(content: bytes) -> bytes:
    """skops' archive with memory addresses numbered in order and no clock time: equal models give equal bytes."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        schema = archive.read(SCHEMA).decode()
        addresses = dict.fromkeys(re.findall(r'"(?:__id__": |file": ")(\d+)', schema))
        number = {address: str(place) for place, address in enumerate(addresses, start=1)}
        settled = re.sub(r'("(?:__id__": |file": "))(\d+)', lambda found: found[1] + number[found[2]], schema)
        files = {number.get(stem, stem) + dot + kind: archive.read(stem + dot + kind) for stem, dot, kind in _names(archive)}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted((files | {SCHEMA: settled.encode()}).items()):
            archive.writestr(zipfile.ZipInfo(name), data)
    return written.getvalue()


def _names(archive: zipfile.ZipFile) -> list[tuple[str, str, str]]:
    return [name.partition(".") for name in archive.namelist()]


def loads(content: bytes, allowed: Sequence[str], where: str) -> Any:  # noqa: ANN401 - whatever was stored
    """What skops stored, if it is made of scikit-learn, NumPy, SciPy and the `allowed` classes alone; else ModelError."""
    from skops.io import get_untrusted_types
    from skops.io import loads as read

    try:
        strange = [name for name in get_untrusted_types(data=content) if not name.startswith(TRUSTED) and name not in allowed]
        if strange:
            raise ModelError(f"{where} holds {strange[0]}, neither scikit-learn's nor the class named in models/; it is not loaded")
        return read(content, trusted=get_untrusted_types(data=content))
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(f"{where} cannot be read back ({type(error).__name__}: {error}); train again") from error


def wide(matrix: Matrix) -> npt.NDArray[np.float64]:
    """The matrix in the precision in which linear algebra stays exact enough."""
    return matrix.astype(np.float64, order="C")


def one_blas_thread() -> Any:  # noqa: ANN401 - threadpoolctl's context manager
    """BLAS on one thread: its sums then do not depend on how many there are."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    return threadpool_limits(limits=1, user_api="blas")
