"""The amount to expect of a group: its chance to win, times what a win of such a group brings.

The chance is a calibrated logistic regression, the amount is learned from the won deals before. Trees in place of the regression, one
model of the amount itself, and a chance learned with rows weighted by amount found less of the won amount (docs/models.md).
"""

from bgml import Model

MODEL = Model(
    estimator="sklearn.linear_model.LogisticRegression",
    parameters={"C": 0.001, "solver": "newton-cholesky", "max_iter": 100},
    objective="value",
    features=["*"],
    calibration="smooth",
    negatives=20,
)
