"""Verbs on people: who there is, in which team, and who is away."""
