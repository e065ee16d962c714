"""The truth of a simulated market in the race: the best any model could do with everything latent, shown and never trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.dataset as ds

from bgml.config import Settings
from bgml.errors import DataError
from bgml.evaluation.race.scored import Floats
from bgml.learning.examples import Examples
from bgml.project import Project

TRUTH = "truth"
KEYS = ("as_of", "account_id", "topic")
PROBABILITY = "probability"


def truth_file(project: Project) -> Path | None:
    """The simulated market's truth beside the data, if there is one."""
    url = project.data_url()
    path = Path(url) / "truth.parquet"
    return path if "://" not in url and path.is_file() else None


def truth_scores(path: Path, examples: Examples) -> Floats | None:
    """The true probability of each candidate, or None when the truth does not cover them all."""
    dates = np.unique(examples.as_of.astype("datetime64[D]"))
    table = ds.dataset(path)
    if missing := {*KEYS, PROBABILITY} - set(table.schema.names):
        lacks = f"{path} has no column {', '.join(sorted(missing))}"
        raise DataError(f"{lacks}, so it is not the truth of a simulated market: move it away or simulate again")
    inside = pc.field("as_of").isin(dates.tolist())
    truth = table.to_table(columns=[*KEYS, PROBABILITY], filter=inside).to_pandas()
    codes = [
        np.searchsorted(dates, truth["as_of"].to_numpy(dtype="datetime64[D]")),
        pd.Index(examples.accounts).get_indexer(pd.Index(truth["account_id"].astype(object))),
        pd.Index(examples.topics).get_indexer(pd.Index(truth["topic"].astype(object))),
    ]
    sizes = (len(dates), max(len(examples.accounts), 1), max(len(examples.topics), 1))
    known = (codes[1] >= 0) & (codes[2] >= 0)
    place = np.ravel_multi_index([code[known] for code in codes], sizes)
    wanted = np.ravel_multi_index([np.searchsorted(dates, examples.as_of.astype("datetime64[D]")), examples.account, examples.topic], sizes)
    scores = pd.Series(truth[PROBABILITY].to_numpy(np.float64)[known], index=place).reindex(wanted).to_numpy()
    return None if np.isnan(scores).any() else scores


def fits(settings: Settings) -> bool:
    """Whether the market's truth is the probability of this project's outcome."""
    from bgml.market.parameters import HORIZON

    outcome = settings.outcome
    return outcome.target == "won" and outcome.match == "pair" and outcome.horizon == HORIZON
