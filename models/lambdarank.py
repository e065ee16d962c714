"""The order of the groups of one as-of date, learned as such: LightGBM's LambdaRank with every date a query.

It is told which of two groups of a date should stand higher, and that mistakes near the top cost most. The truncation level, how far
down a list pairs are looked at, is 1.5 times the longest list that is evaluated.
"""

from bgml import Model

MODEL = Model(
    estimator="lightgbm.LGBMRanker",
    parameters={
        "n_estimators": 100,
        "learning_rate": 0.1,
        "num_leaves": 15,
        "min_child_samples": 200,
        "colsample_bytree": 0.2,
        "subsample": 0.7,
        "subsample_freq": 1,
        "reg_lambda": 10.0,
        "cat_smooth": 50.0,
        "lambdarank_truncation_level": 150,
    },
    objective="lambdarank",
    features=["*"],
    calibration="smooth",
    negatives=100,
)
