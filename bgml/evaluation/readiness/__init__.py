"""Whether the data can carry a model: reach over all wins, how long deals take, what to change. Told before anything is trained."""
