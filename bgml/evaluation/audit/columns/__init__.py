"""Do columns know the outcome: undated ones, and single ones that know more than all the others together."""
