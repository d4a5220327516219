"""Scores reach records only through the gate."""
