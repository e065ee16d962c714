"""Buying groups in time: as-of dates and folds, outcomes, coverage of required roles."""
