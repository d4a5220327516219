"""Verbs: what people, agents and tasks make happen. Each entry verb owns its transaction."""
