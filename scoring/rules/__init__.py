"""Scoring by explicit criteria: facts in, points and sentences out. No Django, no clock."""
