"""The engine's work spread over a Spark cluster: the same tiles, kernel and matrix, an account range per task."""
