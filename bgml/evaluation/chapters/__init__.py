"""The chapters of an evaluation: what is said beyond the race, each a file of its own."""
