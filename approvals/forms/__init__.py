"""What people may type, checked before a service sees it."""
