"""The chance that a group goes on to buy within the horizon: LightGBM on every feature.

Won deals are few and each shows on many weekly dates, so rows are far less evidence than they seem: few small trees, large leaves,
short steps, and for each tree a part of the rows and a small part of the columns, many of which say much the same. Lost opportunities
tell something too: a group with one counts by the chance that such an opportunity is won. docs/models.md tells what else was tried.
"""

from bgml import Model

MODEL = Model(
    estimator="lightgbm.LGBMClassifier",
    parameters={
        "n_estimators": 120,
        "learning_rate": 0.05,
        "num_leaves": 15,
        "min_child_samples": 400,
        "min_sum_hessian_in_leaf": 10.0,
        "colsample_bytree": 0.15,
        "subsample": 0.7,
        "subsample_freq": 1,
        "reg_lambda": 10.0,
        "cat_smooth": 50.0,
    },
    objective="binary",
    features=["*"],
    calibration="smooth",
    negatives=100,
    staged=True,
)
