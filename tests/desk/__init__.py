"""Screens of deciding."""
