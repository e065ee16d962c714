"""What may be a column: the algebra of features, their meaning in words, and the catalog of a project."""
