"""The pictures of an evaluation, drawn from its document alone, so that a stored one can be drawn again."""
