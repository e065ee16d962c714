"""The search for parameters inside training dates, and the proof on dates that it did not see."""
