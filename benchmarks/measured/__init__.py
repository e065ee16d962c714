"""What the scripts measure with: fresh processes, contenders, limits, and whether results are equal."""
