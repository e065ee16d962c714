"""What a viewer sees of a ranking: which groups, in which order, and how much of each."""
