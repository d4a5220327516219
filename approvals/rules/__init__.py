"""The gate's rules: facts in, findings out. No Django, no clock, no database, no settings."""
