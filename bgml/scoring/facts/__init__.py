"""Facts of a group in words, and what they are compared with."""
