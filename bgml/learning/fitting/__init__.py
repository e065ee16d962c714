"""From examples to a fitted, calibrated model."""
