"""Two recipes side by side: refitted on the same candidates, their lists held against each other."""
