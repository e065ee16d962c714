"""Examples made up for tests of models: few columns, an outcome that the number of people and the industry drive."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from bgml.learning.examples import Examples, no_deals
from bgml.scoring.definition import Model


def made_up(groups=600, dates=8, seed=0, base=-4.0):
    """Weekly examples of the same groups, one topic each; a group's outcome is the same deal on all its dates."""
    random = np.random.default_rng(seed)
    people = random.poisson(2, groups)
    industry = random.integers(0, 3, groups)
    chance = 1 / (1 + np.exp(-(base + 0.9 * people + 0.5 * (industry == 1))))
    winner = random.random(groups) < chance
    amounts = random.gamma(2, 10_000, groups)
    account, frames = np.tile(np.arange(groups), dates), []
    for _ in range(dates):
        active = np.maximum(people + random.integers(-1, 2, groups), 0)
        last = np.where(random.random(groups) < 0.1, np.nan, random.integers(1, 60, groups))
        frames.append(pd.DataFrame({
            "people_28d": active, "actions_28d": active * 3 + random.poisson(4, groups), "people_qualified_lead_91d": active > 3,
            "days_since_last": last, "won_before": 0,
        }))  # fmt: skip
    features = pd.concat(frames, ignore_index=True).astype(np.float32)
    features["industry"] = pd.Categorical.from_codes(np.tile(industry, dates), ["Health", "Software", "Steel"])
    won = np.tile(winner, dates).astype(np.float32)
    rows = np.flatnonzero(won)
    deals = no_deals() if not len(rows) else pd.DataFrame({"row": rows, "opportunity_id": account[rows], "amount": amounts[account[rows]]})
    return Examples(
        features, np.repeat(np.datetime64("2024-01-01") + 7 * np.arange(dates), groups), account.astype(np.int32),
        (account % 2).astype(np.int32), np.array([f"a{number:05d}" for number in range(groups)], object),
        np.array(["Cloud", "Data"], object),
        won, np.where(won == 1, amounts[account], np.nan), deals,
    )  # fmt: skip


def with_closed(examples, days=40, each=1.0):
    """The same examples whose winners' deals are told of: created `days` after their group's first date, closed 30 days later."""
    first = examples.deals.drop_duplicates("opportunity_id")
    rows = first["row"].to_numpy()
    created = pd.Series(examples.as_of[rows].astype("datetime64[s]") + np.timedelta64(days, "D"))
    closed = pd.DataFrame({
        "account_id": examples.accounts[examples.account[rows]], "topic": examples.topics[examples.topic[rows]],
        "opportunity_id": first["opportunity_id"].to_numpy(), "segment": None, "created": created,
        "closed": created + pd.Timedelta(days=30), "won": True, "amount": first["amount"].to_numpy() * each,
    })  # fmt: skip
    return replace(examples, closed=closed)


SMALL = {"n_estimators": 15, "num_leaves": 7, "min_child_samples": 20, "learning_rate": 0.2, "subsample": 0.7, "subsample_freq": 1}


def propensity(**changes):
    """A small LightGBM classifier."""
    return Model(**{"estimator": "lightgbm.LGBMClassifier", "parameters": SMALL, "name": "propensity"} | changes)


def value(**changes):
    """A model of the amount to expect, its chance by a small LightGBM classifier."""
    return propensity(**{"objective": "value", "name": "value"} | changes)


def lambdarank(**changes):
    """A small LightGBM ranker."""
    return Model(**{"estimator": "lightgbm.LGBMRanker", "parameters": SMALL, "objective": "lambdarank", "name": "lambdarank"} | changes)


def logistic(**changes):
    """A logistic regression."""
    parameters = {"C": 0.1, "solver": "newton-cholesky"}
    return Model(**{"estimator": "sklearn.linear_model.LogisticRegression", "parameters": parameters, "name": "logistic"} | changes)


def people_rule(**changes):
    """People, as a rule."""
    given = {"rule": lambda groups: groups["people_28d"], "features": ["people_28d"], "name": "people", "source": "people"}
    return Model(**given | changes)
