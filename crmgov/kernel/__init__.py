"""Words every floor shares. Nothing here imports Django."""
