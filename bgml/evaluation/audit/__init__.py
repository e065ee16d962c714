"""The leakage audit: what a model was given is checked against what could be known, and every suspicion comes with its way out."""
