"""Runs, versions and the references that name them: MLflow and its store."""
