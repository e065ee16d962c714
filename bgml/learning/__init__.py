"""From rows with outcomes to a calibrated model: examples, sampling, fitting, calibration."""
