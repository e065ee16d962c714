"""The endpoints under /v1 and those for operators."""
