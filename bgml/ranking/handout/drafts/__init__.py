"""Drafts of opportunities for whole groups, with their people and a brief."""
