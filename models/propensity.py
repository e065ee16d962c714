"""The chance that a group goes on to buy within the horizon: LightGBM on every feature.

Won deals are few and each shows on many weekly dates, so rows are far less evidence than they seem: trees are small, leaves large,
each tree sees a part of the columns and rows, and steps are short.
"""

from bgml import Model

MODEL = Model(
    estimator="lightgbm.LGBMClassifier",
    parameters={
        "n_estimators": 300,
        "learning_rate": 0.03,
        "num_leaves": 15,
        "min_child_samples": 200,
        "min_sum_hessian_in_leaf": 5.0,
        "colsample_bytree": 0.4,
        "subsample": 0.7,
        "subsample_freq": 1,
        "reg_lambda": 10.0,
        "cat_smooth": 50.0,
    },
    objective="binary",
    features=["*"],
    calibration="smooth",
    negatives=100,
)
