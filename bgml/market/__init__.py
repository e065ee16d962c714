"""A market whose truth is known: accounts, hidden journeys, the traces they leave, and what fools naive scores."""
