"""How good the model in use is, as it was last evaluated."""
