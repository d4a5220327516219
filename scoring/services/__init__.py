"""Verbs of the scoring floor."""
