"""Logistic regression on every feature: the straight line that trees have to beat, and whose coefficients can be read."""

from bgml import Model

MODEL = Model(
    estimator="sklearn.linear_model.LogisticRegression",
    parameters={"C": 0.001, "solver": "newton-cholesky", "max_iter": 100},
    objective="binary",
    features=["*"],
    calibration="smooth",
    negatives=20,
)
