"""The version every reading carries. A test holds it to the sources of the rules: change a rule, raise it."""

RULES_VERSION = 8
