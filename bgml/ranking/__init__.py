"""The weekly ranking: made, kept unchanged, handed out."""
