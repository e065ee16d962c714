"""What a model is, how it scores, how it is stored and how it explains itself."""
