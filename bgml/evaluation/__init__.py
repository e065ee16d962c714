"""How good a ranking is, how sure that is, and against what: the race of models and baselines on past dates."""
