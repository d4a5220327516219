"""Reading for the scores, and reading the scores."""
