"""From staged rows to the tables of the contract: final ids, accounts of acts, one row per key, and the fate of every raw row."""
